/** The images of a lab's cluster, as data: what is in them, and under which upstream names. */
import type { ImageConfig } from '../../mirror/write-image.ts';
import { kubernetesVersion } from './recipe.ts';

export interface ImageRecipe {
  readonly names: readonly string[];
  /** Whether it stands on the base layer, which has a C library and what sets up networks. */
  readonly onBase: boolean;
  /** Programs by their path in the image: `built` by us, or the `packaged` one at this path of the distribution's. */
  readonly programs: Readonly<Record<string, { readonly built: string } | { readonly packaged: string }>>;
  /** A program of the image that is called by many names, which it tells itself: each becomes a link to it in its folder. */
  readonly multiCall?: string | undefined;
  readonly config: ImageConfig;
}

const searched = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

function component(name: string, onBase: boolean): ImageRecipe {
  const program = `/usr/local/bin/${name}`;
  return { names: [`registry.k8s.io/${name}:v${kubernetesVersion}`], onBase, programs: { [program]: { built: name } }, config: { Env: searched, Cmd: [program] } };
}

/** All images. CoreDNS is not among them: no distribution that carries this Kubernetes carries it. */
export const images: readonly ImageRecipe[] = [
  component('kube-apiserver', false),
  component('kube-controller-manager', false),
  component('kube-scheduler', false),
  component('kube-proxy', true),
  {
    names: ['registry.k8s.io/etcd:3.4.13-0'], // the tag that this kubeadm asks for; inside is the distribution's 3.4
    onBase: true,
    programs: { '/usr/local/bin/etcd': { packaged: '/usr/bin/etcd' }, '/usr/local/bin/etcdctl': { packaged: '/usr/bin/etcdctl' } },
    config: { Env: searched, Cmd: ['/usr/local/bin/etcd'] },
  },
  {
    // The tag of this kubeadm, and the one that containerd 1.6 starts pods with where nobody says otherwise.
    names: ['registry.k8s.io/pause:3.2', 'registry.k8s.io/pause:3.6'],
    onBase: false,
    programs: { '/pause': { built: 'pause' } },
    config: { Env: searched, Entrypoint: ['/pause'], User: '65535:65535' },
  },
  {
    names: ['docker.io/library/busybox:1.36'],
    onBase: false,
    programs: { '/bin/busybox': { packaged: '/bin/busybox' } },
    multiCall: '/bin/busybox',
    config: { Env: searched, Cmd: ['sh'] },
  },
];

/** Files that every image has: who root is, and how names are looked up. */
export const commonFiles: Readonly<Record<string, string>> = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
  '/etc/group': 'root:x:0:\nnogroup:x:65534:\n',
  '/etc/nsswitch.conf': 'hosts: files dns\n',
};

/** Links of the base layer that the packages' own scripts, which are not run, would make: iptables by nftables, and a shell. */
export const baseLinks: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'].map((name) => [`/usr/sbin/${name}`, 'xtables-nft-multi'])),
  '/bin/sh': 'busybox',
};

/** Folders of the base layer that only people read. */
export const baseDropped: readonly string[] = [
  '/usr/share/doc', '/usr/share/man', '/usr/share/locale', '/usr/share/lintian', '/usr/share/bug', '/usr/share/doc-base', '/usr/share/info', '/usr/share/initramfs-tools',
  '/usr/share/bash-completion', '/var/cache', '/var/lib/apt', '/var/lib/dpkg', '/var/log',
];
