/** Makes a host a node of a cluster: a worker, or one more control plane. */
import { defineModule, flag, ModuleFailure, z, type Change, type Plan } from '../engine/module/kit.ts';
import { configText, joinDocuments } from './shared/kubeadm-documents.ts';
import { nodeEvidence } from './shared/kubeadm-evidence.ts';
import { judgeKubeadm } from './shared/kubeadm-failure.ts';
import { kubernetesFolder } from './shared/kubeadm-files.ts';
import { finishWorkerStep, goingOn, waitForKubeletStep } from './shared/kubeadm-finish.ts';
import { flagsBeside } from './shared/kubeadm-node-part.ts';
import { material, nodeParams } from './shared/kubeadm-node-params.ts';
import { hostPort } from './shared/kubeadm-param-kinds.ts';
import { findNode, phasesWithoutCrictl, waitForOther, withKubeadm, type NodeFound } from './shared/kubeadm-ready.ts';
import { nodeLeaves, nodeText, refuseLeftovers, stateOf } from './shared/kubeadm-state.ts';
import { kubeadmStep, leaveStep, untilOldNodeIsGone } from './shared/kubeadm-steps.ts';
import type { Kubeadm } from './shared/kubeadm-version.ts';

const params = z.object({
  control_plane: flag().default(false).describe('yes: it becomes one more control plane, with a member of its own where etcd is stacked; no: a worker (default no)'),
  material: material.optional().meta({ kplay: 'private' }).describe('what it joins with: the result of kubeadm_token, or a mapping of server, token, ca_cert_hashes and, for a control plane, certificate_key. Handed to kubeadm in a file that is gone afterwards. A host that is in the cluster needs none'),
  server: hostPort().optional().describe('host:port to join through (default what the material names)'),
  ...nodeParams,
});

type Params = z.infer<typeof params>;

/** Done already where a control plane's join was cut off after its kubelet had come into the cluster. */
const donePhases = ['preflight', 'control-plane-prepare', 'kubelet-start'];
const made = ['kubelet.conf', 'pki/ca.crt'];
const madeByControlPlane = ['admin.conf', 'controller-manager.conf', 'scheduler.conf', 'pki/ca.key', 'manifests/kube-apiserver.yaml'];

export default defineModule({
  summary: 'Join a host to a Kubernetes cluster with kubeadm, as a worker or a control plane',
  params,
  example: `- name: See whether this host is in the cluster
  kubeadm_info: {}
  register: node

- name: Have a control plane make what is needed to join
  kubeadm_token:
    needed: "{{ not node.joined }}"
    control_plane: true
  delegate_to: "{{ groups['control_planes'] | first }}"
  register: pass

- name: Join as a control plane
  kubeadm_join:
    control_plane: true
    material: "{{ pass }}"
    cri_socket: unix:///run/containerd/containerd.sock

# In the always part of a block, nothing stays of a join that failed either.
- name: Leave nothing of it behind
  kubeadm_token:
    state: absent
    material: "{{ pass }}"
  delegate_to: "{{ groups['control_planes'] | first }}"`,
  returns: { role: 'worker or control_plane' },
  inspect: (_, probe) => findNode(probe),
  plan(asked, found, here): Plan {
    const { look, foreseen } = found;
    const state = stateOf(look);
    const role = asked.control_plane ? 'control_plane' : 'worker';
    const settled: Plan = { changes: [], result: { role } };
    const busy = waitForOther(look);
    if (busy) return busy;
    if (foreseen === role) return settled;
    const isBare = foreseen === 'none' || (state.unfinished !== undefined && state.leftovers.length === 0);
    if (isBare) return joining(asked, found, here, []);
    if (state.unfinished === 'init') throw new ModuleFailure('this host has an unfinished init of a cluster of its own', { hint: 'finish it with kubeadm_init, or take it away with kubeadm_reset' });
    if (state.unfinished === 'join') return onward(asked, found, here);
    if (!state.isWhole) {
      refuseLeftovers(state);
      return joining(asked, found, here, []);
    }
    refuseOther(asked, found);
    return settled;
  },
  output(_asked, _found, steps) {
    judgeKubeadm(steps.findLast(({ step }) => step.kind === 'run' && step.codes === 'any'), 'kubeadm join failed', 'running it again goes on from here, or begins anew where that cannot be');
    return {};
  },
  evidence: (_, probe) => nodeEvidence(probe, { unfinished: true }),
});

type Here = Parameters<typeof withKubeadm>[1];

