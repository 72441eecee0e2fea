/** kubeadm's configuration, as documents in the API version that the host's kubeadm reads. */
import { writeYaml } from '../../engine/module/kit.ts';
import { addonsPart, componentPart, duration, etcdPart, orNothing, refuseTwice, type Part } from './kubeadm-components.ts';
import { endpointPart, registration, runPart } from './kubeadm-node-part.ts';
import type { Material, NodeParams } from './kubeadm-node-params.ts';
import type { ClusterParams, ImageParams } from './kubeadm-params.ts';
import { needs, type Kubeadm } from './kubeadm-version.ts';

export type InitParams = ClusterParams & NodeParams & { readonly certificate_key?: string | undefined };
export type JoinParams = NodeParams & { readonly control_plane: boolean; readonly server?: string | undefined; readonly material?: Material | undefined };

/** Documents as one text. */
export function configText(documents: readonly Part[]): string {
  return documents.map((document) => writeYaml(document)).join('---\n');
}

/** Phases of `kubeadm init` that are left out: those asked for, `more`, and add-ons for which an old configuration has no field. */
export function initPhases(asked: InitParams, kubeadm: Kubeadm, more: readonly string[] = []): string[] {
  return [...new Set([...(asked.skip_phases ?? []), ...addonsPart(asked, kubeadm).skipped, ...more])];
}

/** What `kubeadm init` reads. Without a token of ours it would make one that is good for a day. Throws ModuleFailure for what this kubeadm cannot do. */
export function initDocuments(asked: InitParams, kubeadm: Kubeadm, token: string, phases: readonly string[]): Part[] {
  const init = {
    ...head(kubeadm, 'InitConfiguration'),
    bootstrapTokens: [{ token, description: 'for kubeadm init alone', ttl: '15m0s' }],
    nodeRegistration: registration(asked, kubeadm),
    localAPIEndpoint: endpointPart(asked),
    certificateKey: asked.certificate_key,
    ...runPart(asked, kubeadm, phases),
  };
  return [init, clusterDocument(asked, kubeadm), ...componentDocuments(asked)];
}

/** What `kubeadm config images` reads. */
export function imageDocuments(asked: ImageParams & Pick<NodeParams, 'cri_socket'>, kubeadm: Kubeadm): Part[] {
  const { cri_socket } = asked;
  return [{ ...head(kubeadm, 'InitConfiguration'), nodeRegistration: registration({ cri_socket }, kubeadm) }, clusterDocument(asked, kubeadm)];
}

/** What `kubeadm join` reads. Throws ModuleFailure for what this kubeadm cannot do. */
export function joinDocuments(asked: JoinParams, kubeadm: Kubeadm, phases: readonly string[]): Part[] {
  const { control_plane, timeouts, material = {} } = asked;
  if (timeouts?.control_plane_component_health_check !== undefined) needs(kubeadm, 31, 'timeouts.control_plane_component_health_check of a node that joins');
  return [{
    ...head(kubeadm, 'JoinConfiguration'),
    nodeRegistration: registration(asked, kubeadm),
    discovery: {
      bootstrapToken: { token: material.token, apiServerEndpoint: asked.server ?? material.server, caCertHashes: material.ca_cert_hashes },
      timeout: kubeadm.api === 'v1beta4' ? undefined : duration(timeouts?.discovery),
    },
    controlPlane: control_plane ? { localAPIEndpoint: endpointPart(asked), certificateKey: material.certificate_key } : undefined,
    ...runPart(asked, kubeadm, phases),
  }];
}

function head({ api }: Kubeadm, kind: string): Part {
  return { apiVersion: `kubeadm.k8s.io/${api}`, kind };
}

function clusterDocument(asked: ClusterParams & Pick<NodeParams, 'timeouts'>, kubeadm: Kubeadm): Part {
  const { encryption_algorithm: algorithm, certificate_validity, ca_certificate_validity } = asked;
  if (algorithm) needs(kubeadm, algorithm === 'ECDSA-P384' ? 34 : 31, `encryption_algorithm: ${algorithm}`);
  if (certificate_validity !== undefined || ca_certificate_validity !== undefined) needs(kubeadm, 31, 'the validity of certificates');
  const { dns, proxy } = addonsPart(asked, kubeadm);
  const timeout = kubeadm.api === 'v1beta4' ? undefined : duration(asked.timeouts?.control_plane_component_health_check);
  return {
    ...head(kubeadm, 'ClusterConfiguration'),
    // Left out, kubeadm would ask the internet for the newest.
    kubernetesVersion: asked.version ?? kubeadm.version,
    clusterName: asked.cluster_name,
    controlPlaneEndpoint: asked.control_plane_endpoint,
    imageRepository: asked.image_repository,
    networking: orNothing({ podSubnet: asked.pod_subnet?.join(','), serviceSubnet: asked.service_subnet?.join(','), dnsDomain: asked.dns_domain }),
    etcd: etcdPart(asked.etcd, kubeadm),
    apiServer: orNothing({ ...componentPart(asked.api_server, kubeadm), certSANs: asked.cert_sans, timeoutForControlPlane: timeout }),
    controllerManager: orNothing(componentPart(asked.controller_manager, kubeadm)),
    scheduler: orNothing(componentPart(asked.scheduler, kubeadm)),
    dns, proxy,
    featureGates: asked.feature_gates,
    encryptionAlgorithm: algorithm,
    certificateValidityPeriod: days(certificate_validity),
    caCertificateValidityPeriod: days(ca_certificate_validity),
  };
}

function componentDocuments({ kubelet, kube_proxy, proxy_mode }: ClusterParams): Part[] {
  const mode = proxy_mode === 'none' ? undefined : proxy_mode;
  refuseTwice(kube_proxy, 'mode', mode, 'proxy_mode');
  const document = (apiVersion: string, kind: string, fields: Part): Part => Object.assign({ apiVersion, kind }, fields, { apiVersion, kind });
  return [
    ...(kubelet ? [document('kubelet.config.k8s.io/v1beta1', 'KubeletConfiguration', kubelet)] : []),
    ...(kube_proxy ?? mode ? [document('kubeproxy.config.k8s.io/v1alpha1', 'KubeProxyConfiguration', { mode, ...kube_proxy })] : []),
  ];
}

function days(count: number | undefined): string | undefined {
  return count === undefined ? undefined : `${count * 24}h0m0s`;
}
