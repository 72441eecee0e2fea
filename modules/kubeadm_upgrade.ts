/** Takes a control plane or a worker to another version of Kubernetes with kubeadm. */
import { defineModule, flag, Missing, ModuleFailure, textOf, z, type Change, type Plan } from '../engine/module/kit.ts';
import { nodeEvidence } from './shared/kubeadm-evidence.ts';
import { judgeKubeadm } from './shared/kubeadm-failure.ts';
import type { NodeLook } from './shared/kubeadm-look.ts';
import { nodeParams } from './shared/kubeadm-node-params.ts';
import { findNode, waitForOther, type NodeFound } from './shared/kubeadm-ready.ts';
import { stateOf } from './shared/kubeadm-state.ts';
import { upgradeStep } from './shared/kubeadm-steps.ts';
import { compareVersions, kubeVersion, tagOf } from './shared/kubeadm-version.ts';

const params = z.object({
  command: z.enum(['plan', 'apply', 'node']).describe('plan: tells what an upgrade would do, and does nothing; apply: on the first control plane, takes the cluster to the version; node: on every other control plane, then on the workers'),
  version: kubeVersion().describe('version of Kubernetes to go to, such as v1.31.2; the host\'s kubeadm has to be of it'),
  certificate_renewal: flag().default(true).describe('renew the certificates of what is upgraded (default yes)'),
  etcd_upgrade: flag().default(true).describe('with apply and node: upgrade a stacked etcd too (default yes)'),
  patches: nodeParams.patches,
  ignore_preflight_errors: nodeParams.ignore_preflight_errors,
  force: flag().default(false).describe('with apply: go on where requirements are not met (default no)'),
});

type Params = z.infer<typeof params>;

/** Versions that the node shows: a control plane's parts, or a worker's kubelet. */
interface Now {
  readonly role: string;
  readonly versions: readonly string[];
}

export default defineModule<typeof params, NodeFound>({
  summary: 'Upgrade a node of a Kubernetes cluster with kubeadm, one at a time',
  params,
  example: `- name: Take the cluster to the next version
  kubeadm_upgrade:
    command: "{{ 'apply' if inventory_hostname == groups['control_planes'] | first else 'node' }}"
    version: v1.31.2`,
  returns: { from: 'the oldest version found before', version: 'the version asked for', plan: 'with plan, what kubeadm tells' },
  ahead: false,
  inspect: (_, probe) => findNode(probe, { kubelet: true }),
  plan(asked, { look, isComing, foreseen }, here): Plan {
    const busy = waitForOther(look);
    if (busy) return busy;
    if (foreseen !== undefined && foreseen !== 'none') return { changes: [], result: { from: asked.version, version: asked.version } };
    const now = versionsOf(look);
    const from = now.versions.toSorted(compareVersions)[0] ?? '';
    const result = { from, version: asked.version };
    if (asked.command !== 'node' && now.role !== 'control_plane') throw new ModuleFailure(`upgrade ${asked.command} is for a control plane, and this host is a worker`, { hint: 'workers take command: node' });
    if (asked.command === 'plan') return { changes: [], waits: [upgradeStep('plan', asked.version, flags(asked, look), { quiet: true })], result };
    const newer = now.versions.find((version) => compareVersions(version, asked.version) > 0);
    if (newer !== undefined) throw new ModuleFailure(`this host runs ${newer} already, and no cluster goes back to ${asked.version}`);
    const isDone = now.versions.every((version) => compareVersions(version, asked.version) === 0) && stateOf(look).unfinished !== 'upgrade';
    if (isDone) return { changes: [], result };
    const { unfinished } = stateOf(look);
    if (unfinished === 'init' || unfinished === 'join') throw new ModuleFailure(`this host has an unfinished ${unfinished}`, { hint: `finish it first with kubeadm_${unfinished}` });
    const plan: Plan = { changes: [change(asked, now, look)], result };
    if (look.kubeadm && compareVersions(look.kubeadm.version ?? '', asked.version) >= 0) return plan;
    if (here.check && isComing) return plan;
    const has = look.kubeadm ? `is ${look.kubeadm.version}` : 'is not there';
    throw new Missing({ kind: 'command', name: 'kubeadm' }, `an upgrade to ${asked.version} needs kubeadm of that version first, and the host's ${has}`, 'upgrade the package kubeadm before', plan);
  },
  output({ command, version }, _look, steps) {
    const step = steps.at(-1);
    judgeKubeadm(step, command === 'plan' ? 'kubeadm upgrade plan failed' : `the upgrade to ${version} failed`, 'running it again goes on from here');
    return command === 'plan' && step ? { plan: textOf(step.stdout) } : {};
  },
  evidence: (_, probe) => nodeEvidence(probe, { unfinished: true }),
});

/** Of a worker kubeadm changes only kubelet's configuration: it is due as long as the kubelet is older. */
function versionsOf(look: NodeLook): Now {
  const { role } = stateOf(look);
  if (role === 'none') throw new ModuleFailure('this host is no node of a cluster, so there is nothing to upgrade');
  if (role === 'worker') return { role, versions: look.kubelet === undefined ? [] : [look.kubelet] };
  const parts = [look.manifests['kube-apiserver'], look.manifests['kube-controller-manager'], look.manifests['kube-scheduler']];
  return { role, versions: parts.map((part) => tagOf(part?.image ?? '')).filter((tag) => tag !== undefined) };
}

function change(asked: Params, { role, versions }: Now, look: NodeLook): Change {
  const { command, version } = asked;
  const onNode = role === 'worker' ? `prepare this worker for a kubelet of ${version}` : `upgrade the control plane here to ${version}`;
  return { summary: command === 'apply' ? `upgrade the cluster to ${version}, its control plane here first` : onNode, of: 'versions', before: lines(versions), after: lines(versions.map(() => version)), steps: [upgradeStep(command, version, flags(asked, look))] };
}

function flags({ command, certificate_renewal, etcd_upgrade, patches, ignore_preflight_errors = [], force }: Params, { kubeadm }: NodeLook): string[] {
  const patchFlag = (kubeadm?.minor ?? Infinity) < 22 ? 'experimental-patches' : 'patches';
  return [
    ...(command === 'apply' ? ['--yes'] : []), ...(command === 'apply' && force ? ['--force'] : []),
    ...(command === 'plan' || certificate_renewal ? [] : ['--certificate-renewal=false']), ...(command === 'plan' || etcd_upgrade ? [] : ['--etcd-upgrade=false']),
    ...(command === 'plan' || patches === undefined ? [] : [`--${patchFlag}=${patches}`]),
    ...(ignore_preflight_errors.length > 0 ? [`--ignore-preflight-errors=${ignore_preflight_errors.join(',')}`] : []),
  ];
}

function lines(versions: readonly string[]): string {
  return versions.map((version) => `${version}\n`).join('');
}
