/** Which pods a drain takes off a node, which of them it must not take, and what holds those that stay: pods judged as kubectl does. */
import { isMapping, type KubeObject } from './kubectl-object.ts';
import { selects } from './kubectl-selector.ts';

/** What a drain may do. */
export interface DrainOptions {
  readonly ignore_daemonsets: boolean;
  readonly delete_emptydir_data: boolean;
  readonly force: boolean;
}

/** Pods that go, and why some may not. */
export interface Drain {
  readonly going: readonly KubeObject[];
  readonly refused: readonly string[];
}

/** Sorts a node's pods. Those that the node itself runs, and those of DaemonSets where they are ignored, stay. */
export function sortPods(pods: readonly KubeObject[], options: DrainOptions): Drain {
  const judged = pods.map((pod) => ({ pod, ...judge(pod, options) }));
  return { going: judged.filter(({ goes }) => goes).map(({ pod }) => pod), refused: judged.flatMap(({ pod, why }) => (why === undefined ? [] : `${placeOf(pod)} ${why}`)) };
}

function judge(pod: KubeObject, options: DrainOptions): { readonly goes: boolean; readonly why?: string } {
  const owner = ownerOf(pod);
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { goes: false };
  if (isOver(pod)) return { goes: true };
  if (owner === 'DaemonSet') return options.ignore_daemonsets ? { goes: false } : { goes: false, why: 'is of a DaemonSet, which ignores that nothing is to run there (delete_options: {ignore_daemonsets: true})' };
  if (owner === undefined && !options.force) return { goes: false, why: 'would be lost, since nothing makes it anew elsewhere (delete_options: {force: true} lets it go)' };
  if (hasLocalData(pod) && !options.delete_emptydir_data) return { goes: false, why: 'has data in an emptyDir, which would be lost (delete_options: {delete_emptydir_data: true} lets it go)' };
  return { goes: true };
}

/** What holds pods that a drain did not get off: each pod with the budget that does not let it go, or what it waits for. */
export function holdersOf(pods: readonly KubeObject[], budgets: readonly KubeObject[]): string[] {
  return pods.map((pod) => {
    if (pod.metadata['deletionTimestamp'] !== undefined) return `${placeOf(pod)} still comes to its end${finalizers(pod)}`;
    const holding = budgets.filter((budget) => budget.metadata.namespace === pod.metadata.namespace && isMapping(budget['spec']) && selects(budget['spec']['selector'], pod.metadata.labels));
    if (holding.length > 1) return `${placeOf(pod)} has more than one budget (${holding.map(({ metadata }) => metadata.name).join(', ')}), so it cannot be evicted at all`;
    return holding.length === 1 ? `${placeOf(pod)} is held by the PodDisruptionBudget ${budgetText(holding[0]!)}` : `${placeOf(pod)} is still there`;
  });
}

function budgetText(budget: KubeObject): string {
  const status = isMapping(budget['status']) ? budget['status'] : {};
  return `${budget.metadata.name} (${String(status['currentHealthy'] ?? '?')} of ${String(status['expectedPods'] ?? '?')} pods are healthy, ${String(status['desiredHealthy'] ?? '?')} must be)`;
}

function finalizers({ metadata }: KubeObject): string {
  const held = metadata['finalizers'];
  return Array.isArray(held) && held.length > 0 ? `, held by ${held.join(', ')}` : '';
}

function ownerOf({ metadata }: KubeObject): string | undefined {
  const owners = Array.isArray(metadata['ownerReferences']) ? (metadata['ownerReferences'] as { kind: string; controller?: boolean }[]) : [];
  return owners.find(({ controller }) => controller === true)?.kind;
}

function isOver(pod: KubeObject): boolean {
  const phase = isMapping(pod['status']) ? pod['status']['phase'] : undefined;
  return phase === 'Succeeded' || phase === 'Failed';
}

function hasLocalData(pod: KubeObject): boolean {
  const volumes = isMapping(pod['spec']) ? pod['spec']['volumes'] : undefined;
  return Array.isArray(volumes) && volumes.some((each) => isMapping(each) && each['emptyDir'] !== undefined);
}

/** `kube-system/coredns-abc` */
export function placeOf({ metadata: { name, namespace = '' } }: KubeObject): string {
  return `${namespace}/${name}`;
}
