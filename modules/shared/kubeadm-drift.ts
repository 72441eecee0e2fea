/** How a control plane that is there differs from what is asked: flags of its components, its version, its address. */
import { serverOf, type NodeLook } from './kubeadm-look.ts';
import type { Arguments } from './kubeadm-param-kinds.ts';
import type { ClusterParams } from './kubeadm-params.ts';
import { compareVersions, tagOf } from './kubeadm-version.ts';

/** One text a difference; none where all that can be seen is as asked. Versions that are newer than asked count as well. */
export function driftOf(asked: ClusterParams, look: NodeLook): string[] {
  return [
    ...flagDrift('kube-apiserver', asked.api_server?.extra_args, look),
    ...flagDrift('kube-controller-manager', asked.controller_manager?.extra_args, look),
    ...flagDrift('kube-scheduler', asked.scheduler?.extra_args, look),
    ...flagDrift('etcd', asked.etcd?.local?.extra_args, look),
    ...(asked.service_subnet ? flagDrift('kube-apiserver', { 'service-cluster-ip-range': asked.service_subnet.join(',') }, look) : []),
    ...(asked.pod_subnet ? flagDrift('kube-controller-manager', { 'cluster-cidr': asked.pod_subnet.join(',') }, look) : []),
    ...versionDrift(asked.version, look),
    ...addressDrift(asked.control_plane_endpoint, look),
  ];
}

/** A flag that is given several times is left alone: which of its values the manifest shows is not known here. */
function flagDrift(name: keyof NodeLook['manifests'], flags: Arguments | undefined, { manifests }: NodeLook): string[] {
  const manifest = manifests[name];
  if (!manifest) return [];
  return Object.entries(flags ?? {}).filter(([flag, value]) => typeof value === 'string' && manifest.flags[flag] !== value).map(([flag, value]) => {
    const now = manifest.flags[flag];
    return `${name} runs ${now === undefined ? `without --${flag}` : `with --${flag}=${now}`}, asked for is ${String(value)}`;
  });
}

function versionDrift(wanted: string | undefined, { manifests }: NodeLook): string[] {
  const now = tagOf(manifests['kube-apiserver']?.image ?? '');
  if (wanted === undefined || now === undefined || compareVersions(wanted, now) === 0) return [];
  return [`the cluster runs ${now}, asked for is ${wanted} (kubeadm_upgrade takes it there)`];
}

/** A port that is not named is kubeadm's choice. */
function addressDrift(wanted: string | undefined, look: NodeLook): string[] {
  const now = serverOf(look);
  if (wanted === undefined || now === undefined || now === wanted || now.replace(/:\d+$/, '') === wanted) return [];
  return [`the cluster is at ${now}, asked for is ${wanted}`];
}
