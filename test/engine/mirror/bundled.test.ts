/** The bundled roles' own needs, on every kind of host, and `kplay mirror list` as people read it. */
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { kplay, root, type Ran } from '../../support/kplay.ts';
import { writeFiles } from '../../support/play.ts';

const roles = path.join(root, 'playbooks/roles');
const withNeeds = readdirSync(roles).filter((name) => existsSync(path.join(roles, name, 'meta/needs.yml')) && existsSync(path.join(roles, name, 'tasks/main.yml')));
const hosts = '[kube_control_plane]\nm1\nm2\nm3\n[kube_node]\nm4\n[etcd]\nm1\nm2\nm3\n[all:vars]\nkube_vip=10.0.0.9\n';

interface Listed {
  readonly files: readonly { readonly url: string; readonly strays?: boolean; readonly from?: string; readonly needed_by: readonly { readonly role: string; readonly hosts: readonly string[] }[] }[];
  readonly images: readonly { readonly name: string; readonly from?: string; readonly needed_by: readonly { readonly role: string; readonly hosts: readonly string[] }[] }[];
  readonly packages: readonly { readonly platform: string; readonly names: readonly string[] }[];
}

async function list(t: ExecutionContext, ...options: readonly string[]): Promise<Listed> {
  const folder = await writeFiles(t, { hosts, 'site.yml': `- hosts: all\n  roles: [kube_defaults, ${withNeeds.join(', ')}]\n  tasks:\n    - import_role: {name: kubeadm, tasks_from: look}\n` });
  symlinkSync(roles, path.join(folder, 'roles'));
  const ran = await kplay(['mirror', 'list', 'site.yml', '-i', 'hosts', '--json', ...options], { cwd: folder });
  t.is(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout) as Listed;
}

for (const [platform, version, ...more] of [
  ['debian-12-amd64', '1.35.9'], ['ubuntu-24.04-arm64', '1.37.1'], ['rocky-9-x86_64', '1.34.2'], ['almalinux-8-aarch64', '1.28.15'],
  ['debian-12-amd64', '1.20.2', '-e', 'container_runtime=docker'], ['debian-12-amd64', '1.99.0'], ['debian-13-ppc64le', '1.31.0', '-e', 'etcd_install=archive'],
  ['debian-12-amd64', '1.33.1', '-e', 'kube_install=package', '-e', 'kube_etcd=external', '-e', 'node_firewall=enabled', '-e', 'kube_proxy_mode=ipvs'],
] as const) {
  test(`bundled roles can tell what they need for Kubernetes ${version} on ${platform} ${more.join(' ')}`, async (t) => {
    const { files, images, packages } = await list(t, '--platform', platform, '-e', `kube_version=${version}`, ...more);
    t.deepEqual(files.filter((file) => file.strays), [], 'every file comes from a mirror where there is one');
    t.true(images.some(({ name }) => name === `registry.k8s.io/kube-apiserver:v${version}`), images.map(({ name }) => name).join(' '));
    t.true(images.every(({ name }) => /^[a-z0-9.]+\.io\/[a-z0-9./_-]+:[\w.-]+$/.test(name)), images.map(({ name }) => name).join(' '));
    t.true(packages.length > 0 && packages.every((each) => each.names.length > 0));
  });
}

test('images are those that kubeadm asks for, control planes\' own by them alone', async (t) => {
  const { images } = await list(t, '--platform', 'debian-12-amd64', '-e', 'kube_version=1.20.2');
  const of = images.filter((image) => image.needed_by.some(({ role }) => role === 'kubeadm'));
  t.deepEqual(of.map(({ name, needed_by }) => `${name} ${needed_by.find(({ role }) => role === 'kubeadm')!.hosts.length}`), [
    'registry.k8s.io/coredns:1.7.0 4', 'registry.k8s.io/etcd:3.4.13-0 3', 'registry.k8s.io/kube-apiserver:v1.20.2 3', 'registry.k8s.io/kube-controller-manager:v1.20.2 3',
    'registry.k8s.io/kube-proxy:v1.20.2 4', 'registry.k8s.io/kube-scheduler:v1.20.2 3', 'registry.k8s.io/pause:3.2 4',
  ]);
});

