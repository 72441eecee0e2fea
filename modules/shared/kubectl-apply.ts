/** What it takes to bring a cluster's objects to what a definition says, and to take them away. */
import type { Change, Plan, Run, Step, Thing, ThingState } from '../../engine/module/kit.ts';
import { diffTexts, isSame, isSameOwner } from './kubectl-compare.ts';
import { answerCap, kubectlStep, type Access } from './kubectl-command.ts';
import type { Contact } from './kubectl-contact.ts';
import { applyWords, isByServer, type ApplyWish, type Objects } from './kubectl-look.ts';
import { keyOf, listText, nameOf, nameOnly, type KubeObject } from './kubectl-object.ts';
import { isDefinition, isFoundation, kindOf, type Placed } from './kubectl-place.ts';

/** What becomes of an object. */
export type Fate = 'created' | 'changed' | 'unchanged' | 'deleted' | 'absent';

/** Seconds that a kind may take to be served once its definition is there. */
const kindPatience = 60;

/** Applies what it reads, in its order. */
const applyScript = 'kubectl "$@"';
/** Applies once the cluster knows the kinds: it tells so itself. $1 seconds; what is applied stays in memory, since it may be secret. */
const patientScript = `
most=$1; shift; input=$(cat); waited=0
until said=$(printf '%s' "$input" | kubectl get --ignore-not-found -o name -f - 2>&1 >/dev/null); do
  [ "$waited" -lt "$most" ] || { printf '%s\\n' "$said" >&2; exit 1; }
  waited=$((waited + 1)); sleep 1
done
printf '%s' "$input" | kubectl "$@"`;

export interface Applying {
  readonly access: Access;
  readonly wish: ApplyWish;
  readonly contact: Contact;
  readonly placed: readonly Placed[];
  readonly live: Objects;
  /** What an apply would make of them, as far as that can be asked. */
  readonly after: Objects;
  /** False where nobody will see the texts. */
  readonly diff: boolean;
}

/** What an apply would make of an object. */
export function fateOf(key: string, { live, after, wish }: Pick<Applying, 'live' | 'after' | 'wish'>): Fate {
  const now = live.get(key);
  const then = after.get(key);
  if (!now) return 'created';
  return then && isSame(now, then) && isSameOwner(now, then, wish.field_manager) ? 'unchanged' : 'changed';
}

/** The changes that applying makes; those that are equal already are left out. */
export function planApply(applying: Applying): readonly Change[] {
  const changing = applying.placed.filter(({ object }) => fateOf(keyOf(object), applying) !== 'unchanged');
  return withSteps(changing.map(({ object }) => changeOf(object, applying)), applySteps(changing, applying));
}

/** Where there is no cluster yet: all are new. */
export function planCreation(objects: readonly KubeObject[], diff: boolean): Plan {
  return { changes: objects.map((object) => creation(object, object, diff)) };
}

function changeOf(object: KubeObject, { live, after, diff }: Applying): Change {
  const now = live.get(keyOf(object));
  const then = after.get(keyOf(object)) ?? object;
  if (!now) return creation(object, then, diff);
  if (isSame(now, then)) return { summary: `take charge of ${nameOf(object)}`, steps: [] };
  return { summary: `change ${nameOf(object)}`, of: nameOf(object), ...(diff && diffTexts(now, then)), leaves: leavesOf(object, false), steps: [] };
}

function creation(object: KubeObject, then: KubeObject, diff: boolean): Change {
  return { summary: `create ${nameOf(object)}`, of: nameOf(object), ...(diff && diffTexts(undefined, then)), makes: madeBy(object), leaves: leavesOf(object, false), steps: [] };
}

/** What later tasks of a dry run may take for given. */
function madeBy(object: KubeObject): Thing[] {
  const versions = isDefinition(object) ? versionsOf(object).map((version) => `${kindOf(object).split('/')[0]!}/${version} ${kindOf(object).split('/')[1]!}`) : [];
  return [keyOf(object), ...versions].map((name) => ({ kind: 'object', name }));
}

/** For those who ask later in the same dry run: for this object, whatever its API is called, or for all in its place. */
function leavesOf(object: KubeObject, gone: boolean): ThingState[] {
  const places = [`all in ${object.metadata.namespace ?? 'the cluster'}`, 'all in the cluster'];
  return [
    ...[keyOf(object), keyOf({ ...object, apiVersion: '' })].map((name) => ({ kind: 'object' as const, name, state: { gone } })),
    ...places.map((name) => ({ kind: 'object' as const, name, state: { touched: true } })),
  ];
}

function versionsOf(definition: KubeObject): string[] {
  const { versions, version } = (definition['spec'] ?? {}) as { versions?: { name: string }[]; version?: string };
  return versions?.map(({ name }) => name) ?? (version === undefined ? [] : [version]);
}

/** Namespaces and kinds first; what is of such a kind once the cluster serves it. */
function applySteps(changing: readonly Placed[], { access, wish, contact }: Applying): Step[] {
  const step = (some: readonly Placed[], byServer = true): Run[] => {
    if (some.length === 0) return [];
    const words = applyWords(contact, wish, { byServer });
    const waits = some.some(({ isKnown }) => !isKnown);
    const options = { stdin: listText(some.map(({ object }) => object)), quiet: true, cap: answerCap, timeout: 600 };
    return [waits ? kubectlStep(access, 'kubectl apply', patientScript, [String(kindPatience), ...words], options) : kubectlStep(access, 'kubectl apply', applyScript, words, options)];
  };
  const [first, rest] = [changing.filter(({ object }) => isFoundation(object)), changing.filter(({ object }) => !isFoundation(object))];
  return [...step(first), ...step(rest.filter(({ object }) => isByServer(contact, object))), ...step(rest.filter(({ object }) => !isByServer(contact, object)), false)];
}

/** What becomes of the objects that a deleted one owns, as the API has it. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** The changes that deleting makes: what came last goes first. */
export function planDelete(access: Access & { readonly delete_options: { readonly propagationPolicy: Propagation } }, objects: readonly KubeObject[], live: Objects, diff: boolean): readonly Change[] {
  const going = objects.filter((each) => live.has(keyOf(each)) && live.get(keyOf(each))!.metadata['deletionTimestamp'] === undefined).toReversed();
  if (going.length === 0) return [];
  const words = ['delete', '--ignore-not-found', '--wait=false', `--cascade=${access.delete_options.propagationPolicy.toLowerCase()}`, '-f', '-'];
  const step = kubectlStep(access, 'kubectl delete', 'kubectl "$@"', words, { stdin: listText(going.map(nameOnly)), quiet: true, timeout: 600 });
  return withSteps(going.map((each) => ({ summary: `delete ${nameOf(each)}`, of: nameOf(each), ...(diff && diffTexts(live.get(keyOf(each)), undefined)), leaves: leavesOf(each, true), steps: [] })), [step]);
}

/** All of them are made by the same commands, so the first one has the steps. */
function withSteps(changes: readonly Change[], steps: readonly Step[]): readonly Change[] {
  return changes.map((change, at) => (at === 0 ? { ...change, steps } : change));
}
