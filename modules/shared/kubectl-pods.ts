/** Pods and events in words, for those who want to know why something does not run. */
import { isMapping, type KubeObject } from './kubectl-object.ts';
import { conditionsOf } from './kubectl-ready.ts';

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: Readonly<Record<string, State>>;
  readonly lastState?: Readonly<Record<string, State>>;
}

interface State {
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode?: number;
}

/** A pod in one line: where it is, and what each container that does not run waits for. */
export function podLine(pod: KubeObject): string {
  const spec = isMapping(pod['spec']) ? pod['spec'] : {};
  const status = isMapping(pod['status']) ? pod['status'] : {};
  const unhappy = containersOf(pod).flatMap(containerText);
  const scheduled = conditionsOf(pod).find(({ type }) => type === 'PodScheduled');
  const why = unhappy.length > 0 ? unhappy.join('; ') : scheduled?.status === 'False' ? [scheduled.reason, scheduled.message].filter(Boolean).join(': ') : String(status['message'] ?? '');
  const state = pod.metadata['deletionTimestamp'] === undefined ? String(status['phase'] ?? 'new') : 'being deleted';
  return `${pod.metadata.namespace ?? ''}/${pod.metadata.name}${spec['nodeName'] === undefined ? '' : ` on ${String(spec['nodeName'])}`}: ${state}${why === '' ? '' : `: ${why}`}`;
}

/** True for a pod that runs, or ran, as it should. */
export function isFine(pod: KubeObject): boolean {
  const status = isMapping(pod['status']) ? pod['status'] : {};
  return status['phase'] === 'Succeeded' || conditionsOf(pod).some(({ type, status: state }) => type === 'Ready' && state === 'True');
}

function containersOf(pod: KubeObject): ContainerStatus[] {
  const status = isMapping(pod['status']) ? pod['status'] : {};
  return ['initContainerStatuses', 'containerStatuses'].flatMap((field) => (Array.isArray(status[field]) ? (status[field] as ContainerStatus[]) : []));
}

function containerText({ name, ready = false, restartCount = 0, state = {}, lastState = {} }: ContainerStatus): string[] {
  const { waiting, terminated } = state;
  const before = lastState['terminated'];
  const again = restartCount > 0 ? `, started ${restartCount + 1} times${before ? `, ended last with code ${before.exitCode ?? '?'}${before.reason ? ` (${before.reason})` : ''}` : ''}` : '';
  if (waiting) return [`${name} waits: ${[waiting.reason, waiting.message].filter(Boolean).join(': ').slice(0, 300)}${again}`];
  if (terminated && terminated.exitCode !== 0) return [`${name} ended with code ${terminated.exitCode ?? '?'}${terminated.reason ? ` (${terminated.reason})` : ''}${terminated.message ? `: ${terminated.message.slice(0, 300)}` : ''}${again}`];
  return terminated || ready ? [] : [`${name} runs and is not ready${again}`];
}

/** An event in one line. */
export function eventLine(event: KubeObject, now: number): string {
  const { involvedObject, reason, message, type, count } = event as unknown as { involvedObject?: { kind?: string; name?: string }; reason?: string; message?: string; type?: string; count?: number };
  const age = Math.max(0, Math.round((now - timeOf(event)) / 1000));
  const often = count !== undefined && count > 1 ? ` (${count} times)` : '';
  return `${age} s ago, ${involvedObject?.kind ?? '?'} ${involvedObject?.name ?? '?'}: ${type === 'Warning' ? 'Warning ' : ''}${reason ?? ''}: ${(message ?? '').trim().replaceAll('\n', ' ').slice(0, 400)}${often}`;
}

/** When an event was last seen, in milliseconds since 1970. */
export function timeOf({ metadata, ...event }: KubeObject): number {
  const { series, lastTimestamp, eventTime } = event as { series?: { lastObservedTime?: string }; lastTimestamp?: string; eventTime?: string };
  const text = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? (metadata['creationTimestamp'] as string | undefined);
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? 0 : time;
}
