/** The parts of kubeadm's configuration that speak of one node and of this run of kubeadm. */
import { duration, flagsPart, orNothing, refuseTwice, type Part } from './kubeadm-components.ts';
import type { NodeParams } from './kubeadm-node-params.ts';
import { needs, type Kubeadm } from './kubeadm-version.ts';

/** `nodeRegistration`, undefined where nothing is asked. Throws ModuleFailure for what this kubeadm cannot do. */
export function registration(asked: NodeParams, kubeadm: Kubeadm): Part | undefined {
  const { labels, kubelet_extra_args, image_pull_policy, image_pull_serial } = asked;
  if (image_pull_policy) needs(kubeadm, 22, 'image_pull_policy');
  if (image_pull_serial !== undefined) needs(kubeadm, 31, 'image_pull_serial');
  const nodeLabels = labels && Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',');
  refuseTwice(kubelet_extra_args, 'node-labels', nodeLabels, 'labels');
  return orNothing({
    name: asked.node_name,
    criSocket: socketUrl(asked.cri_socket, kubeadm),
    taints: asked.taints,
    kubeletExtraArgs: flagsPart(nodeLabels ? { ...kubelet_extra_args, 'node-labels': nodeLabels } : kubelet_extra_args, kubeadm),
    ignorePreflightErrors: asked.ignore_preflight_errors,
    imagePullPolicy: image_pull_policy,
    imagePullSerial: image_pull_serial,
  });
}

/** From 1.24 a socket is a URL. */
export function socketUrl(socket: string | undefined, { minor }: Kubeadm): string | undefined {
  return socket?.startsWith('/') && minor >= 24 ? `unix://${socket}` : socket;
}

/** Where this host's API server is reached. */
export function endpointPart({ advertise_address, bind_port }: NodeParams): Part | undefined {
  return orNothing({ advertiseAddress: advertise_address, bindPort: bind_port });
}

/** Phases to leave out, patches and timeouts, as far as they are fields; {@link flagsBeside} has the rest. */
export function runPart({ patches, timeouts }: NodeParams, kubeadm: Kubeadm, phases: readonly string[]): Part {
  const limits = timeoutsPart(timeouts, kubeadm);
  if (kubeadm.api === 'v1beta2') return limits;
  return { skipPhases: phases.length > 0 ? phases : undefined, patches: patches === undefined ? undefined : { directory: patches }, ...limits };
}

/** Flags for what v1beta2 has no fields for. */
export function flagsBeside({ patches }: NodeParams, kubeadm: Kubeadm, phases: readonly string[]): string[] {
  if (kubeadm.api !== 'v1beta2') return [];
  return [...(phases.length > 0 ? [`--skip-phases=${phases.join(',')}`] : []), ...(patches === undefined ? [] : [`--experimental-patches=${patches}`])];
}

function timeoutsPart(timeouts: NodeParams['timeouts'], kubeadm: Kubeadm): Part {
  if (!timeouts) return {};
  const { control_plane_component_health_check: component, discovery, ...others } = timeouts;
  const newer = Object.entries(others).find(([, value]) => value !== undefined);
  if (newer) needs(kubeadm, 31, `timeouts.${newer[0]}`);
  if (kubeadm.api !== 'v1beta4') return {};
  return {
    timeouts: {
      controlPlaneComponentHealthCheck: duration(component), kubeletHealthCheck: duration(others.kubelet_health_check),
      kubernetesAPICall: duration(others.kubernetes_api_call), etcdAPICall: duration(others.etcd_api_call),
      tlsBootstrap: duration(others.tls_bootstrap), discovery: duration(discovery), upgradeManifests: duration(others.upgrade_manifests),
    },
  };
}
