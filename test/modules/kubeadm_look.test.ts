/** What is known of a node from its files, and what that makes of it. */
import { chmod } from 'node:fs/promises';
import test from 'ava';
import { lookAtNode, serverOf } from '../../modules/shared/kubeadm-look.ts';
import { isJoined, stateOf } from '../../modules/shared/kubeadm-state.ts';
import { embeddedConf, fakeHost, newPki, putControlPlane, putWorker } from '../support/kubeadm-host.ts';

const pki = newPki();

test('a bare host is nothing, and has a kubeadm that tells its version', async (t) => {
  const host = await fakeHost(t, 'exit 1');
  const look = await lookAtNode(host.session, { root: host.root });
  t.deepEqual(look.kubeadm, { version: 'v1.20.2', minor: 20, api: 'v1beta2' });
  t.like(stateOf(look), { role: 'none', isWhole: false, unfinished: undefined, leftovers: [] });
});

test('a host without kubeadm says so by saying nothing', async (t) => {
  const host = await fakeHost(t, undefined);
  t.is((await lookAtNode(host.session, { root: host.root })).kubeadm, undefined);
});

test('a worker is known with its cluster, its name and its runtime', async (t) => {
  const host = await fakeHost(t, '');
  const { caHash } = await pki;
  await putWorker(host, await pki);
  const look = await lookAtNode(host.session, { root: host.root });
  t.deepEqual(look.access, { server: 'https://10.0.0.10:6443', caHash, nodeName: 'w1', isRotated: true });
  t.is(look.caHash, caHash);
  t.is(look.criSocket, 'unix:///run/containerd/containerd.sock');
  t.is(serverOf(look), '10.0.0.10:6443');
  t.like(stateOf(look), { role: 'worker', isWhole: true });
  t.true(isJoined(stateOf(look)));
});

test('what the user may not read is a failure that says so, and no bare host', async (t) => {
  const host = await fakeHost(t, '');
  await putWorker(host, await pki);
  await chmod(`${host.root}/etc/kubernetes/kubelet.conf`, 0);
  await chmod(host.root, 0o755);
  const user = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--clear-groups'] : [];
  const probe = { ...host.session, host: 'm1', ask: (argv: readonly string[], options?: object) => host.session.ask([...user, ...argv], options) };
  await t.throwsAsync(lookAtNode(probe, { root: host.root }), { message: '/etc/kubernetes/kubelet.conf cannot be read' });
});

test('a control plane is known with its version and the flags of its parts', async (t) => {
  const host = await fakeHost(t, '');
  await putControlPlane(host, await pki);
  const look = await lookAtNode(host.session, { root: host.root });
  t.like(stateOf(look), { role: 'control_plane', isWhole: true });
  t.deepEqual(look.access, { server: 'https://10.0.0.10:6443', caHash: (await pki).caHash, nodeName: 'cp1', isRotated: false });
  t.is(look.manifests['kube-apiserver']!.image, 'registry.example.org:5000/k8s/kube-apiserver:v1.20.2');
  t.deepEqual(look.manifests['kube-apiserver']!.flags, { 'advertise-address': '10.0.0.11', 'audit-log-path': '/var/log/a: b', 'etcd-servers': 'https://127.0.0.1:2379', 'service-cluster-ip-range': '10.96.0.0/12' });
  t.is(look.adminServer, 'https://10.0.0.10:6443');
});

test('no key leaves the host', async (t) => {
  const host = await fakeHost(t, '');
  await putControlPlane(host, await pki);
  await putWorker(host, await pki);
  const answers: string[] = [];
  const probe = { ...host.session, host: 'm1', ask: async (argv: readonly string[], options?: object) => {
    const result = await host.session.ask(argv, options);
    answers.push(result.stdout.toString(), result.stderr.toString());
    return result;
  } };
  t.is((await lookAtNode(probe, { root: host.root })).access?.nodeName, 'w1');
  const said = answers.join('');
  t.true(said.includes('BEGIN CERTIFICATE'));
  t.false(said.includes('verysecretkeyofthenode'));
  t.false(said.includes(Buffer.from('-----BEGIN PRIVATE KEY-----').toString('base64').slice(0, 30)));
});

