/** Kinds of params that the kubeadm modules share. */
import { flag, text, z } from '../../engine/module/kit.ts';

/** Flags of a program: name without dashes, and its value or values. */
export const argumentsParam = () => z.record(z.string().regex(/^[a-zA-Z0-9][\w.-]*$/, 'expected a flag\'s name without its dashes'), z.union([text(), z.array(text())]));
export type Arguments = z.infer<ReturnType<typeof argumentsParam>>;

/** Variables of a program's environment. */
export const environmentParam = () => z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'expected a variable\'s name'), text());

/** A network such as 10.244.0.0/16 or fd00:10::/64. */
export const cidr = () => text().pipe(z.union([z.cidrv4(), z.cidrv6()], 'expected a network such as 10.244.0.0/16'));

/** host, host:port, [IPv6] or [IPv6]:port. */
export const hostPort = () => text().pipe(z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/, 'expected a host or host:port, without https://'));

/** A folder or file of the host that a control plane component sees. */
export const volume = z.strictObject({
  name: text(), host_path: text(), mount_path: text(), read_only: flag().optional(),
  path_type: z.enum(['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice']).optional(),
});
export type Volume = z.infer<typeof volume>;

export const taint = z.strictObject({ key: text(), value: text().optional(), effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']) });

/** Labels that a kubelet may set on its own node; the API server refuses others of Kubernetes' own domains. */
const ownLabels = /^((beta\.)?kubernetes\.io\/(os|arch|instance-type)|kubernetes\.io\/hostname|(failure-domain\.beta|topology)\.kubernetes\.io\/(zone|region)|([\w.-]+\.)?(kubelet|node)\.kubernetes\.io\/.*)$/;
const reserved = /^([\w.-]+\.)?(kubernetes|k8s)\.io\//;

const notOwn = 'expected a label that a kubelet may set: one of kubernetes.io such as node-role.kubernetes.io/… is set with kubectl once the node is there';

/** Labels of a node: key, value. */
export const labelsParam = () => z.record(z.string().refine((key) => !reserved.test(key) || ownLabels.test(key), notOwn), text());
