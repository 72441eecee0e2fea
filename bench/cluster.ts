/** A highly available Kubernetes cluster of five bare machines: by ha-cluster.yml, and by the commands that an admin types. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usualCache } from '../engine/lab/bring-up.ts';
import { checkHost } from '../engine/lab/host-check.ts';
import { ensureKubernetes } from '../engine/lab/kubernetes/ensure-kubernetes.ts';
import { mirrorUrl } from '../engine/lab/mirror-server.ts';
import type { LabMachine } from '../engine/lab/plan.ts';
import { labRebuild } from '../engine/lab/rebuild.ts';
import type { Bench, Stage, Table } from './bench.ts';
import { compare } from './figures.ts';
import { numberText } from './format.ts';
import { labLacks, openLab, type Lab } from './lab.ts';
import { writePlace } from './place.ts';
import { kplay, rootFolder } from './places.ts';
import { byRounds } from './rounds.ts';
import { openRunner } from './runner.ts';

const controlPlanes = 3;
const workers = 2;
/** A cluster takes minutes, beside which noise weighs little. */
const mostRounds = 2;

/** What both build from. */
interface Kubernetes {
  readonly mirror: string;
  readonly version: string;
  readonly cni: string;
  readonly vip: string;
}

export default {
  name: 'cluster',
  title: 'A highly available Kubernetes cluster, against the same commands by hand',
  about: 'Five bare machines of kplay\'s own lab become a cluster of three control planes and two workers behind a virtual address: by `kplay run playbooks/ha-cluster.yml`, and by the scripts of '
    + 'bench/cluster, typed as fast as ssh takes them: machines prepared at once, kubeadm init, control planes joined one after the other, workers together. Both end when every node is Ready. '
    + 'kplay does more on the way (checks before, hosts files, time, firewalls, kubeconfigs, a report).',
  lacks: async () => labLacks(),
  run,
} satisfies Bench;

async function run(stage: Stage): Promise<readonly Table[]> {
  const programs = openRunner(stage);
  const { folder, version } = await ensureKubernetes(checkHost(), usualCache, ({ text }) => stage.say(text));
  const lab = await openLab(stage, programs, controlPlanes + workers, { python: false, vars: { lab_mirror: folder } });
  const kubernetes = { mirror: mirrorUrl(lab.plan), version, cni: '1.1.1', vip: '10.221.0.100' };
  const inventory = await writeInventory(stage, lab, kubernetes);
  const contenders = [
    { who: 'kplay', build: async () => (await programs([...kplay, 'run', path.join(rootFolder, 'playbooks/ha-cluster.yml'), '-i', inventory], { timeout: 3600 })).seconds },
    { who: 'by hand', build: () => byHand(lab, kubernetes) },
  ];
  const times = await byRounds({ rounds: Math.min(stage.rounds, mostRounds), say: stage.say }, contenders, async ({ build }) => {
    await labRebuild(lab.plan, { report: () => undefined });
    const seconds = await build();
    await checkReady(lab);
    return { seconds, text: `${numberText(seconds)} s` };
  });
  const samples = (at: number): readonly number[] => times.get(contenders[at]!)!.map(({ seconds }) => seconds);
  return [{ title: 'From bare machines to every node Ready', unit: 's', rows: compare([{ who: 'kplay', samples: samples(0) }, { who: 'by hand', samples: samples(1), asked: '≥ 0.77' }]) }];
}

async function writeInventory(stage: Stage, lab: Lab, { mirror, version, vip }: Kubernetes): Promise<string> {
  const { inventory } = await writePlace(stage, lab);
  const names = lab.machines.map(({ name }) => name);
  const vars = [
    `mirror_url=${mirror}`, `kube_version=${version}`, 'kube_network=routes', 'mirror_packages=false', 'kube_dns_enabled=false', `kube_vip=${vip}`, 'containerd_restrict_oom_score_adj=true',
    'kubelet_extra_args={"oom-score-adj": 0}', 'kube_proxy_config={"conntrack": {"maxPerCore": 0}}',
  ];
  const text = [readFileSync(inventory, 'utf8'), ...vars, '[kube_control_plane]', ...names.slice(0, controlPlanes), '[kube_node]', ...names.slice(controlPlanes), ''].join('\n');
  const file = path.join(stage.folder, 'cluster.ini');
  await writeFile(file, text);
  return file;
}

/** Seconds that the scripts of bench/cluster take. */
async function byHand(lab: Lab, { mirror, version, cni, vip }: Kubernetes): Promise<number> {
  const script = (name: string): string => readFileSync(path.join(rootFolder, 'bench/cluster', `${name}.sh`), 'utf8');
  const [masters, others] = [lab.machines.slice(0, controlPlanes), lab.machines.slice(controlPlanes)];
  const [first, ...more] = masters as [LabMachine, ...LabMachine[]];
  const endpoint = `${vip}:8443`;
  const begun = performance.now();
  await Promise.all(lab.machines.map((machine) => lab.sh(machine, script('prepare'), mirror, version, cni, ...(masters.includes(machine) ? [vip, machine.address, ...masters.filter((each) => each !== machine).map(({ address }) => address)] : ['-']))));
  const { stdout } = await lab.sh(first, script('init'), version, endpoint, first.address);
  const [token, hash, key] = ['token', 'hash', 'key'].map((name) => new RegExp(`^${name}=(.+)$`, 'm').exec(stdout)![1]!) as [string, string, string];
  for (const machine of more) await lab.sh(machine, script('join'), endpoint, token, hash, machine.address, key);
  await Promise.all(others.map((machine) => lab.sh(machine, script('join'), endpoint, token, hash, machine.address, '-')));
  const parts = await nodeParts(lab);
  await Promise.all(lab.machines.map((machine) => lab.sh(machine, script('network'), parts.get(machine.name)!, ...lab.machines.filter((each) => each !== machine).flatMap((each) => [parts.get(each.name)!, each.address]))));
  while ((await notReady(lab)).length > 0) await sleep(1000);
  return (performance.now() - begun) / 1000;
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly podCIDR: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

async function nodes(lab: Lab): Promise<readonly Node[]> {
  const { stdout } = await lab.sh(lab.machines[0]!, 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o json');
  return (JSON.parse(stdout) as { readonly items: readonly Node[] }).items;
}

async function nodeParts(lab: Lab): Promise<ReadonlyMap<string, string>> {
  return new Map((await nodes(lab)).map(({ metadata, spec }) => [metadata.name, spec.podCIDR]));
}

/** Machines of the lab that are no Ready nodes. */
async function notReady(lab: Lab): Promise<readonly string[]> {
  const ready = (await nodes(lab)).filter(({ status }) => status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True')).map(({ metadata }) => metadata.name);
  return lab.machines.map(({ name }) => name).filter((name) => !ready.includes(name));
}

async function checkReady(lab: Lab): Promise<void> {
  const missing = await notReady(lab);
  if (missing.length > 0) throw new Error(`nodes that are not Ready: ${missing.join(', ')}`);
}