test('a kubelet.conf that is cut off, or whose certificate is not there, is no way into a cluster', async (t) => {
  const host = await fakeHost(t, '');
  await putWorker(host, await pki);
  const whole = await host.read('/etc/kubernetes/kubelet.conf');
  await host.write('/var/lib/kubelet/pki/kubelet-client-current.pem', '');
  t.is((await lookAtNode(host.session, { root: host.root })).access, undefined);
  await host.write('/etc/kubernetes/kubelet.conf', whole.slice(0, 40));
  t.is((await lookAtNode(host.session, { root: host.root })).access, undefined);
  await host.write('/etc/kubernetes/kubelet.conf', embeddedConf(await pki, 'https://a:1', 'no certificate', 'x'));
  t.is((await lookAtNode(host.session, { root: host.root })).access, undefined);
});

test('a control plane that lacks a part is not whole, whichever part it is', async (t) => {
  for (const part of ['kubelet.conf', 'admin.conf', 'pki/ca.crt', 'manifests/kube-scheduler.yaml']) {
    const host = await fakeHost(t, '');
    await putControlPlane(host, await pki);
    await host.session.perform([{ kind: 'remove', path: `${host.root}/etc/kubernetes/${part}` }]);
    const state = stateOf(await lookAtNode(host.session, { root: host.root }));
    t.deepEqual([state.role, state.isWhole], ['control_plane', false], part);
  }
});

test('static pods and keys that a user put there beforehand make no node', async (t) => {
  const host = await fakeHost(t, '');
  await host.write('/etc/kubernetes/manifests/haproxy.yaml', 'kind: Pod\n');
  await host.write('/etc/kubernetes/pki/ca.crt', (await pki).ca);
  await host.write('/var/lib/etcd/member/x', '');
  t.like(stateOf(await lookAtNode(host.session, { root: host.root })), { role: 'none', isWhole: false, leftovers: [] });
});

test('what was begun and did not end is known, with what was there before', async (t) => {
  const host = await fakeHost(t, '');
  await putWorker(host, await pki);
  await host.write('/etc/kubernetes/.kubeadm-unfinished', 'join\n/etc/kubernetes/pki/ca.crt\n');
  const look = await lookAtNode(host.session, { root: host.root });
  t.is(look.unfinished?.verb, 'join');
  t.true(look.unfinished!.age >= 0 && look.unfinished!.age < 600);
  const state = stateOf(look);
  t.deepEqual(state.leftovers, ['/etc/kubernetes/kubelet.conf', '/var/lib/kubelet/config.yaml', '/var/lib/kubelet/kubeadm-flags.env']);
  t.false(isJoined(state));
});

test('after an init that was cut off the API server is asked whether it answers', async (t) => {
  const host = await fakeHost(t, '');
  await putControlPlane(host, await pki);
  await host.write('/etc/kubernetes/.kubeadm-unfinished', 'init\n');
  t.true((await lookAtNode(host.session, { root: host.root })).unfinished?.answers);
  t.deepEqual(await host.told(), ['kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=5s get --raw=/readyz']);
  await host.write('/kubectl', 'exit 1');
  t.false((await lookAtNode(host.session, { root: host.root })).unfinished?.answers);
});

test('a kubeadm that still runs is seen', async (t) => {
  const host = await fakeHost(t, 'sleep 20');
  await host.write('/etc/kubernetes/.kubeadm-unfinished', 'join\n');
  // The kernel names a script after its file.
  const { spawn } = await import('node:child_process');
  const child = spawn(`${host.root}/usr/bin/kubeadm`, ['join', '--config', '/x'], { stdio: 'ignore' });
  t.teardown(() => child.kill());
  let running: string | undefined;
  for (let at = 0; at < 100 && running === undefined; at++) running = (await lookAtNode(host.session, { root: host.root })).unfinished?.running;
  t.regex(running ?? '', /kubeadm join --config \/x/);
});
