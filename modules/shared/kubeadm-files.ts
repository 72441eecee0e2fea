/** The files that kubeadm makes on a host. */

/** Where kubeadm keeps what it makes. */
export const kubernetesFolder = '/etc/kubernetes';
/** Says which command was begun and has not ended; the files that were there before it stand below. */
export const unfinishedFile = `${kubernetesFolder}/.kubeadm-unfinished`;
export const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'] as const;
/** Programs may lie where a plain login does not look. */
export const pathLine = 'PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin; export PATH';

const configs = ['admin.conf', 'super-admin.conf', 'kubelet.conf', 'bootstrap-kubelet.conf', 'controller-manager.conf', 'scheduler.conf'].map((name) => `${kubernetesFolder}/${name}`);
const manifests = components.map((name) => `${kubernetesFolder}/manifests/${name}.yaml`);
const keys = ['ca.crt', 'ca.key', 'sa.key', 'apiserver.crt', 'front-proxy-ca.crt', 'etcd/ca.crt'].map((name) => `${kubernetesFolder}/pki/${name}`);
/** Beside them; an etcd that is none of kubeadm's may keep its data in the same place. */
const states = ['/var/lib/kubelet/config.yaml', '/var/lib/kubelet/kubeadm-flags.env'];
const etcdData = '/var/lib/etcd/member';
/** Files that only kubeadm makes; those of pki may have been put there beforehand. */
export const ownFiles: readonly string[] = [...configs, ...manifests];
/** Any of these, and the host is a node, or was to be one. */
export const nodeFiles: readonly string[] = [...ownFiles, ...states];
export const knownFiles: readonly string[] = [...nodeFiles, ...keys, etcdData];
