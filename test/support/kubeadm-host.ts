/** A folder that stands for a host's /, with files as kubeadm writes them, and a program in kubeadm's place. */
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { connectLocal } from '../../engine/session/local.ts';
import type { Session } from '../../engine/session/session.ts';
import { signAuthority, signLeaf } from '../../modules/shared/x509.ts';
import { tempFolder } from './try-module.ts';

export interface Pki {
  readonly ca: string;
  /** sha256 of the CA's public key, as kubeadm has it. */
  readonly caHash: string;
  /** A certificate of a client, valid for some days. */
  leaf(commonName: string, organization: readonly string[], days?: number): Promise<string>;
}

/** An authority of its own. */
export async function newPki(name = 'kubernetes', days = 3650): Promise<Pki> {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = await signAuthority(keys, name, days, Date.now());
  const certificate = new X509Certificate(ca);
  const spki = createPublicKey(ca).export({ type: 'spki', format: 'der' });
  const { createHash } = await import('node:crypto');
  return {
    ca, caHash: `sha256:${createHash('sha256').update(spki).digest('hex')}`,
    leaf: (commonName, organization, lifetime = 365) => signLeaf({ certificate, key: keys.privateKey }, generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, { profile: 'client', commonName, organization, names: [], lifetime, keyType: 'ecdsa-p256' }, Date.now()),
  };
}

export interface FakeHost {
  readonly root: string;
  readonly session: Session;
  write(file: string, text: string, mode?: number): Promise<void>;
  read(file: string): Promise<string>;
  /** Files below a folder, relative to /, sorted. */
  files(folder: string): Promise<string[]>;
  /** What kubeadm was told, a call a line. */
  told(): Promise<string[]>;
}

/** What kubeadm does, as shell text; `$root` is the host's /, `$config` the file that it was given. */
export async function fakeHost(t: ExecutionContext, kubeadm: string | undefined): Promise<FakeHost> {
  const root = await tempFolder(t);
  const bin = path.join(root, 'usr/bin');
  await mkdir(bin, { recursive: true });
  const write = async (file: string, text: string, mode = 0o644): Promise<void> => {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text, { mode });
    await chmod(path.join(root, file), mode);
  };
  if (kubeadm !== undefined) {
    await write('/usr/bin/kubeadm', `#!/bin/sh
root='${root}' config=
[ "$1" = version ] && { printf '{"clientVersion": {"gitVersion": "v1.20.2"}}\\n'; exit 0; }
printf '%s\\n' "$*" | sed "s|$root||g" >> "$root/told"
for word do [ "$last" = --config ] && config=$word; last=$word; done
[ -n "$config" ] && { cp "$config" "$root/config"; stat -c '%a' "$config" > "$root/config.mode"; stat -c '%a' "\${config%/*}" >> "$root/config.mode"; umask >> "$root/config.mode"; }
${kubeadm}`, 0o755);
  }
  for (const name of ['systemctl', 'kubectl', 'crictl']) await write(`/usr/bin/${name}`, `#!/bin/sh\nprintf '%s\\n' "${name} $*" | sed 's|${root}||g' >> '${root}/told'\n[ ! -f '${root}/${name}' ] || . '${root}/${name}'\n`, 0o755);
  const env = { PATH: `${bin}:${process.env['PATH']}` };
  const connection = await connectLocal({ host: 'm1' });
  const plain = await connection.session();
  t.teardown(() => connection.close());
  const session: Session = {
    ...plain, host: plain.host,
    ask: (argv, options) => plain.ask(argv, { ...options, env: { ...env, ...options?.env } }),
    perform: (steps, options) => plain.perform(steps.map((step) => (step.kind === 'run' ? { ...step, env: { ...env, ...step.env } } : step)), options),
  };
  return {
    root, session, write,
    read: (file) => readFile(path.join(root, file), 'utf8'),
    files: async (folder) => (await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name).slice(root.length)).sort(),
    told: async () => (await readFile(path.join(root, 'told'), 'utf8').catch(() => '')).split('\n').filter(Boolean),
  };
}

