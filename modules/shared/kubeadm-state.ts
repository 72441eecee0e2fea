/** What a host is in a cluster, judged by its files: nothing, a worker, a control plane, or something half made. */
import { ModuleFailure, type Probe, type ThingState } from '../../engine/module/kit.ts';
import { kubernetesFolder, ownFiles } from './kubeadm-files.ts';
import { serverOf, type NodeLook } from './kubeadm-look.ts';

export type Role = 'none' | 'worker' | 'control_plane';

export interface NodeState {
  /** What it is, or would be were it whole. */
  readonly role: Role;
  /** Everything of the role is there. */
  readonly isWhole: boolean;
  /** `init`, `join`, … where that was begun by a task and did not end. */
  readonly unfinished: string | undefined;
  /** Files of kubeadm that are there; after an unfinished command those that it has made. */
  readonly leftovers: readonly string[];
}

const controlPlaneFiles = [
  'admin.conf', 'controller-manager.conf', 'scheduler.conf', 'pki/ca.crt', 'manifests/kube-apiserver.yaml', 'manifests/kube-controller-manager.yaml', 'manifests/kube-scheduler.yaml',
].map((name) => `${kubernetesFolder}/${name}`);
const apiServer = `${kubernetesFolder}/manifests/kube-apiserver.yaml`;
const managerConf = `${kubernetesFolder}/controller-manager.conf`;

/** Judges. */
export function stateOf({ files, access, unfinished }: NodeLook): NodeState {
  const isControlPlane = files.has(apiServer) || files.has(managerConf);
  const role = isControlPlane ? 'control_plane' : access ? 'worker' : 'none';
  const isWhole = access !== undefined && (!isControlPlane || controlPlaneFiles.every((file) => files.has(file)));
  const made = unfinished ? [...files].filter((file) => !unfinished.before.has(file)) : [...files].filter((file) => ownFiles.includes(file));
  return { role, isWhole, unfinished: unfinished?.verb, leftovers: made };
}

/** It is in its cluster, and nothing that makes it so is unfinished. */
export function isJoined({ isWhole, unfinished }: NodeState): boolean {
  return isWhole && unfinished !== 'init' && unfinished !== 'join';
}

/** How a dry run foresees a node that an earlier task makes or takes away. */
export function nodeLeaves(role: Role): readonly ThingState[] {
  return [
    { kind: 'path', name: kubernetesFolder, state: { role } },
    { kind: 'unit', name: 'kubelet.service', state: { active: role !== 'none' } },
  ];
}

/** The role that the node would have by then; undefined where no earlier task of a dry run touches it. */
export function foreseenRole(probe: Probe): Role | undefined {
  return probe.foreseen?.('path', kubernetesFolder)?.['role'] as Role | undefined;
}

/** Files that are left and of whose making nothing is known: whether they may go is not for a task to guess. */
export function refuseLeftovers({ leftovers }: NodeState): void {
  if (leftovers.length === 0) return;
  throw new ModuleFailure(`this host has parts of a Kubernetes node and is none: ${leftovers.slice(0, 6).join(', ')}${leftovers.length > 6 ? ', …' : ''}`, {
    hint: 'were files moved away for a while? Put them back. Is it of no use any more? Take it away with kubeadm_reset',
  });
}

/** A node in words: `a worker of the cluster at https://10.0.0.10:6443`. */
export function nodeText(state: NodeState, look: NodeLook): string {
  const what = state.role === 'control_plane' ? 'a control plane' : 'a worker';
  return `${what} of the cluster at ${serverOf(look) ?? 'an unknown address'}`;
}
