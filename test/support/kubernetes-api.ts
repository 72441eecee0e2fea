/**
 * A real Kubernetes API without nodes: etcd, kube-apiserver and kube-controller-manager on loopback, with certificates made by our
 * own code; everything is gone when the tests end.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { access, chmod, constants, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { connectLocal } from '../../engine/session/local.ts';
import type { Session } from '../../engine/session/session.ts';
import { ensureAuthority } from '../../modules/shared/authority.ts';
import { makeKeys, privatePem } from '../../modules/shared/key-type.ts';
import { signLeaf } from '../../modules/shared/x509.ts';
import { freePorts, hasEtcd, prepareMembers } from './etcd-cluster.ts';
import { testKubernetes } from './kubernetes.ts';

const programs = ['kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
type Program = (typeof programs)[number];

export interface KubernetesApi {
  /** This machine, where `kubectl` is the one of the API's version and KUBECONFIG that of its administrator. */
  readonly session: Session;
  readonly kubeconfig: string;
  /** Stops the API server until it is started again. */
  readonly pause: () => Promise<void>;
  readonly goOn: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * The folder of the programs: KPLAY_KUBERNETES_BIN, or the mirror folder that is built before the tests. Undefined where there is none:
 * why is then said loudly, and the tests called `what` are to be skipped.
 */
export async function kubernetesPrograms(what: string): Promise<string | undefined> {
  const folder = process.env['KPLAY_KUBERNETES_BIN'] ?? (await builtFolder(what));
  if (folder === undefined) return undefined;
  const missing = [...programs.filter((name) => !existsSync(path.join(folder, name))), ...(hasEtcd ? [] : ['etcd'])];
  if (missing.length === 0) return folder;
  process.stderr.write(`\n*** ${what.toUpperCase()} ON A REAL API: SKIPPED, ${folder} LACKS ${missing.join(', ')} ***\n\n`);
  return undefined;
}

async function builtFolder(what: string): Promise<string | undefined> {
  const mirror = await testKubernetes(what);
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return mirror && path.join(mirror.folder, `files/dl.k8s.io/release/v${mirror.version}/bin/linux/${architecture}`);
}