test('mirrors in mainland China are where things are taken from, and not what they are called', async (t) => {
  const { files, images } = await list(t, '--platform', 'debian-12-amd64', '-e', 'mirror_preset=china');
  t.true(files.every(({ url, from }) => /^https:\/\/(dl\.k8s\.io|github\.com)\//.test(url) && from?.startsWith('https://files.m.daocloud.io/') === true), JSON.stringify(files));
  const coredns = images.find(({ name }) => name.includes('coredns'))!;
  t.regex(coredns.name, /^registry\.k8s\.io\/coredns\/coredns:v/);
  t.regex(coredns.from!, /^registry\.aliyuncs\.com\/google_containers\/coredns:v/);
});

async function listText(t: ExecutionContext, inventory: string, ...options: readonly string[]): Promise<Ran> {
  const folder = await writeFiles(t, {
    hosts: inventory, 'site.yml': '- hosts: all\n  roles: [one]\n', 'roles/one/tasks/main.yml': '- {name: Work, command: "true"}\n',
    'roles/one/meta/needs.yml': `files:\n  - {url: https://example.org/a.tgz, checksum: "sha256:${'ab'.repeat(32)}"}\nimages: [quay.io/a/b:1]\npackages: [chrony]\n`,
    'mirror/mirror.json': JSON.stringify({ version: 1, files: [{ url: 'https://example.org/a.tgz', path: 'files/example.org/a.tgz', sha256: 'ab'.repeat(32), size: 5 * 1024 * 1024 }], images: [], packages: [] }),
  });
  return kplay(['mirror', 'list', 'site.yml', '-i', 'hosts', ...options], { cwd: folder });
}

test('the list says what is needed, why, and what of it a mirror has', async (t) => {
  const { stdout, stderr, code } = await listText(t, 'h1\nh2\nh3\nh4\nh5\n', '--platform', 'debian-12-amd64', '--in', 'mirror');
  t.is(code, 0, stderr);
  t.is(stdout, `FILES (1)                  SIZE     SHA-256            NEEDED BY
https://example.org/a.tgz  5.0 MiB  abababababababab…  one: h1, h2, h3 and 2 more

IMAGES (1)     SIZE     ARCHITECTURES  NEEDED BY
quay.io/a/b:1  missing  amd64          one: h1, h2, h3 and 2 more

PACKAGES OF debian-12-amd64  NEEDED BY
chrony                       one: h1, h2, h3 and 2 more
`);
  t.regex(stderr, /own addresses, even where mirror_url is set: https:\/\/example\.org\/a\.tgz/);
});

test('hosts out of reach end with exit code 4 and the way to say what they will be; wrong words with 1', async (t) => {
  const away = await listText(t, 'h1 ansible_host=127.0.0.1 ansible_port=1\n');
  t.is(away.code, 4);
  t.regex(away.stderr, /^h1: [^]*--platform debian-12-amd64/);
  for (const options of [['--platform', 'nothing'], ['--platform', 'debian-12-amd64', '--in', 'nowhere'], ['--platform', 'debian-12-amd64', '--limit', 'nobody']]) t.is((await listText(t, 'h1\n', ...options)).code, 1, options.join(' '));
  t.is((await kplay(['mirror', 'fetch', 'playbooks/etcd-ha.yml', '--platform', 'debian-12-amd64', '--to', '/nonexistent', '--only', 'fils'])).code, 1);
  t.is((await kplay(['mirror', 'fetch', 'playbooks/etcd-ha.yml', '--platform', 'debian-12-amd64', '--to', '/nonexistent', '--sources', 'nothing'])).code, 1);
});
