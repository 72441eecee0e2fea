/** Looks at a Kubernetes node that kubeadm has made: role, cluster, versions. Reads files alone; changes nothing. */
import { defineModule, z } from '../engine/module/kit.ts';
import { lookAtNode, serverOf } from './shared/kubeadm-look.ts';
import { foreseenRole, isJoined, stateOf } from './shared/kubeadm-state.ts';
import { tagOf } from './shared/kubeadm-version.ts';

export default defineModule({
  summary: 'Look at a Kubernetes node: whether it is in a cluster, in which, as what, at what version',
  params: z.object({}),
  example: `- name: See which hosts are in the cluster already
  kubeadm_info: {}
  register: node
- debug:
    msg: "{{ inventory_hostname }} has yet to join"
  when: not node.joined`,
  returns: {
    joined: 'whether it is a whole node of a cluster, and no init or join of it is unfinished', role: 'none, worker or control_plane', unfinished: 'init, join or upgrade where a task began that and it did not end, else empty',
    node_name: 'its name in the cluster', server: 'host:port of the cluster\'s API', ca_cert_hash: 'sha256:… of the cluster\'s authority', version: 'of its control plane, else of its kubelet',
    kubelet_version: 'installed; empty where it is not', kubeadm_version: 'installed; empty where it is not', api_version: 'of the configuration that this kubeadm reads, such as v1beta4', etcd: 'stacked, external or empty',
  },
  reads: true,
  async inspect(_, probe) {
    return { look: await lookAtNode(probe, { kubelet: true }), foreseen: foreseenRole(probe) };
  },
  plan(_, { look, foreseen }) {
    const state = stateOf(look);
    const role = foreseen ?? (isJoined(state) ? state.role : 'none');
    const { 'kube-apiserver': apiServer, etcd } = look.manifests;
    return {
      changes: [],
      result: {
        joined: role !== 'none', role, unfinished: foreseen === undefined ? (state.unfinished ?? '') : '', node_name: look.access?.nodeName ?? '',
        server: serverOf(look) ?? '', ca_cert_hash: look.access?.caHash ?? '',
        version: (apiServer && tagOf(apiServer.image)) ?? look.kubelet ?? '', kubelet_version: look.kubelet ?? '', kubeadm_version: look.kubeadm?.version ?? '', api_version: look.kubeadm?.api ?? '',
        etcd: etcd ? 'stacked' : apiServer ? 'external' : '',
      },
    };
  },
});
