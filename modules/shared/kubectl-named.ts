/** Objects that are named and not there: a failure, but in a dry run perhaps something that is yet to come. */
import { Missing, type Here, type Plan } from '../../engine/module/kit.ts';
import { keyOf, type KubeObject } from './kubectl-object.ts';

export interface Names {
  readonly kind: string;
  readonly api_version?: string | undefined;
  readonly name: readonly string[];
  readonly namespace?: string | undefined;
}

/**
 * The plan where all are there. A node comes by itself when its kubelet starts, on another host than this one: a dry run cannot
 * know, and says so. Throws Missing for what is not there.
 */
export function absentObjects({ kind, api_version: apiVersion = '', name, namespace }: Names, objects: readonly KubeObject[], here: Here, plan: Plan): Plan {
  const missing = name.filter((each) => !objects.some(({ metadata }) => metadata.name === each));
  if (missing.length === 0) return plan;
  if (here.check && /^nodes?$/i.test(kind)) return { ...plan, again: `${missing.join(', ')}, which is not in the cluster yet` };
  throw new Missing({ kind: 'object', name: keyOf({ apiVersion, kind, metadata: { name: missing[0]!, namespace } }) }, `the cluster has no ${kind} ${missing.join(', ')}`, undefined, plan);
}
