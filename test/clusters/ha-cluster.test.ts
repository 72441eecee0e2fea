/** The main job on real machines: `kplay run playbooks/ha-cluster.yml`, from five bare machines to a highly available cluster. */
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { isAlive, readMark } from '../../engine/lab/process.ts';
import { machinePaths } from '../../engine/lab/paths.ts';
import { labDown } from '../../engine/lab/down.ts';
import { labUp } from '../../engine/lab/up.ts';
import { complaints, foretold, tasksThat } from '../support/kplay.ts';
import { kubernetesFor, openKubeLab, type KubeLab } from './kube-lab.ts';
import { inside, traces } from '../lab/test-lab.ts';

const kubernetes = await kubernetesFor('ha-cluster.yml');
const onLab = kubernetes ? test.serial : test.skip;
const net = '10.227.0';
const everyNode = ['m1', 'm2', 'm3', 'm4', 'm5'];
const minutes = (count: number): number => count * 60_000;

let lab: KubeLab;
let predicted: string[] = [];

test.before(async (t) => {
  t.timeout(minutes(5));
  if (kubernetes) lab = await openKubeLab('kplay-ha', net, kubernetes, { controlPlanes: 3, workers: 2 });
});
test.after.always(async (t) => {
  t.timeout(minutes(3));
  if (kubernetes) await lab.close();
});

/** How the API answers at the virtual address, asked from a machine. */
async function readyz(machine: string): Promise<string> {
  const { stdout } = await inside(lab.plan, machine, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', `--server=https://${net}.100:8443`, '--request-timeout=2s', 'get', '--raw=/readyz');
  return stdout;
}

onLab('a dry run on bare machines ends without a failure', async (t) => {
  t.timeout(minutes(5));
  const dry = await lab.play('ha-cluster.yml', ['--check', '--diff']);
  t.is(dry.code, 0, complaints(dry));
  predicted = foretold(dry);
  t.true(predicted.length > 100);
});

onLab('the run makes a cluster of bare machines, every node Ready, and changes exactly what the dry run said', async (t) => {
  t.timeout(minutes(30));
  const ran = await lab.play('ha-cluster.yml');
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(await lab.readyNodes('m1'), everyNode);
  t.deepEqual(tasksThat('changed', ran), predicted);
});

onLab('the second run changes nothing', async (t) => {
  t.timeout(minutes(10));
  const again = await lab.play('ha-cluster.yml');
  t.is(again.code, 0, complaints(again));
  t.deepEqual(tasksThat('changed', again), []);
});

onLab('pods on different workers talk to each other, to a Service and to the API, and nothing of the test stays', async (t) => {
  t.timeout(minutes(10));
  const smoke = await lab.play('smoke.yml');
  t.is(smoke.code, 0, complaints(smoke));
  const { items } = await lab.kubectl('m1', 'get', 'namespaces');
  t.deepEqual(items.map(({ metadata }) => metadata.name).filter((name) => !/^(default|kube-.*)$/.test(name)), []);
});

onLab('keys stay where they belong: the authority\'s on control planes alone, for root alone', async (t) => {
  t.timeout(minutes(3));
  for (const worker of ['m4', 'm5']) t.is((await inside(lab.plan, worker, 'find', '/etc/kubernetes', '/root', '/tmp', '-name', 'ca.key', '-o', '-name', 'admin.conf')).stdout, '');
  for (const master of ['m1', 'm2', 'm3']) t.is((await inside(lab.plan, master, 'stat', '-c', '%a', '/etc/kubernetes/pki/ca.key', '/etc/kubernetes/admin.conf', '/root/.kube/config')).stdout, '600\n600\n600\n');
  const { items } = await lab.kubectl<{ items: readonly { type: string; metadata: { name: string } }[] }>('m1', 'get', 'secrets', '-n', 'kube-system');
  t.deepEqual(items.filter(({ type, metadata }) => type === 'bootstrap.kubernetes.io/token' || metadata.name === 'kubeadm-certs').map(({ metadata }) => metadata.name), []);
});

onLab('a control plane that dies is not missed: the API answers at the virtual address within seconds', async (t) => {
  t.timeout(minutes(10));
  const { stdout } = await inside(lab.plan, 'm1', 'ip', '-o', 'addr', 'show');
  const holder = stdout.includes(`${net}.100/`) ? 'm1' : (await inside(lab.plan, 'm2', 'ip', '-o', 'addr', 'show')).stdout.includes(`${net}.100/`) ? 'm2' : 'm3';
  const other = holder === 'm1' ? 'm2' : 'm1';
  const pid = readMark(machinePaths(lab.plan, holder).mark);
  t.true(isAlive(pid));
  await labDown(lab.plan, { report: () => undefined, only: [holder] });
  const died = Date.now();
  let answer = '';
  while (answer !== 'ok' && Date.now() - died < 60_000) {
    answer = await readyz(other);
    if (answer !== 'ok') await sleep(500);
  }
  t.log(`${holder} stopped; the API answered after ${((Date.now() - died) / 1000).toFixed(1)} s`);
  t.is(answer, 'ok');
  t.true(Date.now() - died < 30_000);
  await labUp(lab.plan, { report: () => undefined, only: [holder] });
});

onLab('reset.yml takes the nodes back to bare, and ha-cluster.yml makes the same cluster of them again', async (t) => {
  t.timeout(minutes(30));
  const unasked = await lab.play('reset.yml');
  t.is(unasked.code, 1);
  t.regex(unasked.stderr, /-e confirm=/);
  const reset = await lab.play('reset.yml', ['-e', 'confirm=yes']);
  t.is(reset.code, 0, complaints(reset));
  for (const name of everyNode) {
    const { stdout } = await inside(lab.plan, name, 'find /etc/kubernetes /var/lib/etcd /var/lib/kubelet /etc/cni/net.d -type f 2>/dev/null; iptables-save | grep -c KUBE; ls /sys/class/net | grep -E "cni0|veth" ; ctr -n k8s.io containers ls -q 2>/dev/null');
    t.is(stdout, '0\n', name);
  }
  const again = await lab.play('reset.yml', ['-e', 'confirm=yes']);
  t.is(again.code, 0, complaints(again));
  t.deepEqual(tasksThat('changed', again), []);
  const ran = await lab.play('ha-cluster.yml');
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(await lab.readyNodes('m2'), everyNode);
});

onLab('the five machines leave nothing behind on this host', async (t) => {
  t.timeout(minutes(3));
  await lab.close();
  t.deepEqual(await traces(lab.plan), []);
});