/** Starts it; ready within seconds. */
export async function startKubernetes(programFolder: string): Promise<KubernetesApi> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kplay-kube-api-'));
  await gather(programFolder, path.join(folder, 'bin'));
  const { members: [etcd], files: etcdFiles, stopAll } = await prepareMembers(folder, ['etcd']);
  etcd!.start({ initial: `etcd=${etcd!.peerUrl}`, state: 'new' });
  const [port] = await freePorts(1);
  const issue = issuer(folder);
  await Promise.all([issue('server', 'kube-apiserver', ['DNS:localhost', 'IP:127.0.0.1'], []), issue('admin', 'admin', [], ['system:masters'])]);
  const serviceAccounts = await makeKeys('ecdsa-p256');
  const at = (name: string): string => path.join(folder, name);
  await writeFile(at('sa.key'), privatePem(serviceAccounts.privateKey), { mode: 0o600 });
  await writeFile(at('sa.pub'), serviceAccounts.publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(at('kubeconfig'), kubeconfigText(at, port!), { mode: 0o600 });
  const api = program(at, 'kube-apiserver', [
    `--etcd-servers=${etcd!.clientUrl}`, `--etcd-cafile=${etcdFiles.cacert}`, `--etcd-certfile=${etcdFiles.cert}`, `--etcd-keyfile=${etcdFiles.key}`,
    `--secure-port=${port}`, '--bind-address=127.0.0.1', '--endpoint-reconciler-type=none', '--authorization-mode=Node,RBAC', '--service-cluster-ip-range=10.96.0.0/24',
    `--client-ca-file=${at('authority/ca.crt')}`, `--tls-cert-file=${at('server.crt')}`, `--tls-private-key-file=${at('server.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${at('sa.pub')}`, `--service-account-signing-key-file=${at('sa.key')}`,
  ]);
  const manager = program(at, 'kube-controller-manager', [`--kubeconfig=${at('kubeconfig')}`, '--leader-elect=false', '--port=0', '--secure-port=0', `--cert-dir=${at('manager')}`, `--root-ca-file=${at('authority/ca.crt')}`, `--service-account-private-key-file=${at('sa.key')}`]);
  const connection = await connectLocal({ host: 'cp1' });
  const session = under(await connection.session(), { KUBECONFIG: at('kubeconfig'), PATH: `${at('bin')}:${process.env['PATH']}` });
  const goOn = async (): Promise<void> => {
    api.start();
    await until(session, api, ['get', '--raw=/readyz']);
  };
  await goOn();
  manager.start();
  // The first thing that it does for a namespace.
  await until(session, manager, ['get', 'serviceaccount', 'default']);
  return {
    session, kubeconfig: at('kubeconfig'), pause: api.stop, goOn,
    stop: async () => {
      await Promise.all([manager.stop(), api.stop(), connection.close()]);
      await stopAll();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The programs in one folder; those that a download has left without the right to be run get it in a copy. */
async function gather(from: string, folder: string): Promise<void> {
  await mkdir(folder);
  await Promise.all(programs.map(async (name) => {
    const [file, to] = [path.join(from, name), path.join(folder, name)];
    if (await access(file, constants.X_OK).then(() => true, () => false)) return symlink(file, to);
    await copyFile(file, to);
    await chmod(to, 0o755);
  }));
}

/** Everything that is asked and run has this in its environment. */
function under(session: Session, environment: Readonly<Record<string, string>>): Session {
  return {
    ...session,
    ask: (argv, options = {}) => session.ask(argv, { ...options, env: { ...environment, ...options.env } }),
    perform: (steps, options) => session.perform(steps.map((step) => (step.kind === 'run' ? { ...step, env: { ...environment, ...step.env } } : step)), options),
  };
}

/** Until a question has an answer, for which a program has to run. */
async function until(session: Session, { runs, lastWords }: Running, question: readonly string[]): Promise<void> {
  for (let at = 0; at < 240 && runs(); at++) {
    if ((await session.ask(['kubectl', ...question, '--request-timeout=2s'])).code === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`a part of Kubernetes did not become ready: ${lastWords()}`);
}

/** Makes NAME.crt and NAME.key. */
function issuer(folder: string): (name: string, commonName: string, names: readonly string[], organization: readonly string[]) => Promise<void> {
  const authority = ensureAuthority(path.join(folder, 'authority'), { name: 'kubernetes test', keyType: 'ecdsa-p256', lifetime: 2 }, Date.now());
  return async (name, commonName, names, organization) => {
    const { certificate, key } = await authority;
    const keys = await makeKeys('ecdsa-p256');
    const wanted = { commonName, organization, names, profile: names.length > 0 ? 'server' : 'client', keyType: 'ecdsa-p256', lifetime: 1 } as const;
    await writeFile(path.join(folder, `${name}.key`), privatePem(keys.privateKey), { mode: 0o600 });
    await writeFile(path.join(folder, `${name}.crt`), await signLeaf({ certificate, key: key! }, keys.publicKey, wanted, Date.now()));
  };
}

function kubeconfigText(at: (name: string) => string, port: number): string {
  return JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'test', contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    clusters: [{ name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': at('authority/ca.crt') } }],
    users: [{ name: 'admin', user: { 'client-certificate': at('admin.crt'), 'client-key': at('admin.key') } }],
  });
}

interface Running {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  readonly runs: () => boolean;
  readonly lastWords: () => string;
}

function program(at: (name: string) => string, name: Program, args: readonly string[]): Running {
  let child: ChildProcess | undefined;
  return {
    runs: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    lastWords: () => readFileSync(at(`${name}.log`), 'utf8').trim().split('\n').slice(-3).join('\n'),
    start() {
      const log = createWriteStream(at(`${name}.log`), { flags: 'a' });
      child = spawn(at(`bin/${name}`), args, { stdio: ['ignore', 'pipe', 'pipe'] });
      process.once('exit', () => child?.kill('SIGKILL'));
      child.stdout!.pipe(log);
      child.stderr!.pipe(log);
    },
    stop: () => new Promise((resolve) => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    }),
  };
}