/** kubelet.conf as kubeadm init writes it: everything within. */
export function embeddedConf(pki: Pki, server: string, certificate: string, user: string): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return `apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: ${base64(pki.ca)}\n    server: ${server}\n  name: kubernetes\ncontexts:\n- context:\n    cluster: kubernetes\n    user: ${user}\n  name: ${user}@kubernetes\ncurrent-context: ${user}@kubernetes\nkind: Config\npreferences: {}\nusers:\n- name: ${user}\n  user:\n    client-certificate-data: ${base64(certificate)}\n    client-key-data: ${base64('-----BEGIN PRIVATE KEY-----\\nverysecretkeyofthenode\\n-----END PRIVATE KEY-----\\n')}\n`;
}

/** kubelet.conf as the kubelet writes it when it has joined. */
export function rotatedConf(pki: Pki, server: string, client = '/var/lib/kubelet/pki/kubelet-client-current.pem'): string {
  return `apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: ${Buffer.from(pki.ca).toString('base64')}\n    server: ${server}\n  name: default-cluster\ncontexts:\n- context:\n    cluster: default-cluster\n    namespace: default\n    user: default-auth\n  name: default-context\ncurrent-context: default-context\nkind: Config\npreferences: {}\nusers:\n- name: default-auth\n  user:\n    client-certificate: ${client}\n    client-key: ${client}\n`;
}

/** A static pod's manifest as kubeadm writes it. */
export function manifest(name: string, image: string, flags: readonly string[]): string {
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    component: ${name}\n    tier: control-plane\n  name: ${name}\n  namespace: kube-system\nspec:\n  containers:\n  - command:\n    - ${name}\n${flags.map((flag) => `    - ${flag}\n`).join('')}    image: ${image}\n    imagePullPolicy: IfNotPresent\n    name: ${name}\n  hostNetwork: true\nstatus: {}\n`;
}

/** A worker that has joined. */
export async function putWorker(host: FakeHost, pki: Pki, server = 'https://10.0.0.10:6443'): Promise<void> {
  const certificate = await pki.leaf('system:node:w1', ['system:nodes']);
  await host.write('/etc/kubernetes/pki/ca.crt', pki.ca);
  await host.write('/etc/kubernetes/kubelet.conf', rotatedConf(pki, server), 0o600);
  await host.write('/var/lib/kubelet/pki/kubelet-client-current.pem', `${certificate}-----BEGIN EC PRIVATE KEY-----\nverysecretkeyofthenode\n-----END EC PRIVATE KEY-----\n`, 0o600);
  await host.write('/var/lib/kubelet/config.yaml', 'kind: KubeletConfiguration\n');
  await host.write('/var/lib/kubelet/kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS="--container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock --node-ip=10.0.0.31"\n');
}

/** A control plane with stacked etcd. */
export async function putControlPlane(host: FakeHost, pki: Pki, server = 'https://10.0.0.10:6443', version = 'v1.20.2'): Promise<void> {
  const certificate = await pki.leaf('system:node:cp1', ['system:nodes']);
  await host.write('/etc/kubernetes/kubelet.conf', embeddedConf(pki, server, certificate, 'system:node:cp1'), 0o600);
  for (const name of ['admin', 'controller-manager', 'scheduler']) await host.write(`/etc/kubernetes/${name}.conf`, embeddedConf(pki, server, certificate, name), 0o600);
  await host.write('/etc/kubernetes/pki/ca.crt', pki.ca);
  for (const name of ['ca.key', 'sa.key']) await host.write(`/etc/kubernetes/pki/${name}`, 'verysecretkeyofthenode', 0o600);
  const image = (name: string): string => `registry.example.org:5000/k8s/${name}:${version}`;
  await host.write('/etc/kubernetes/manifests/kube-apiserver.yaml', manifest('kube-apiserver', image('kube-apiserver'), ['--advertise-address=10.0.0.11', "'--audit-log-path=/var/log/a: b'", '--etcd-servers=https://127.0.0.1:2379', '--service-cluster-ip-range=10.96.0.0/12']), 0o600);
  await host.write('/etc/kubernetes/manifests/kube-controller-manager.yaml', manifest('kube-controller-manager', image('kube-controller-manager'), ['--cluster-cidr=10.244.0.0/16']), 0o600);
  await host.write('/etc/kubernetes/manifests/kube-scheduler.yaml', manifest('kube-scheduler', image('kube-scheduler'), ['--leader-elect=true']), 0o600);
  await host.write('/etc/kubernetes/manifests/etcd.yaml', manifest('etcd', 'registry.example.org:5000/k8s/etcd:3.4.13-0', ['--name=cp1']), 0o600);
  await host.write('/var/lib/etcd/member/wal/0.wal', 'x');
}
