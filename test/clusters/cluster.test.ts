/** `kplay run playbooks/cluster.yml` on two real machines, with runs that are cut off on the way. */
import type { ChildProcess } from 'node:child_process';
import test from 'ava';
import { complaints, foretold, tasksThat } from '../support/kplay.ts';
import { kubernetesFor, openKubeLab, type KubeLab } from './kube-lab.ts';
import { inside } from '../lab/test-lab.ts';

const kubernetes = await kubernetesFor('cluster.yml');
const onLab = kubernetes ? test.serial : test.skip;
const minutes = (count: number): number => count * 60_000;

let lab: KubeLab;

test.before(async (t) => {
  t.timeout(minutes(5));
  if (kubernetes) lab = await openKubeLab('kplay-single', '10.228.0', kubernetes, { controlPlanes: 1, workers: 1 });
});
test.after.always(async (t) => {
  t.timeout(minutes(3));
  if (kubernetes) await lab.close();
});

/** Interrupts a run, as Ctrl-C does, once a machine runs what is named. */
function interruptOnce(machine: string, running: string): (child: ChildProcess) => void {
  return (child) => {
    const look = async (): Promise<void> => {
      while (child.exitCode === null) {
        if ((await inside(lab.plan, machine, `pgrep -f '[${running[0]}]${running.slice(1)}'`)).code === 0) return void child.kill('SIGINT');
      }
    };
    void look();
  };
}

onLab('a dry run on bare machines ends without a failure, and a run cut off in the middle of init leaves what the next one finishes', async (t) => {
  t.timeout(minutes(25));
  const dry = await lab.play('cluster.yml', ['--check']);
  t.is(dry.code, 0, complaints(dry));
  const cut = await lab.play('cluster.yml', [], { watch: interruptOnce('m1', 'kubeadm init') });
  t.is(cut.code, 130);
  t.deepEqual(tasksThat('changed', cut).filter((task) => !foretold(dry).includes(task)), []);
});

onLab('a run cut off in the middle of a join, then run again, ends in a healthy cluster', async (t) => {
  t.timeout(minutes(20));
  const cut = await lab.play('cluster.yml', [], { watch: interruptOnce('m2', 'kubeadm join') });
  t.is(cut.code, 130);
  const ran = await lab.play('cluster.yml');
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(await lab.readyNodes('m1'), ['m1', 'm2']);
  const again = await lab.play('cluster.yml');
  t.is(again.code, 0, complaints(again));
  t.deepEqual(tasksThat('changed', again), []);
});

onLab('a worker alone leaves the cluster in good order, and comes back', async (t) => {
  t.timeout(minutes(15));
  const out = await lab.play('reset.yml', ['-e', 'confirm=yes', '--limit', 'm2']);
  t.is(out.code, 0, complaints(out));
  t.deepEqual((await lab.kubectl('m1', 'get', 'nodes')).items.map(({ metadata }) => metadata.name), ['m1']);
  const back = await lab.play('cluster.yml');
  t.is(back.code, 0, complaints(back));
  t.deepEqual(await lab.readyNodes('m1'), ['m1', 'm2']);
});
