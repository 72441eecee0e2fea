/** Labels and annotations of objects that are there already: what kubectl_label and kubectl_annotate have in common. */
import { listOf, text, z, type Change, type Here, type Plan, type Probe } from '../../engine/module/kit.ts';
import { askObjects, needAnswer, resourceWord, type Answered } from './kubectl-ask.ts';
import { accessParams, kubectlStep, type Access } from './kubectl-command.ts';
import { absentObjects } from './kubectl-named.ts';
import { nameOf, type KubeObject } from './kubectl-object.ts';

/** Which objects; shared with what else asks for objects by name. */
export const namedParams = {
  kind: text().default('Node').describe('kind of the objects, or any name that kubectl has for it; default Node'),
  api_version: text().optional().describe('its API, such as apps/v1; default: the one that the cluster prefers'),
  name: listOf(text().pipe(z.string().regex(/^[^-].*$/, 'a name does not begin with -'))).describe('names of the objects'),
  namespace: text().optional().describe('of objects that have one; default default'),
  ...accessParams,
};

/** Names and values; null takes one away. */
export const pairs = () => z.record(z.string().regex(/^[^\s=-][^\s=]*$/, 'expected a name such as example.org/tier'), text().nullable());

export interface Named extends Access {
  readonly kind: string;
  readonly api_version?: string | undefined;
  readonly name: readonly string[];
  readonly namespace?: string | undefined;
}

/** Which of the two, and what is wished. */
export interface Wish {
  readonly verb: 'label' | 'annotate';
  readonly field: 'labels' | 'annotations';
  readonly pairs: Readonly<Record<string, string | null>>;
}

/** Asks for the objects. */
export function lookAtNamed(asked: Named, probe: Probe): Promise<Answered> {
  return askObjects(probe, asked, [resourceWord(asked.kind, asked.api_version), ...asked.name, '-n', asked.namespace ?? 'default']);
}

/** Plans what differs, object by object. */
export function planMetadata(asked: Named, wish: Wish, found: Answered, here: Here): Plan {
  const unseen = asked.name.map((name) => ({ kind: asked.kind, name }));
  const objects = needAnswer(found, asked.kind, { changes: unseen.map(({ kind, name }) => ({ summary: `${wish.verb} ${kind} ${name}: ${Object.entries(wish.pairs).map(pairText).join(', ')}`, steps: [] })) });
  const changes = objects.flatMap((object) => changeOf(asked, wish, object));
  return absentObjects(asked, objects, here, { changes, result: { resources: objects.map(({ metadata }) => ({ name: metadata.name, [wish.field]: after(metadata[wish.field], wish.pairs) })) } });
}

function changeOf(asked: Named, { verb, field, pairs: wished }: Wish, object: KubeObject): Change[] {
  const now = object.metadata[field] ?? {};
  const open = Object.entries(wished).filter(([key, value]) => (value === null ? key in now : now[key] !== value));
  if (open.length === 0) return [];
  const words = [verb, resourceWord(asked.kind, asked.api_version), object.metadata.name, '-n', asked.namespace ?? 'default', '--overwrite', '-o', 'name', ...open.map(([key, value]) => (value === null ? `${key}-` : `${key}=${value}`))];
  return [{
    summary: `${verb} ${nameOf(object)}: ${open.map(pairText).join(', ')}`, of: nameOf(object), before: lines(now), after: lines(after(now, wished)),
    steps: [kubectlStep(asked, `kubectl ${verb}`, 'kubectl "$@"', words, { quiet: true })],
  }];
}

function after(now: Readonly<Record<string, string>> = {}, wished: Wish['pairs']): Record<string, string> {
  const all = Object.entries({ ...now, ...wished }).filter((each): each is [string, string] => each[1] !== null);
  return Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function lines(all: Readonly<Record<string, string>>): string {
  return Object.entries(all).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, value]) => `${key}=${value}\n`).join('');
}

function pairText([key, value]: readonly [string, string | null]): string {
  return value === null ? `without ${key}` : `${key}=${value.length > 60 ? `${value.slice(0, 60)}…` : value}`;
}
