/** Waits until objects are ready, have a condition, or are gone. */
import type { NotYet, Probe, Until } from '../../engine/module/kit.ts';
import { askKubectl, complaintOf, readJson, type Access } from './kubectl-command.ts';
import { keyOf, listText, nameOf, nameOnly, type KubeObject } from './kubectl-object.ts';
import { itemsOf } from './kubectl-look.ts';
import { conditionsOf, whyNotReady, type Condition } from './kubectl-ready.ts';

export interface WaitWish {
  readonly wait_timeout: number;
  readonly wait_condition?: Condition | undefined;
}

/** Seconds between two looks. */
const every = 2;

/** Until all of the objects are there and ready. */
export function untilReady(access: Access, objects: readonly KubeObject[], { wait_timeout: timeout, wait_condition: condition }: WaitWish): Until {
  return {
    timeout, every,
    message: condition ? `${condition.type} is not ${condition.status}` : 'not ready',
    look: async (probe) => {
      const there = await askObjects(probe, access, objects);
      return 'why' in there ? there : notReady(objects, there.found, condition);
    },
  };
}

/** Until none of the objects is there any more. */
export function untilGone(access: Access, objects: readonly KubeObject[], timeout: number): Until {
  return {
    timeout, every,
    message: 'not gone',
    look: async (probe) => {
      const there = await askObjects(probe, access, objects);
      if ('why' in there) return there;
      return there.found.length === 0 ? undefined : { why: shortList(there.found.map((each) => `${nameOf(each)}${waitsFor(each)}`)) };
    },
  };
}

/** Why some of the objects are not ready; undefined where all are. Throws ModuleFailure where one will never be. */
export function notReady(objects: readonly KubeObject[], found: readonly KubeObject[], condition?: Condition): NotYet | undefined {
  const there = new Map(found.map((each) => [keyOf(each), each]));
  const whys = objects.flatMap((each) => {
    const now = there.get(keyOf(each));
    return now ? (whyNotReady(now, condition) ?? []) : `${nameOf(each)} is not there`;
  });
  return whys.length === 0 ? undefined : { why: shortList(whys) };
}

/** An API that does not answer for a moment is waited for too. */
async function askObjects(probe: Probe, access: Access, objects: readonly KubeObject[]): Promise<{ readonly found: readonly KubeObject[] } | NotYet> {
  const answer = await askKubectl(probe, access, ['get', '--ignore-not-found', '-o', 'json', '--request-timeout=20s', '-f', '-'], { stdin: listText(objects.map(nameOnly)) });
  return answer.code === 0 ? { found: itemsOf(readJson(answer)) } : { why: complaintOf(answer) };
}

/** Finalizers hold an object that is to go. */
function waitsFor(object: KubeObject): string {
  const { finalizers, deletionTimestamp } = object.metadata;
  const holding = object.kind === 'Namespace' ? conditionsOf(object).filter(({ type, status, message }) => /Remaining|Discovery|Parsing/.test(type) && status === 'True' && message !== undefined).map(({ message }) => message!.trim()) : [];
  if (holding.length > 0) return ` is being deleted: ${holding.join('; ').slice(0, 300)}`;
  if (deletionTimestamp === undefined) return ' is not being deleted';
  return Array.isArray(finalizers) && finalizers.length > 0 ? ` waits for its finalizers ${finalizers.join(', ')}` : ' is being deleted';
}

function shortList(all: readonly string[]): string {
  return all.length <= 5 ? all.join('; ') : `${all.slice(0, 5).join('; ')}; and ${all.length - 5} more`;
}
