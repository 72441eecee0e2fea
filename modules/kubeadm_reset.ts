/** Takes a host out of its cluster: what kubeadm, kubelet and the pod network have left on it goes, and nothing else. */
import { defineModule, flag, ModuleFailure, z, type Change, type Plan } from '../engine/module/kit.ts';
import { nodeEvidence } from './shared/kubeadm-evidence.ts';
import { lookAtLeft, networkStep, type Left } from './shared/kubeadm-left.ts';
import { nodeFiles } from './shared/kubeadm-files.ts';
import { nodeParams } from './shared/kubeadm-node-params.ts';
import { findNode, withKubeadm, type NodeFound } from './shared/kubeadm-ready.ts';
import { leaveEtcdStep, resetStep } from './shared/kubeadm-reset.ts';
import { nodeLeaves, nodeText, stateOf } from './shared/kubeadm-state.ts';

const params = z.object({
  etcd_member: z.enum(['leave', 'forget']).default('leave').describe('a control plane with stacked etcd. leave: its member leaves the cluster first, and where it cannot, nothing is taken away; forget: without that, where the whole cluster goes (default leave)'),
  network: flag().default(true).describe('take away what the pod network and kube-proxy have left: their interfaces, their chains in iptables and nftables, ipvs services, /etc/cni/net.d. Rules of others stay, and so does SSH (default yes)'),
  cri_socket: nodeParams.cri_socket,
  ignore_preflight_errors: nodeParams.ignore_preflight_errors,
});

interface Found extends NodeFound {
  readonly left: Left;
}

export default defineModule<typeof params, Found>({
  summary: 'Take a host out of its Kubernetes cluster and make it bare again',
  params,
  example: `- name: Take this node down
  kubeadm_reset:
    cri_socket: unix:///run/containerd/containerd.sock`,
  returns: { role: 'what it was: none, worker or control_plane', server: 'host:port of the cluster that it was in', node_name: 'its name there: the Node object is still in the cluster' },
  async inspect({ network }, probe) {
    const [found, left] = await Promise.all([findNode(probe), lookAtLeft(probe, network)]);
    return { ...found, left };
  },
  plan(asked, found, here): Plan {
    const { look, foreseen, left } = found;
    const state = stateOf(look);
    const result = { role: state.role, server: look.access?.server.replace(/^https?:\/\//, '') ?? '', node_name: look.access?.nodeName ?? '' };
    const network: Change[] = left.network.length > 0 ? [{ summary: `take away what the pod network has left: ${some(left.network)}`, steps: [networkStep()] }] : [];
    if (foreseen === 'none') return { changes: [], result };
    if (foreseen === undefined && !look.unfinished && nodeFiles.every((file) => !look.files.has(file))) return { changes: network, result, warnings: keysStay(look.files) };
    return withKubeadm(found, here, undefined, () => ({ changes: [...taking(asked, found), ...network], result }));
  },
  evidence: (_, probe) => nodeEvidence(probe),
});

function taking(asked: z.infer<typeof params>, { look }: NodeFound): Change[] {
  const state = stateOf(look);
  const isMember = look.files.has('/etc/kubernetes/manifests/etcd.yaml');
  if (look.unfinished?.running !== undefined) throw new ModuleFailure(`\`${look.unfinished.running.slice(0, 60)}\` still runs on this host`, { hint: 'let it end, or end it' });
  return [
    ...(isMember && asked.etcd_member === 'leave' ? [{ summary: 'take its etcd out of the etcd cluster', steps: [leaveEtcdStep()] }] : []),
    { summary: state.isWhole ? `reset this host, ${nodeText(state, look)}` : 'reset this host, which has parts of a Kubernetes node', steps: [resetStep(asked)], leaves: nodeLeaves('none') },
  ];
}

/** Authorities and certificates without a node were put there for one. */
function keysStay(files: ReadonlySet<string>): string[] {
  const key = [...files].find((file) => file.includes('/pki/'));
  return key === undefined ? [] : [`${key} and the like stay: this host is no node, so they were put there for one`];
}

function some(names: readonly string[]): string {
  return `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}
