/** Whether an object does what it is there for, judged by its own status; and if not, why. */
import { ModuleFailure, z, text } from '../../engine/module/kit.ts';
import { isMapping, nameOf, type KubeObject } from './kubectl-object.ts';

/** A condition that objects are to have. */
export const conditionParam = z.object({
  type: text().describe('such as Available'),
  status: z.preprocess((value) => (typeof value === 'boolean' ? (value ? 'True' : 'False') : value), z.enum(['True', 'False', 'Unknown'])).default('True').describe('default True'),
  reason: text().optional().describe('what the condition names as its reason; default: any'),
});

export type Condition = z.infer<typeof conditionParam>;

interface Stated {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Why an object is not ready, or has not the condition; undefined where it is, or where objects of its kind have nothing to get ready. Throws ModuleFailure where it will never be. */
export function whyNotReady(object: KubeObject, condition?: Condition): string | undefined {
  const why = condition ? lacks(object, condition) : kinds[object.kind]?.(fieldsOf(object['spec']), fieldsOf(object['status']), object);
  return why === undefined ? undefined : `${nameOf(object)}: ${why}`;
}

/** True where an object is not ready, or never will be. */
export function isLate(object: KubeObject, condition?: Condition): boolean {
  try {
    return whyNotReady(object, condition) !== undefined;
  } catch (error) {
    if (error instanceof ModuleFailure) return true;
    throw error;
  }
}

const kinds: Readonly<Record<string, (spec: Fields, status: Fields, object: KubeObject) => string | undefined>> = {
  Deployment: (spec, status, object) => unseen(object) ?? rolledOut(number(spec['replicas'], 1), number(status['updatedReplicas']), number(status['replicas']), number(status['availableReplicas'])),
  ReplicaSet: (spec, status, object) => unseen(object) ?? rolledOut(number(spec['replicas'], 1), number(status['replicas']), number(status['replicas']), number(status['availableReplicas'])),
  DaemonSet(spec, status, object) {
    const wanted = number(status['desiredNumberScheduled']);
    const updated = isOnDelete(spec) ? wanted : number(status['updatedNumberScheduled']);
    return unseen(object) ?? rolledOut(wanted, updated, wanted, number(status['numberAvailable']));
  },
  StatefulSet(spec, status, object) {
    const wanted = number(spec['replicas'], 1);
    const partition = number(fieldsOf(fieldsOf(spec['updateStrategy'])['rollingUpdate'])['partition']);
    const isWholly = status['updateRevision'] === status['currentRevision'];
    const updated = isOnDelete(spec) || isWholly ? wanted : Math.min(wanted, number(status['updatedReplicas']) + partition);
    return unseen(object) ?? rolledOut(wanted, updated, number(status['replicas']), number(status['readyReplicas']));
  },
  Pod(_, status, object) {
    if (status['phase'] === 'Failed') throw never(object, String(status['message'] ?? status['reason'] ?? 'it has failed'));
    return status['phase'] === 'Succeeded' ? undefined : lacks(object, { type: 'Ready', status: 'True' });
  },
  Job(_, __, object) {
    const failed = conditionsOf(object).find(({ type, status }) => type === 'Failed' && status === 'True');
    if (failed) throw never(object, failed.message ?? failed.reason ?? 'it has failed');
    return lacks(object, { type: 'Complete', status: 'True' }) && 'it has not come to its end';
  },
  CustomResourceDefinition(_, __, object) {
    const refused = conditionsOf(object).find(({ type, status }) => type === 'NamesAccepted' && status === 'False');
    if (refused) throw never(object, refused.message ?? 'its names are taken');
    return lacks(object, { type: 'Established', status: 'True' });
  },
  APIService: (_, __, object) => lacks(object, { type: 'Available', status: 'True' }),
  Node: (_, __, object) => lacks(object, { type: 'Ready', status: 'True' }),
  Namespace: (_, status) => (status['phase'] === 'Active' ? undefined : `it is ${String(status['phase'] ?? 'new')}`),
};

function unseen({ metadata, ...object }: KubeObject): string | undefined {
  const seen = fieldsOf(object['status'])['observedGeneration'];
  return number(seen, -1) < number(metadata['generation'], 0) ? 'its controller has not seen it yet' : undefined;
}

function rolledOut(wanted: number, updated: number, all: number, available: number): string | undefined {
  if (updated < wanted) return `${updated} of ${wanted} pods are up to date`;
  if (all > wanted) return `${all - wanted} old pods are still there`;
  return available < wanted ? `${available} of ${wanted} pods are available` : undefined;
}

function isOnDelete(spec: Fields): boolean {
  return fieldsOf(spec['updateStrategy'])['type'] === 'OnDelete';
}

function lacks(object: KubeObject, { type, status, reason }: Condition): string | undefined {
  const found = conditionsOf(object).find((each) => each.type === type);
  if (found?.status === status && (reason === undefined || found.reason === reason)) return undefined;
  if (!found) return `it has no condition ${type} yet`;
  const because = [found.reason, found.message].filter(Boolean).join(': ');
  return `${type} is ${found.status}${because === '' ? '' : ` (${because.slice(0, 300)})`}`;
}

/** The conditions of an object's status. */
export function conditionsOf(object: KubeObject): readonly Stated[] {
  const { conditions } = fieldsOf(object['status']);
  return Array.isArray(conditions) ? (conditions as Stated[]) : [];
}

function never(object: KubeObject, why: string): ModuleFailure {
  return new ModuleFailure(`${nameOf(object)} will not get ready: ${why}`);
}

function fieldsOf(value: unknown): Fields {
  return isMapping(value) ? value : {};
}

function number(value: unknown, otherwise = 0): number {
  return typeof value === 'number' ? value : otherwise;
}