/** A host that is in a cluster is in that which is asked for, and as what is asked for. */
function refuseOther(asked: Params, { look }: NodeFound): void {
  const state = stateOf(look);
  const hashes = asked.material?.ca_cert_hashes;
  const known = look.access?.caHash;
  if (hashes && hashes.length > 0 && known !== undefined && !hashes.some((hash) => hash.toLowerCase() === known)) {
    const why = `this host is ${nodeText(state, look)}, which is another cluster: its authority is ${known}, asked for is ${hashes.join(' or ')}`;
    throw new ModuleFailure(why, { hint: 'kubeadm_reset takes the host out of there' });
  }
  if ((state.role === 'control_plane') === asked.control_plane) return;
  const [is, wanted] = asked.control_plane ? ['a worker', 'a control plane'] : ['a control plane', 'a worker'];
  throw new ModuleFailure(`this host is ${is} of the cluster and shall be ${wanted}`, { hint: 'a node becomes something else by leaving and joining: kubeadm_reset, then kubeadm_join' });
}

/** After a join that was cut off: what is in the cluster is finished, what is not is taken away and joins anew. */
function onward(asked: Params, found: NodeFound, here: Here): Plan {
  const { look } = found;
  const { access, files } = look;
  const result = { role: asked.control_plane ? 'control_plane' : 'worker' };
  if (access) {
    refuseOther(asked, found);
    if (asked.control_plane) return joining(asked, found, here, [], true);
    return { changes: [{ summary: 'finish the join that was cut off', steps: [finishWorkerStep(access.nodeName ?? '', socketOf(asked, look))], leaves: nodeLeaves('worker') }], result };
  }
  // Its etcd is a member by now: taking that away could cost the cluster its quorum. The kubelet goes on by itself.
  if (files.has(`${kubernetesFolder}/manifests/etcd.yaml`)) return { changes: [], waits: [waitForKubeletStep()], again: 'whether the kubelet finishes the join that was cut off', result };
  return joining(asked, found, here, [{ summary: 'take away what a join that was cut off has left', steps: [leaveStep(asked.cri_socket)] }]);
}

/** Where no socket is named, an old kubelet works with docker. */
function socketOf({ cri_socket }: Params, { criSocket, kubeadm }: NodeFound['look']): string {
  return cri_socket ?? criSocket ?? ((kubeadm?.minor ?? Infinity) < 24 ? '/var/run/dockershim.sock' : '');
}

function joining(asked: Params, found: NodeFound, here: Here, first: readonly Change[], goesOn = false): Plan {
  if (!here.check) refuseWithout(asked, found, goesOn);
  const role = asked.control_plane ? 'control_plane' : 'worker';
  const onward = goesOn ? goingOn(found.look.access?.nodeName ?? '', socketOf(asked, found.look)) : undefined;
  return withKubeadm(found, here, undefined, (kubeadm) => ({ changes: [...first, join(asked, found, kubeadm, onward)], result: { role } }));
}

/** Throws ModuleFailure where something is missing that only a control plane of the cluster can give. */
function refuseWithout({ material: given = {}, server, control_plane }: Params, { look }: NodeFound, goesOn: boolean): void {
  const { token, ca_cert_hashes = [], certificate_key } = given;
  const lacks = [
    ...(token ? [] : ['a token']), ...(ca_cert_hashes.length > 0 ? [] : ['ca_cert_hashes']), ...(server ?? given.server ? [] : ['the server']),
    ...(control_plane && !goesOn && !certificate_key && !look.files.has(`${kubernetesFolder}/pki/ca.crt`) ? ['a certificate_key'] : []),
  ];
  if (lacks.length === 0) return;
  const hint = `have kubeadm_token make it on a control plane${control_plane ? ', with control_plane: yes' : ''}`;
  throw new ModuleFailure(`this host is not in the cluster, and material lacks ${lacks.join(', ')}`, { hint });
}

/** `onward` is how a join goes on that was cut off. */
function join(asked: Params, { look }: NodeFound, kubeadm: Kubeadm, onward: string | undefined): Change {
  const goesOn = onward !== undefined;
  const phases = [...new Set([...(asked.skip_phases ?? []), ...(goesOn ? donePhases : phasesWithoutCrictl(look, asked.cri_socket, kubeadm))])];
  const config = configText(joinDocuments(asked, kubeadm, phases));
  const { token, certificate_key, ...open } = asked.material ?? {};
  const server = asked.server ?? open.server;
  const shown = { ...open, token: '(hidden)', ...(asked.control_plane && { certificate_key: '(hidden)' }) };
  return {
    summary: goesOn ? 'finish the join that was cut off' : `join the cluster${server === undefined ? '' : ` at ${server}`} as a ${asked.control_plane ? 'control plane' : 'worker'}`,
    of: 'kubeadm join', before: '', after: configText(joinDocuments({ ...asked, material: shown }, kubeadm, phases)),
    steps: [kubeadmStep({ verb: 'join', goesOn, socket: asked.cri_socket, config, words: ['join', ...flagsBeside(asked, kubeadm, phases)], how: onward ?? untilOldNodeIsGone })],
    makes: [...made, ...(asked.control_plane ? madeByControlPlane : [])].map((name) => ({ kind: 'path', name: `${kubernetesFolder}/${name}` })),
    leaves: nodeLeaves(asked.control_plane ? 'control_plane' : 'worker'),
  };
}
