/** How real Kubernetes is made of the distribution's source package: what is taken, what is built, and what becomes of it. */

/** The release of Kubernetes, the suite whose source package is all of it (later suites carry kubectl alone), and that package. */
export const kubernetesVersion = '1.20.2';
export const sourceSuite = 'bookworm';
export const sourcePackage = 'kubernetes';

/** Raised with every change of what comes out, so that an older build is not taken for it. */
export const recipeVersion = 1;

/** The Go that builds it; newer ones refuse its vendored packages. */
export const goPackage = 'golang-1.19-go';

/** Programs of Kubernetes, in the order in which people know them. */
export const programs: readonly string[] = ['kubeadm', 'kubelet', 'kubectl', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'];

/** What the root holds that it is built in: what builds, then what goes into the mirror as the distribution has it. */
export const buildPackages: readonly string[] = [
  goPackage, 'golang-github-modern-go-reflect2-dev', 'gcc', 'libc6-dev', 'make', 'dpkg-dev', 'patch', 'xz-utils', 'rsync', 'jq',
  'etcd-server', 'etcd-client', 'containernetworking-plugins', 'busybox-static',
];

/** What kube-proxy and etcd stand on in their images. */
export const basePackages: readonly string[] = ['iptables', 'conntrack', 'kmod', 'ipset', 'busybox-static', 'netbase'];

/** Where the build takes place in its root. */
export const buildFolder = '/build';

/** Unpacks the source package; `$1` is its .dsc. */
export const unpackScript = `cd ${buildFolder}
dpkg-source --no-check --extract "$1" kubernetes`;

/**
 * Compiles the programs that are its arguments, by the package's own make through the folder that Go expects them in. The vendored reflect2
 * crashes under Go 1.18 and later; the distribution's does not.
 */
export const compileScript = `cd ${buildFolder}/kubernetes
rm -rf vendor/github.com/modern-go/reflect2
cp -r /usr/share/gocode/src/github.com/modern-go/reflect2 vendor/github.com/modern-go/reflect2
mkdir -p .go/src/k8s.io "$HOME"
ln -sfn ../../.. .go/src/k8s.io/kubernetes
what=
for program; do what="$what cmd/$program"; done
make WHAT="$what"
mkdir -p ${buildFolder}/bin
for program; do cp "_output/bin/$program" ${buildFolder}/bin/; done
gcc -Os -Wall -Werror -static -DVERSION=v3.2 -o ${buildFolder}/bin/pause build/pause/linux/pause.c`;

/** The build's environment. No proxy of Go's is asked: all sources are in the package. */
export const compileEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/lib/go-1.19/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: `${buildFolder}/home`, GOPATH: `${buildFolder}/kubernetes/.go`,
  GOPROXY: 'off', GOFLAGS: '-v', CGO_ENABLED: '0', LC_ALL: 'C.UTF-8',
};

/** About how many Go packages are compiled, to say how far it is. */
export const packagesToCompile = 1700;

/** Where the network plugins' release is upstream; the distribution has this version. */
export const cniVersion = '1.1.1';
export function cniUrl(architecture: string): string {
  return `https://github.com/containernetworking/plugins/releases/download/v${cniVersion}/cni-plugins-linux-${architecture}-v${cniVersion}.tgz`;
}

/** Where a program is upstream. */
export function programUrl(program: string, architecture: string): string {
  return `https://dl.k8s.io/release/v${kubernetesVersion}/bin/linux/${architecture}/${program}`;
}
