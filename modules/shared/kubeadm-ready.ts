/** What kubeadm_init and kubeadm_join look at alike, and how they wait for kubeadm to be there. */
import { Missing, type Here, type Plan, type Probe } from '../../engine/module/kit.ts';
import { lookAtNode, type LookOptions, type NodeLook } from './kubeadm-look.ts';
import { foreseenRole, type Role } from './kubeadm-state.ts';
import { foreseenKubeadm, type Kubeadm } from './kubeadm-version.ts';
import { waitForOtherStep } from './kubeadm-steps.ts';

export interface NodeFound {
  readonly look: NodeLook;
  /** A dry run: what an earlier task makes of the node. */
  readonly foreseen: Role | undefined;
  /** A dry run: an earlier task puts a kubeadm in its usual place. */
  readonly isComing: boolean;
}

type KubeadmFound = Pick<NodeFound, 'isComing'> & { readonly look: Pick<NodeLook, 'kubeadm'> };

/** One round trip. */
export async function findNode(probe: Probe, options: LookOptions = {}): Promise<NodeFound> {
  const [look, isComing] = await Promise.all([lookAtNode(probe, options), isKubeadmComing(probe)]);
  return { look, foreseen: foreseenRole(probe), isComing };
}

/** In a dry run: whether an earlier task writes the program as a file. */
export async function isKubeadmComing(probe: Probe): Promise<boolean> {
  const stats = await Promise.all(['/usr/bin/kubeadm', '/usr/local/bin/kubeadm', '/opt/bin/kubeadm'].map((path) => probe.stat(path)));
  return stats.some((stat) => stat?.inode === 0);
}

/**
 * Plans with the host's kubeadm. Where a dry run has yet to see it come, with the one that `version` would bring. Throws
 * Missing, with that plan, where it is not there.
 */
export function withKubeadm({ look: { kubeadm }, isComing }: KubeadmFound, here: Here, version: string | undefined, make: (kubeadm: Kubeadm) => Plan): Plan {
  if (kubeadm) return make(kubeadm);
  const plan = make(foreseenKubeadm(version));
  if (here.check && isComing) return plan;
  throw new Missing({ kind: 'command', name: 'kubeadm' }, 'kubeadm is not on the host', 'the package kubeadm brings it; as a binary it belongs in /usr/bin or /usr/local/bin', plan);
}

/**
 * Phases that cannot be had: a kubeadm before 1.31 checks and pulls by crictl, but for docker, and where the host has none its checks
 * would fail for that alone. kubeadm_images has pulled before, by containerd's own program.
 */
export function phasesWithoutCrictl({ crictl }: NodeLook, socket: string | undefined, { minor }: Kubeadm): string[] {
  const isDocker = /dockershim|docker\.sock/.test(socket ?? (minor < 24 ? 'dockershim' : ''));
  return crictl === false && minor < 31 && !isDocker ? ['preflight'] : [];
}

/** The plan of a host on which an earlier kubeadm still runs: wait, then look again; undefined where none does. */
export function waitForOther({ unfinished }: NodeLook): Plan | undefined {
  if (unfinished?.running === undefined) return undefined;
  return { changes: [], waits: [waitForOtherStep()], again: `how \`${unfinished.running.slice(0, 60)}\` ends, which still runs on this host`, result: {} };
}
