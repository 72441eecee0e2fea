/** Kinds that every cluster from 1.20 on has, so that nobody needs to ask for them: in a namespace, or of the whole cluster. */
import type { KindInfo } from './kubectl-contact.ts';
import type { KubeObject } from './kubectl-object.ts';

const namespaced: Readonly<Record<string, readonly string[]>> = {
  v1: ['ConfigMap', 'Secret', 'Service', 'ServiceAccount', 'Pod', 'PersistentVolumeClaim', 'Endpoints', 'LimitRange', 'ResourceQuota', 'ReplicationController'],
  'apps/v1': ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet'],
  'batch/v1': ['Job'],
  'rbac.authorization.k8s.io/v1': ['Role', 'RoleBinding'],
  'networking.k8s.io/v1': ['Ingress', 'NetworkPolicy'],
};

const ofCluster: Readonly<Record<string, readonly string[]>> = {
  v1: ['Namespace', 'Node', 'PersistentVolume'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding'],
  'networking.k8s.io/v1': ['IngressClass'],
  'storage.k8s.io/v1': ['StorageClass', 'CSIDriver'],
  'scheduling.k8s.io/v1': ['PriorityClass'],
  'apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
  'apiregistration.k8s.io/v1': ['APIService'],
  'admissionregistration.k8s.io/v1': ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
};

/** By apiVersion, then by kind. */
export type Kinds = ReadonlyMap<string, ReadonlyMap<string, KindInfo>>;

/** What is known of a kind beforehand. */
function knownKind({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): KindInfo | undefined {
  if (namespaced[apiVersion]?.includes(kind)) return { namespaced: true };
  return ofCluster[apiVersion]?.includes(kind) ? { namespaced: false } : undefined;
}

/** The APIs that the cluster has to be asked about. */
export function unknownVersions(objects: readonly KubeObject[]): string[] {
  return [...new Set(objects.filter((each) => !knownKind(each)).map(({ apiVersion }) => apiVersion))];
}

/** What is known of an object's kind, beforehand or by the cluster; undefined where it has no such kind. */
export function kindInfo(object: Pick<KubeObject, 'apiVersion' | 'kind'>, kinds: Kinds): KindInfo | undefined {
  return knownKind(object) ?? kinds.get(object.apiVersion)?.get(object.kind);
}
