/**
 * Fields of kubeadm's configuration by API version, taken by hand from kubernetes/kubernetes, cmd/kubeadm/app/apis/kubeadm/v1beta*\/types.go
 * and apis/bootstraptoken/v1, and from kubernetes.io's reference of kubeadm-config v1beta4 for what came later.
 */
import { parseAllDocuments } from 'yaml';

/** A type: `string`, `bool`, `int`, `duration`, `map[string]…`, `[]…`, or a struct's name; with `!` the field has to be there. */
type Fields = Readonly<Record<string, string>>;
type Structs = Readonly<Record<string, Fields>>;

const image = { imageRepository: 'string', imageTag: 'string' };

const v1beta2: Structs = {
  InitConfiguration: { bootstrapTokens: '[]BootstrapToken', nodeRegistration: 'NodeRegistrationOptions', localAPIEndpoint: 'APIEndpoint', certificateKey: 'string' },
  ClusterConfiguration: {
    etcd: 'Etcd', networking: 'Networking', kubernetesVersion: 'string', controlPlaneEndpoint: 'string', apiServer: 'APIServer', controllerManager: 'ControlPlaneComponent', scheduler: 'ControlPlaneComponent', dns: 'DNS',
    certificatesDir: 'string', imageRepository: 'string', useHyperKubeImage: 'bool', featureGates: 'map[string]bool', clusterName: 'string',
  },
  JoinConfiguration: { nodeRegistration: 'NodeRegistrationOptions', caCertPath: 'string', discovery: 'Discovery!', controlPlane: 'JoinControlPlane' },
  ControlPlaneComponent: { extraArgs: 'map[string]string', extraVolumes: '[]HostPathMount' },
  APIServer: { extraArgs: 'map[string]string', extraVolumes: '[]HostPathMount', certSANs: '[]string', timeoutForControlPlane: 'duration' },
  DNS: { type: 'string', ...image },
  APIEndpoint: { advertiseAddress: 'string', bindPort: 'int' },
  NodeRegistrationOptions: { name: 'string', criSocket: 'string', taints: '[]Taint', kubeletExtraArgs: 'map[string]string', ignorePreflightErrors: '[]string' },
  Taint: { key: 'string!', value: 'string', effect: 'string!' },
  Networking: { serviceSubnet: 'string', podSubnet: 'string', dnsDomain: 'string' },
  BootstrapToken: { token: 'string!', description: 'string', ttl: 'duration', expires: 'string', usages: '[]string', groups: '[]string' },
  Etcd: { local: 'LocalEtcd', external: 'ExternalEtcd' },
  LocalEtcd: { ...image, dataDir: 'string!', extraArgs: 'map[string]string', serverCertSANs: '[]string', peerCertSANs: '[]string' },
  ExternalEtcd: { endpoints: '[]string!', caFile: 'string!', certFile: 'string!', keyFile: 'string!' },
  JoinControlPlane: { localAPIEndpoint: 'APIEndpoint', certificateKey: 'string' },
  Discovery: { bootstrapToken: 'BootstrapTokenDiscovery', file: 'FileDiscovery', tlsBootstrapToken: 'string', timeout: 'duration' },
  BootstrapTokenDiscovery: { token: 'string!', apiServerEndpoint: 'string', caCertHashes: '[]string', unsafeSkipCAVerification: 'bool' },
  FileDiscovery: { kubeConfigPath: 'string!' },
  HostPathMount: { name: 'string!', hostPath: 'string!', mountPath: 'string!', readOnly: 'bool', pathType: 'string' },
};

const v1beta3: Structs = {
  ...v1beta2,
  InitConfiguration: { ...v1beta2['InitConfiguration'], skipPhases: '[]string', patches: 'Patches' },
  ClusterConfiguration: without(v1beta2['ClusterConfiguration']!, 'useHyperKubeImage'),
  JoinConfiguration: { ...v1beta2['JoinConfiguration'], skipPhases: '[]string', patches: 'Patches' },
  NodeRegistrationOptions: { ...v1beta2['NodeRegistrationOptions'], imagePullPolicy: 'string' },
  DNS: image,
  Patches: { directory: 'string' },
};

const component = { extraArgs: '[]Arg', extraVolumes: '[]HostPathMount', extraEnvs: '[]EnvVar' };

