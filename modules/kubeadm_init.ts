/** Makes the first control plane of a cluster, from kubeadm's own configuration file. */
import { defineModule, ModuleFailure, secret, z, type Change, type Plan } from '../engine/module/kit.ts';
import { configText, initDocuments, initPhases } from './shared/kubeadm-documents.ts';
import { driftOf } from './shared/kubeadm-drift.ts';
import { nodeEvidence } from './shared/kubeadm-evidence.ts';
import { judgeKubeadm } from './shared/kubeadm-failure.ts';
import { kubernetesFolder } from './shared/kubeadm-files.ts';
import { serverOf } from './shared/kubeadm-look.ts';
import { flagsBeside } from './shared/kubeadm-node-part.ts';
import { nodeParams } from './shared/kubeadm-node-params.ts';
import { clusterParams } from './shared/kubeadm-params.ts';
import { findNode, phasesWithoutCrictl, waitForOther, withKubeadm, type NodeFound } from './shared/kubeadm-ready.ts';
import { nodeLeaves, nodeText, refuseLeftovers, stateOf } from './shared/kubeadm-state.ts';
import { kubeadmStep, leaveStep } from './shared/kubeadm-steps.ts';
import { idOfToken, newToken } from './shared/kubeadm-token-text.ts';
import type { Kubeadm } from './shared/kubeadm-version.ts';

const params = z.object({
  ...clusterParams,
  ...nodeParams,
  certificate_key: secret().optional().describe('64 hex digits: uploads the certificates under this key for two hours, for control planes that join; kubeadm_token does that when it is needed'),
});

type Params = z.infer<typeof params>;

/** Seconds after which somebody may have gone on by hand with a cluster that kubeadm had all but finished. */
const soon = 3600;

/** Done already where an init was cut off with the control plane in place. */
const donePhases = ['preflight', 'certs', 'kubeconfig', 'kubelet-start', 'control-plane', 'etcd'];
const made = ['admin.conf', 'kubelet.conf', 'controller-manager.conf', 'scheduler.conf', 'pki/ca.crt', 'pki/ca.key', 'pki/sa.key', 'pki/front-proxy-ca.crt', 'manifests/kube-apiserver.yaml'].map((name) => `${kubernetesFolder}/${name}`);

export default defineModule({
  summary: 'Make the first control plane of a Kubernetes cluster with kubeadm',
  params,
  example: `- name: Make the cluster
  kubeadm_init:
    version: v1.31.2
    control_plane_endpoint: 10.0.0.10:6443
    advertise_address: 10.0.0.11
    pod_subnet: 10.244.0.0/16
    cri_socket: unix:///run/containerd/containerd.sock
    kubelet:
      cgroupDriver: systemd
    api_server:
      extra_args:
        audit-log-path: /var/log/kubernetes/audit.log
      extra_volumes:
        - {name: audit, host_path: /var/log/kubernetes, mount_path: /var/log/kubernetes, path_type: DirectoryOrCreate}`,
  returns: {
    role: 'control_plane', server: 'host:port of the API, where the cluster is there already', ca_cert_hash: 'sha256:… of the cluster\'s authority, likewise',
    drift: 'settings that the cluster was made with otherwise than is asked now: they stay as they are',
  },
  inspect: (_, probe) => findNode(probe),
  plan(asked, found, here): Plan {
    const { look, foreseen } = found;
    const state = stateOf(look);
    const busy = waitForOther(look);
    if (busy) return busy;
    if (foreseen === 'control_plane') return { changes: [], result: { role: 'control_plane', drift: [] } };
    const isBare = foreseen === 'none' || (state.unfinished !== undefined && state.leftovers.length === 0);
    if (!isBare && state.unfinished === 'join') {
      throw new ModuleFailure('this host has an unfinished join to a cluster, so it is not where one begins', { hint: 'finish it with kubeadm_join, or take it away with kubeadm_reset' });
    }
    if (!isBare && state.unfinished !== 'init') {
      if (state.isWhole && state.role === 'worker') throw new ModuleFailure(`this host is ${nodeText(state, look)}, so no cluster begins here`, { hint: 'kubeadm_reset takes it out of there' });
      if (state.isWhole) return there(asked, found);
      refuseLeftovers(state);
    }
    return withKubeadm(found, here, asked.version, (kubeadm) => {
      const changes = isBare || state.leftovers.length === 0 ? [initialise(asked, found, kubeadm, false)] : onward(asked, found, kubeadm);
      return { changes, result: { role: 'control_plane', drift: [] } };
    });
  },
  output(_asked, _found, steps) {
    judgeKubeadm(steps.at(-1), 'kubeadm init failed', 'running it again goes on from here, or begins anew where that cannot be');
    return {};
  },
  evidence: (_, probe) => nodeEvidence(probe, { unfinished: true }),
});

