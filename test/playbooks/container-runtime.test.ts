/** What the role container_runtime writes: containerd's configuration of either version, hosts.toml, Docker's; read by a TOML parser. */
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { root } from '../support/kplay.ts';
import { playFiles } from '../support/play.ts';

const roles = `${root}playbooks/roles`;
const facts = { ansible_distribution: 'Debian', ansible_os_family: 'Debian', ansible_architecture: 'x86_64', ansible_distribution_major_version: '12' };

/** Renders the role's templates with variables; gives their texts by name. */
async function rendered(t: ExecutionContext, vars: Record<string, unknown>, registries: readonly string[] = []): Promise<Readonly<Record<string, string>>> {
  const template = (name: string, to: string): string => `    - template: {src: "${roles}/container_runtime/templates/${name}.j2", dest: "{{ dir }}/${to}"}\n`;
  const site = `- hosts: h1
  gather_facts: false
  vars_files:
${['kube_defaults/defaults', 'kube_defaults/vars', 'container_runtime/defaults', 'container_runtime/vars'].map((each) => `    - ${roles}/${each}/main.yml\n`).join('')}  tasks:
${template('config.toml', 'config.toml')}${template('daemon.json', 'daemon.json')}${template('dropin.conf', 'dropin.conf')}${registries.map((name) => `${template('hosts.toml', name)}      vars: {registry_name: "${name}", registry: "{{ container_registries_kept | selectattr('name', 'equalto', '${name}') | first | default({}) }}"}\n`).join('')}`;
  const { folder } = await playFiles(t, { 'site.yml': site }, { extra: [JSON.stringify({ ...facts, ...vars })], limit: 'h1' });
  return Object.fromEntries(['config.toml', 'daemon.json', 'dropin.conf', ...registries].map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')]));
}

const toml = (text: string | undefined): unknown => getStaticTOMLValue(parseTOML(text!));

test('containerd 1 gets version 2 of its configuration', async (t) => {
  const { 'config.toml': text } = await rendered(t, { kube_version: '1.20.2', containerd_restrict_oom_score_adj: true });
  t.deepEqual(toml(text), {
    version: 2, root: '/var/lib/containerd', state: '/run/containerd',
    plugins: {
      'io.containerd.grpc.v1.cri': {
        sandbox_image: 'registry.k8s.io/pause:3.2', restrict_oom_score_adj: true, registry: { config_path: '/etc/containerd/certs.d' }, cni: { bin_dir: '/opt/cni/bin', conf_dir: '/etc/cni/net.d' },
        containerd: { default_runtime_name: 'runc', runtimes: { runc: { runtime_type: 'io.containerd.runc.v2', options: { SystemdCgroup: true } } } },
      },
    },
  });
});

test('containerd 2 gets version 3, with the plugins\' newer names, and what users add', async (t) => {
  const { 'config.toml': text } = await rendered(t, {
    kube_version: '1.35.9', containerd_config: { metrics: { address: '127.0.0.1:1338' }, plugins: { 'io.containerd.cri.v1.runtime': { containerd: { runtimes: { gvisor: { runtime_type: 'io.containerd.runsc.v1' } } }, restrict_oom_score_adj: null } } },
    container_registries: [{ name: 'docker.io', username: 'u', password: 'p"\\\n' }],
  });
  t.deepEqual(toml(text), {
    version: 3, root: '/var/lib/containerd', state: '/run/containerd', metrics: { address: '127.0.0.1:1338' },
    plugins: {
      'io.containerd.cri.v1.images': { pinned_images: { sandbox: 'registry.k8s.io/pause:3.10.1' }, registry: { config_path: '/etc/containerd/certs.d', configs: { 'registry-1.docker.io': { auth: { username: 'u', password: 'p"\\\n' } } } } },
      'io.containerd.cri.v1.runtime': {
        cni: { bin_dirs: ['/opt/cni/bin'], conf_dir: '/etc/cni/net.d' },
        containerd: { default_runtime_name: 'runc', runtimes: { runc: { runtime_type: 'io.containerd.runc.v2', options: { SystemdCgroup: true } }, gvisor: { runtime_type: 'io.containerd.runsc.v1' } } },
      },
    },
  });
});

test('containerd 2.4 takes no credentials; the kubelet has them', async (t) => {
  const { 'config.toml': text } = await rendered(t, { kube_version: '1.36.0', containerd_version: '2.4.0', container_registries: [{ name: 'r.example', username: 'u', password: 'secret' }] });
  t.notRegex(text!, /secret/);
});

const host = (more: Record<string, unknown> = {}) => ({ capabilities: ['pull', 'resolve'], ...more });

test('registries are asked of the mirror first, each at its path, then at their own place', async (t) => {
  const mirror = 'http://10.0.0.5:8080';
  const texts = await rendered(t, { mirror_url: mirror }, ['registry.k8s.io', 'docker.io']);
  t.deepEqual(toml(texts['registry.k8s.io']), { server: 'https://registry.k8s.io', ...host(), host: { [`${mirror}/v2/registry.k8s.io`]: host({ override_path: true }) } });
  t.deepEqual(toml(texts['docker.io']), { server: 'https://registry-1.docker.io', ...host(), host: { [`${mirror}/v2/docker.io`]: host({ override_path: true }) } });
  const alone = await rendered(t, { mirror_url: mirror, container_registry_upstream: false }, ['docker.io']);
  t.deepEqual(toml(alone['docker.io']), { server: `${mirror}/v2/docker.io`, ...host({ override_path: true }), host: { [`${mirror}/v2/docker.io`]: host({ override_path: true }) } });
});

test('a registry has mirrors, a place and an authority of its own', async (t) => {
  const list = [
    { name: 'docker.io', mirrors: ['https://m.example', 'http://10.0.0.9:5000/'] }, { name: 'harbor.example:8443', ca: 'x', server: 'https://10.0.0.7:8443' }, { name: 'old.example', skip_verify: true },
    { name: '_default', mirrors: ['https://all.example'] }, { name: 'gone.example', state: 'absent' },
  ];
  const texts = await rendered(t, { container_registries: list }, ['docker.io', 'harbor.example:8443', 'old.example', '_default']);
  t.deepEqual(toml(texts['docker.io']), { server: 'https://registry-1.docker.io', ...host(), host: { 'https://m.example': host(), 'http://10.0.0.9:5000': host() } });
  const ca = '/etc/containerd/certs.d/harbor.example:8443/ca.crt';
  t.deepEqual(toml(texts['harbor.example:8443']), { server: 'https://10.0.0.7:8443', ...host({ ca }), host: { 'https://10.0.0.7:8443': host({ ca }) } });
  t.deepEqual(toml(texts['old.example']), { server: 'https://old.example', ...host({ skip_verify: true }), host: { 'https://old.example': host({ skip_verify: true }) } });
  t.deepEqual(toml(texts['_default']), { host: { 'https://all.example': host() } });
});

test('Docker takes mirrors of docker.io, and knows which registries are plain', async (t) => {
  const texts = await rendered(t, { kube_version: '1.20.2', container_runtime: 'docker', mirror_url: 'http://10.0.0.5:8080', docker_config: { 'storage-driver': 'overlay2' }, container_registries: [{ name: 'docker.io', mirrors: ['http://10.0.0.9:5000'] }, { name: 'p.example', server: 'http://p.example' }] });
  t.deepEqual(JSON.parse(texts['daemon.json']!), {
    'exec-opts': ['native.cgroupdriver=systemd'], 'log-driver': 'json-file', 'log-opts': { 'max-size': '100m', 'max-file': '3' }, 'live-restore': true, 'data-root': '/var/lib/docker',
    'registry-mirrors': ['http://10.0.0.9:5000'], 'insecure-registries': ['10.0.0.5:8080', '10.0.0.9:5000', 'p.example'], 'storage-driver': 'overlay2',
  });
});

test('variables of the daemon\'s environment reach systemd as they are', async (t) => {
  const { 'dropin.conf': text } = await rendered(t, { container_runtime_env: { NO_PROXY: 'a b,"c",100%' } });
  t.regex(text!, /^Environment="NO_PROXY=a b,\\"c\\",100%%"$/m);
});