const v1beta4: Structs = {
  ...v1beta3,
  InitConfiguration: { ...v1beta3['InitConfiguration'], dryRun: 'bool', timeouts: 'Timeouts' },
  ClusterConfiguration: { ...v1beta3['ClusterConfiguration'], proxy: 'Proxy', encryptionAlgorithm: 'string', certificateValidityPeriod: 'duration', caCertificateValidityPeriod: 'duration' },
  JoinConfiguration: { ...v1beta3['JoinConfiguration'], dryRun: 'bool', timeouts: 'Timeouts' },
  ControlPlaneComponent: component,
  APIServer: { ...component, certSANs: '[]string' },
  DNS: { ...image, disabled: 'bool' },
  Proxy: { disabled: 'bool' },
  NodeRegistrationOptions: { ...v1beta3['NodeRegistrationOptions'], kubeletExtraArgs: '[]Arg', imagePullSerial: 'bool' },
  LocalEtcd: { ...v1beta3['LocalEtcd'], extraArgs: '[]Arg', extraEnvs: '[]EnvVar' },
  Discovery: without(v1beta3['Discovery']!, 'timeout'),
  Arg: { name: 'string!', value: 'string!' },
  EnvVar: { name: 'string!', value: 'string' },
  Timeouts: {
    controlPlaneComponentHealthCheck: 'duration', kubeletHealthCheck: 'duration', kubernetesAPICall: 'duration', etcdAPICall: 'duration', tlsBootstrap: 'duration', discovery: 'duration', upgradeManifests: 'duration',
  },
};

/** What a kubeadm of 1.MINOR reads. */
function structsOf(minor: number): { readonly api: string; readonly structs: Structs } {
  if (minor < 22) return { api: 'v1beta2', structs: v1beta2 };
  if (minor < 31) return { api: 'v1beta3', structs: v1beta3 };
  return { api: 'v1beta4', structs: minor < 35 ? v1beta4 : { ...v1beta4, ExternalEtcd: { ...v1beta4['ExternalEtcd'], httpEndpoints: '[]string' } } };
}

/** Component configurations go to other programs; these fields of theirs are used here. */
const others: Readonly<Record<string, Fields>> = {
  'kubelet.config.k8s.io/v1beta1 KubeletConfiguration': { cgroupDriver: 'string', maxPods: 'int', failSwapOn: 'bool', evictionHard: 'map[string]string', imageGCHighThresholdPercent: 'int' },
  'kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration': { mode: 'string', conntrack: 'KubeProxyConntrackConfiguration', metricsBindAddress: 'string' },
};
const otherStructs: Structs = { KubeProxyConntrackConfiguration: { maxPerCore: 'int', min: 'int' } };

/** What a kubeadm of 1.MINOR would not read in a configuration, one text a fault; none where all is well. */
export function faultsIn(text: string, minor: number): string[] {
  const { api, structs } = structsOf(minor);
  // Go reads YAML 1.1: there yes, on and 0755 are no texts.
  return parseAllDocuments(text, { version: '1.1' }).flatMap((parsed) => {
    const { apiVersion, kind, ...fields } = parsed.toJS() as { apiVersion: string; kind: string };
    const other = others[`${apiVersion} ${kind}`];
    if (other) return faults(fields, other, otherStructs, kind);
    return apiVersion === `kubeadm.k8s.io/${api}` && structs[kind] ? faults(fields, structs[kind], structs, kind) : [`${apiVersion} ${kind} is not known to 1.${minor}`];
  });
}

function faults(value: unknown, fields: Fields, structs: Structs, at: string): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [`${at} is no mapping`];
  const lacking = Object.entries(fields).filter(([name, type]) => type.endsWith('!') && !(name in value)).map(([name]) => `${at}.${name} is missing`);
  return [...lacking, ...Object.entries(value).flatMap(([name, each]) => (fields[name] === undefined ? [`${at}.${name} is no field`] : typeFaults(each, fields[name].replace('!', ''), structs, `${at}.${name}`)))];
}

function typeFaults(value: unknown, type: string, structs: Structs, at: string): string[] {
  if (type.startsWith('[]')) return Array.isArray(value) ? value.flatMap((each, index) => typeFaults(each, type.slice(2), structs, `${at}[${index}]`)) : [`${at} is no list`];
  if (type.startsWith('map[string]')) return value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value).flatMap(([key, each]) => typeFaults(each, type.slice(11), structs, `${at}.${key}`)) : [`${at} is no mapping`];
  if (structs[type]) return faults(value, structs[type], structs, at);
  return isOf(value, type) ? [] : [`${at} is ${JSON.stringify(value)}, which is no ${type}`];
}

function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case 'string': return typeof value === 'string';
    case 'bool': return typeof value === 'boolean';
    case 'int': return Number.isInteger(value);
    case 'duration': return typeof value === 'string' && /^(\d+h)?(\d+m)?(\d+s)?$/.test(value) && value !== '';
    default: throw new Error(`${type} is no type`);
  }
}

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([each]) => each !== name));
}