function there(asked: Params, { look }: NodeFound): Plan {
  const drift = driftOf(asked, look);
  return {
    changes: [],
    result: { role: 'control_plane', server: serverOf(look) ?? '', ca_cert_hash: look.access?.caHash ?? '', drift },
    warnings: drift.map((each) => `${each}; a cluster that is there is left as it is`),
  };
}

/** After an init that was cut off: finish it where the cluster answers, or may; else begin anew. Throws ModuleFailure where that could cost a cluster. */
function onward(asked: Params, found: NodeFound, kubeadm: Kubeadm): Change[] {
  const { look } = found;
  const { answers, age = 0 } = look.unfinished ?? {};
  const { isWhole } = stateOf(look);
  if (isWhole && (answers !== false || look.access?.isRotated === true)) return [initialise(asked, found, kubeadm, true)];
  if (isWhole && age > soon) {
    throw new ModuleFailure(`an init was begun here ${Math.floor(age / 3600)} h ago, nothing says that it ended, and the API server does not answer: there may be a cluster by now`, {
      hint: 'bring the API server up, and the init is finished; or, where there is nothing to lose, kubeadm_reset with etcd_member: forget',
    });
  }
  return [{ summary: 'take away what an init that was cut off has left', steps: [leaveStep(asked.cri_socket)] }, initialise(asked, found, kubeadm, false)];
}

function initialise(asked: Params, { look }: NodeFound, kubeadm: Kubeadm, goesOn: boolean): Change {
  const phases = initPhases(asked, kubeadm, goesOn ? donePhases : phasesWithoutCrictl(look, asked.cri_socket, kubeadm));
  const config = (token: string, key = asked.certificate_key): string => configText(initDocuments({ ...asked, certificate_key: key }, kubeadm, token, phases));
  const version = asked.version ?? kubeadm.version;
  const step = () => {
    const token = newToken();
    return kubeadmStep({
      verb: 'init', goesOn, socket: asked.cri_socket, config: config(token),
      words: ['init', '--skip-token-print', '--skip-certificate-key-print', ...(asked.certificate_key === undefined ? [] : ['--upload-certs']), ...flagsBeside(asked, kubeadm, phases)],
      how: `${goesOn ? 'systemctl start kubelet\n' : ''}attempt "$@"`,
      then: `\nkubeadm token delete ${idOfToken(token)} --kubeconfig "$k/admin.conf" >/dev/null 2>&1 || :`,
    });
  };
  return {
    summary: goesOn ? 'finish the init that was cut off' : `make the first control plane of a cluster${version === undefined ? '' : `, Kubernetes ${version}`}`,
    of: 'kubeadm init', before: '', after: config('(made for this)', asked.certificate_key === undefined ? undefined : '(hidden)'),
    steps: [{ kind: 'compute', steps: async () => [step()] }],
    makes: made.map((name) => ({ kind: 'path', name })),
    leaves: nodeLeaves('control_plane'),
  };
}
