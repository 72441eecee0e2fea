/** A cluster whose etcd stands apart, made by etcd-ha.yml, and whose API is reached by a proxy on each node, on seven real machines. */
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { labDown } from '../../engine/lab/down.ts';
import { complaints, tasksThat } from '../support/kplay.ts';
import { kubernetesFor, openKubeLab, type KubeLab } from './kube-lab.ts';
import { inside, noLongLab, traces } from '../lab/test-lab.ts';

const what = 'an etcd of its own and a proxy on each node';
const kubernetes = noLongLab(what) === undefined ? await kubernetesFor(what) : undefined;
const onLab = kubernetes ? test.serial : test.skip;
const minutes = (count: number): number => count * 60_000;
const nodes = ['m1', 'm2', 'm3', 'm4'];
const members = ['m5', 'm6', 'm7'];

let lab: KubeLab;

test.before(async (t) => {
  t.timeout(minutes(5));
  if (kubernetes) lab = await openKubeLab('kplay-external', '10.229.0', kubernetes, { controlPlanes: 3, workers: 1, etcd: 3, vars: { kube_etcd: 'external', kube_endpoint_by: 'local' } });
});
test.after.always(async (t) => {
  t.timeout(minutes(3));
  if (kubernetes) await lab.close();
});

onLab('etcd-ha.yml, then ha-cluster.yml: every node Ready, and the second run changes nothing', async (t) => {
  t.timeout(minutes(25));
  const etcd = await lab.play('etcd-ha.yml');
  t.is(etcd.code, 0, complaints(etcd));
  const ran = await lab.play('ha-cluster.yml');
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(await lab.readyNodes('m1'), nodes);
  const again = await lab.play('ha-cluster.yml');
  t.is(again.code, 0, complaints(again));
  t.deepEqual(tasksThat('changed', again), []);
});

onLab('what the cluster knows is in the etcd that stands apart, and on no node', async (t) => {
  for (const name of nodes) t.is((await inside(lab.plan, name, 'find', '/etc/kubernetes/manifests/etcd.yaml', '/var/lib/etcd', '-type', 'f')).stdout, '', name);
  for (const name of nodes.slice(0, 3)) t.is((await inside(lab.plan, name, 'stat', '-c', '%a:%U', '/etc/kubernetes/etcd-client', '/etc/kubernetes/etcd-client/client.key')).stdout, '700:root\n600:root\n');
  for (const name of members) t.true((await inside(lab.plan, name, 'grep', '-rlsa', '/registry/minions/m4', '/var/lib/etcd')).stdout.length > 0, name);
});

onLab('pods talk to each other, to a Service and to the API', async (t) => {
  t.timeout(minutes(10));
  const smoke = await lab.play('smoke.yml');
  t.is(smoke.code, 0, complaints(smoke));
});

onLab('a control plane and a member of etcd that die are not missed: each node\'s proxy finds an API server within seconds', async (t) => {
  t.timeout(minutes(5));
  await labDown(lab.plan, { report: () => undefined, only: ['m1', 'm5'] });
  const died = Date.now();
  for (const name of ['m2', 'm3', 'm4']) {
    let answer = '';
    while (answer !== 'ok' && Date.now() - died < 60_000) {
      answer = (await inside(lab.plan, name, 'curl', '--silent', '--max-time', '2', '--cacert', '/etc/kubernetes/pki/ca.crt', 'https://127.0.0.1:8443/readyz')).stdout;
      if (answer !== 'ok') await sleep(500);
    }
    t.is(answer, 'ok', name);
  }
  t.log(`all answered after ${((Date.now() - died) / 1000).toFixed(1)} s`);
  t.true(Date.now() - died < 30_000);
});

onLab('the seven machines leave nothing behind on this host', async (t) => {
  t.timeout(minutes(3));
  await lab.close();
  t.deepEqual(await traces(lab.plan), []);
});
