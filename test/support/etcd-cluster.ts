/** Real etcd processes under TLS on loopback, with certificates made by our own code; everything is gone when the test ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { ensureAuthority } from '../../modules/shared/authority.ts';
import type { Profile } from '../../modules/shared/certificate.ts';
import { makeKeys, privatePem } from '../../modules/shared/key-type.ts';
import { signLeaf } from '../../modules/shared/x509.ts';

export const hasEtcd = existsSync('/usr/bin/etcd') && existsSync('/usr/bin/etcdctl');

export interface EtcdMember {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  /** Starts it; `cluster` is ETCD_INITIAL_CLUSTER for a first start. */
  readonly start: (cluster?: { readonly initial: string; readonly state: 'new' | 'existing' }) => void;
  /** SIGTERM, and waits for its end. */
  readonly stop: () => Promise<void>;
  readonly dropData: () => Promise<void>;
}

export interface EtcdFiles {
  readonly cacert: string;
  readonly cert: string;
  readonly key: string;
}

/** Members that can be started, with free ports and certificates of their own. */
export async function prepareMembers(folder: string, names: readonly string[]): Promise<{ readonly members: readonly EtcdMember[]; readonly files: EtcdFiles; readonly stopAll: () => Promise<void> }> {
  const ports = await freePorts(names.length * 2);
  const members = await Promise.all(names.map((name, index) => prepareMember(folder, name, ports[2 * index]!, ports[2 * index + 1]!)));
  const own = path.join(folder, names[0]!);
  return {
    members,
    files: { cacert: path.join(folder, 'pki/ca.crt'), cert: path.join(own, 'client.crt'), key: path.join(own, 'client.key') },
    stopAll: async () => void (await Promise.all(members.map((member) => member.stop()))),
  };
}

async function prepareMember(folder: string, name: string, clientPort: number, peerPort: number): Promise<EtcdMember> {
  const own = path.join(folder, name);
  await mkdir(own, { recursive: true });
  for (const [file, profile] of [['server', 'peer'], ['peer', 'peer'], ['client', 'client']] as const) await issue(folder, path.join(own, file), name, profile);
  const [clientUrl, peerUrl] = [`https://127.0.0.1:${clientPort}`, `https://127.0.0.1:${peerPort}`];
  let process: ChildProcess | undefined;
  return {
    name, clientUrl, peerUrl,
    start(cluster) {
      const log = createWriteStream(path.join(own, 'log'), { flags: 'a' });
      process = spawn('/usr/bin/etcd', [], { stdio: ['ignore', 'pipe', 'pipe'], env: environment(folder, own, name, clientUrl, peerUrl, cluster) });
      process.stdout!.pipe(log);
      process.stderr!.pipe(log);
    },
    stop: () => new Promise((resolve) => {
      if (!process || process.exitCode !== null || process.signalCode !== null) return resolve();
      process.once('exit', () => resolve());
      process.kill('SIGTERM');
    }),
    dropData: () => rm(path.join(own, 'data'), { recursive: true, force: true }),
  };
}

function environment(folder: string, own: string, name: string, clientUrl: string, peerUrl: string, cluster: { initial: string; state: string } | undefined): Record<string, string> {
  const ca = path.join(folder, 'pki/ca.crt');
  return {
    ETCD_NAME: name, ETCD_DATA_DIR: path.join(own, 'data'), ETCD_UNSUPPORTED_ARCH: process.arch,
    ETCD_LISTEN_CLIENT_URLS: clientUrl, ETCD_ADVERTISE_CLIENT_URLS: clientUrl, ETCD_LISTEN_PEER_URLS: peerUrl, ETCD_INITIAL_ADVERTISE_PEER_URLS: peerUrl,
    ETCD_CERT_FILE: path.join(own, 'server.crt'), ETCD_KEY_FILE: path.join(own, 'server.key'), ETCD_TRUSTED_CA_FILE: ca, ETCD_CLIENT_CERT_AUTH: 'true',
    ETCD_PEER_CERT_FILE: path.join(own, 'peer.crt'), ETCD_PEER_KEY_FILE: path.join(own, 'peer.key'), ETCD_PEER_TRUSTED_CA_FILE: ca, ETCD_PEER_CLIENT_CERT_AUTH: 'true',
    ETCD_INITIAL_CLUSTER_STATE: cluster?.state ?? 'existing', ...(cluster && { ETCD_INITIAL_CLUSTER: cluster.initial }),
  };
}

async function issue(folder: string, file: string, name: string, profile: Profile): Promise<void> {
  const authority = await ensureAuthority(path.join(folder, 'pki'), { name: 'etcd test', keyType: 'ecdsa-p256', lifetime: 2 }, Date.now());
  const keys = await makeKeys('ecdsa-p256');
  const names = profile === 'client' ? [] : [`DNS:${name}`, 'DNS:localhost', 'IP:127.0.0.1'];
  const wanted = { commonName: name, organization: [], names, profile, keyType: 'ecdsa-p256', lifetime: 1 } as const;
  await writeFile(`${file}.key`, privatePem(keys.privateKey), { mode: 0o600 });
  await writeFile(`${file}.crt`, await signLeaf({ certificate: authority.certificate, key: authority.key! }, keys.publicKey, wanted, Date.now()));
}

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  })));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
