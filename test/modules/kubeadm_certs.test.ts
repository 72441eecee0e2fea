/** Certificates of a control plane: read, judged, renewed, and their users started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import test from 'ava';
import { textOf } from '../../engine/session/session.ts';
import kubeadmCerts from '../../modules/kubeadm_certs.ts';
import { lookAtCertificates, renewStep, restartStep, usersOf, type Certificate } from '../../modules/shared/kubeadm-certificates.ts';
import { embeddedConf, fakeHost, newPki } from '../support/kubeadm-host.ts';
import { rows } from '../support/plan-rows.ts';

const day = 86_400_000;
const certificate = (name: string, days: number | undefined, isAuthority = false): Certificate => ({ name, path: `/etc/kubernetes/pki/${name}.crt`, expires: days === undefined ? undefined : days * day + 1000, isAuthority });
const found = (certificates: readonly Certificate[], more: { aside?: readonly string[]; isForeseen?: boolean } = {}) => ({ certificates, aside: [], isForeseen: false, ...more });
const good = [certificate('apiserver', 200), certificate('scheduler.conf', 200), certificate('etcd-server', 200), certificate('ca', 3000, true)];

rows<ReturnType<typeof found>>('kubeadm_certs', kubeadmCerts, {
  'leaves good ones alone': { given: found(good), asked: {}, says: [], result: { days_left: 200, renewed: [] } },
  'renews what is due, and starts again who uses it': {
    given: found([certificate('apiserver', 10), certificate('front-proxy-client', 29), certificate('scheduler.conf', 31), certificate('etcd-server', 5), certificate('ca', 3000, true)]), asked: {},
    says: ['renew apiserver, front-proxy-client, etcd-server: 5 days left', 'start kube-apiserver again with what is renewed'], result: { days_left: 5, renewed: ['apiserver', 'front-proxy-client', 'etcd-server'] },
    does: ['script apiserver front-proxy-client etcd-server', "script '' kube-apiserver"],
  },
  'starts nothing again where that is not wanted': { given: found([certificate('apiserver', 1)]), asked: { restart: false }, says: ['renew apiserver: 1 days left'] },
  'renews what has expired, and what cannot be read': { given: found([certificate('apiserver', -3), certificate('admin.conf', undefined)]), asked: { restart: false }, says: ['renew apiserver, admin.conf: expired'] },
  'renews all where that is forced': { given: found(good), asked: { force: true, names: ['scheduler.conf'] }, says: ['renew scheduler.conf: 200 days left', 'start kube-scheduler again with what is renewed'] },
  'only tells where nothing is to be renewed': { given: found([certificate('apiserver', 1)]), asked: { renew: false }, says: [], result: { days_left: 1, renewed: [] } },
  'warns of an authority that ends': { given: found([...good.slice(0, 3), certificate('ca', 100, true)]), asked: {}, warns: [/^\/etc\/kubernetes\/pki\/ca\.crt expires on 1970-04-11/] },
  'does not renew under an authority that has ended': { given: found([certificate('apiserver', 1), certificate('ca', -1, true)]), asked: {}, fails: /expired on .*: nothing can be renewed under it/ },
  'puts a static pod back that was left aside': { given: found(good, { aside: ['kube-scheduler'] }), asked: {}, says: ['put kube-scheduler back, which a restart that was cut off has put aside'] },
  'is for control planes': { given: found([]), asked: {}, fails: /^missing path .*: this host has none of kubeadm's certificates/ },
  'foresees good ones on a control plane that an earlier task makes': { given: found([], { isForeseen: true }), asked: {}, check: true, says: [] },
});

test('certificates are read with their ends, those within kubeconfig files too, and no key', async (t) => {
  const host = await fakeHost(t, '');
  const pki = await newPki('kubernetes', 1000);
  await host.write('/etc/kubernetes/pki/ca.crt', pki.ca);
  await host.write('/etc/kubernetes/pki/apiserver.crt', await pki.leaf('kube-apiserver', [], 90));
  await host.write('/etc/kubernetes/scheduler.conf', embeddedConf(pki, 'https://a:1', await pki.leaf('scheduler', [], 30), 'scheduler'));
  await host.write('/etc/kubernetes/pki/front-proxy-client.crt', 'half a cert');
  await host.write('/etc/kubernetes/.kubeadm-aside/kube-scheduler.yaml', 'x');
  const look = await lookAtCertificates(host.session, host.root);
  const left = ({ expires }: Certificate) => (expires === undefined ? undefined : Math.round((expires - Date.now()) / day));
  t.deepEqual(look.certificates.map((each) => [each.name, left(each), each.isAuthority]), [['scheduler.conf', 30, false], ['apiserver', 90, false], ['front-proxy-client', undefined, false], ['ca', 1000, true]]);
  t.deepEqual(look.aside, ['kube-scheduler']);
});

test('each is renewed by its name; the first that cannot be ends it', async (t) => {
  const host = await fakeHost(t, 'case $3 in admin.conf) echo "no authority" >&2; echo "To see the stack trace" >&2; exit 1;; esac; echo "certificate $3 renewed"');
  const [result] = await host.session.perform([renewStep(['apiserver', 'admin.conf', 'scheduler.conf'])]);
  t.deepEqual([result!.code, textOf(result!.stdout), textOf(result!.stderr)], [1, 'certificate apiserver renewed', 'no authority']);
  t.deepEqual(await host.told(), ['certs renew apiserver', 'certs renew admin.conf']);
});

test('users of certificates are started again in one order, etcd is not', (t) => {
  t.deepEqual(usersOf(['scheduler.conf', 'etcd-peer', 'controller-manager.conf', 'apiserver', 'admin.conf']), ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);
  t.deepEqual(usersOf(['etcd-server', 'admin.conf']), []);
});

test('a static pod is started again by taking its manifest away until it has stopped', async (t) => {
  const host = await fakeHost(t, '');
  const name = `kube-fake-${process.pid}`;
  const manifest = `/etc/kubernetes/manifests/${name}.yaml`;
  await host.write(manifest, 'the pod');
  await symlink('/bin/sleep', `${host.root}/${name}`);
  const pids: (number | undefined)[] = [];
  let pod: ChildProcess | undefined;
  /** What a kubelet does. */
  const kubelet = setInterval(() => {
    const wanted = existsSync(`${host.root}${manifest}`);
    if (wanted && !pod) {
      pod = spawn(`${host.root}/${name}`, ['60'], { stdio: 'ignore' });
      pids.push(pod.pid);
    } else if (!wanted && pod) {
      pod.kill();
      pod = undefined;
    }
  }, 20);
  t.teardown(() => {
    clearInterval(kubelet);
    pod?.kill();
  });
  while (pids.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const [result] = await host.session.perform([restartStep(name, host.root)]);
  t.is(result!.code, 0, textOf(result!.stderr));
  t.is(pids.length, 2);
  t.is(await host.read(manifest), 'the pod');
  t.deepEqual(await host.files('/etc/kubernetes'), [manifest]);
});
