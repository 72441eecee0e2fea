/** Brings objects of a Kubernetes cluster to what a definition says, by the server's own apply; or takes them away. */
import { defineModule, flag, listOf, Missing, ModuleFailure, text, whole, z, type Here, type Plan, type Probe } from '../engine/module/kit.ts';
import { fateOf, planApply, planCreation, planDelete, type Applying, type Fate } from './shared/kubectl-apply.ts';
import { askObjects, resourceWord } from './shared/kubectl-ask.ts';
import { accessParams, parse } from './shared/kubectl-command.ts';
import { isContact, makeContact, refuseNoContact, type Contact, type NoContact } from './shared/kubectl-contact.ts';
import { objectEvidence } from './shared/kubectl-evidence.ts';
import { unknownVersions } from './shared/kubectl-kinds.ts';
import { askDryRun, askLive, itemsOf, namespacesOf, refuseHomeless, type DryRun, type Objects } from './shared/kubectl-look.ts';
import { keyOf, nameOf, type KubeObject } from './shared/kubectl-object.ts';
import { placeObjects, type Placed } from './shared/kubectl-place.ts';
import { conditionParam } from './shared/kubectl-ready.ts';
import { shownObject } from './shared/kubectl-shown.ts';
import { readSources, sourceParams } from './shared/kubectl-source.ts';
import { notReady, untilGone, untilReady } from './shared/kubectl-wait.ts';

const params = z.object({
  state: z.enum(['present', 'absent']).default('present').describe('present: the objects are as they are defined, and fields that the definition does not name stay as they are; absent: they are not there (default present)'),
  ...sourceParams,
  label_selectors: listOf(text()).default([]).describe('with absent and kind instead of name: those that have these labels, in namespace, else in all; such as app=web'),
  server_side_apply: z.object({
    field_manager: text().default('kplay').describe('name under which the cluster keeps which fields are ours; default kplay'),
    force_conflicts: flag().default(false).describe('takes fields over that others have set; default no: that is a failure'),
  }).prefault({}).describe('how objects are applied: field_manager (default kplay), force_conflicts (default no)'),
  delete_options: z.object({
    propagationPolicy: z.enum(['Background', 'Foreground', 'Orphan']).default('Background').describe('what becomes of the objects that it owns, a DaemonSet its pods: Background, they go after it; Foreground, it goes after them; Orphan, they stay'),
  }).prefault({}).describe('with absent: propagationPolicy (default Background; with Foreground and wait the task ends once what an object owns is gone too)'),
  wait: flag().default(false).describe('waits until the objects are ready (workloads rolled out, jobs complete, kinds served), or have wait_condition; with absent until they are gone; default no'),
  wait_condition: conditionParam.optional().describe('condition that every one of the objects is to have instead: type, status (default True), reason'),
  wait_timeout: whole().pipe(z.int().min(1)).default(120).describe('seconds to wait; default 120'),
  ...accessParams,
});
type Params = z.infer<typeof params>;

type Found = { readonly contact: NoContact; readonly objects: readonly KubeObject[]; readonly live: Objects } | { readonly contact: Contact; readonly placed: readonly Placed[]; readonly live: Objects; readonly dry: DryRun };

export default defineModule<typeof params, Found>({
  summary: 'Bring objects of a Kubernetes cluster to what a definition says',
  params,
  aliases: { resource_definition: 'definition', inline: 'definition' },
  rules: [{ kind: 'exclusive', names: ['definition', 'src', 'template', 'url'] }, { kind: 'oneOf', names: ['definition', 'src', 'template', 'url', 'kind'] }],
  example: `- name: Run a web server on every node
  kubectl:
    definition:
      apiVersion: apps/v1
      kind: DaemonSet
      metadata: {name: web, namespace: default}
      spec:
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers: [{name: web, image: "docker.io/library/nginx:1.29"}]
    wait: true
    wait_timeout: 300`,
  returns: { objects: 'list of api_version, kind, name, namespace and change: created, changed, unchanged, deleted or absent', resources: 'list of the objects as they are now in the cluster, data of Secrets left out' },
  ahead: false,
  async inspect(asked, probe, here): Promise<Found> {
    if (asked.label_selectors.length > 0) return selected(asked, probe);
    const objects = await readSources(asked, probe, here);
    const contact = await makeContact(probe, asked, unknownVersions(objects));
    if (!isContact(contact)) {
      const bare = placeObjects(objects, new Map(), asked.namespace).map(({ object }) => object);
      return { contact, objects: bare, live: asForeseen(probe, new Map(), bare) };
    }
    const placed = placeObjects(objects, contact.kinds, asked.namespace);
    return { contact, placed, ...(await lookAt(asked, contact, placed, probe)) };
  },
  plan(asked, found, here): Plan {
    const diff = here.diff !== false;
    if (!('placed' in found)) return refuseNoContact(found.contact, asked.state === 'absent' ? { changes: planDelete(asked, found.objects, found.live, diff) } : planCreation(found.objects, diff));
    return asked.state === 'absent' ? planAbsent(asked, found, diff) : planPresent(asked, found, here);
  },
  output(asked, found, steps) {
    if (!('placed' in found) || asked.state === 'absent') return {};
    const applied = new Map(steps.filter(({ step }) => step.kind === 'run').flatMap(({ stdout }) => itemsOf(parse(stdout.toString()))).map((each) => [keyOf(each), each] as const));
    return { resources: found.placed.flatMap(({ object }) => shown(applied.get(keyOf(object)) ?? found.live.get(keyOf(object)))) };
  },
  evidence: async (asked, probe, here) => (asked.state === 'absent' ? [] : objectEvidence(asked, probe, here)),
});

/** What is to go because of its labels. */
async function selected(asked: Params, probe: Probe): Promise<Found> {
  const { state, kind, name, api_version, namespace, label_selectors } = asked;
  if (state !== 'absent' || kind === undefined || name !== undefined) throw new ModuleFailure('label_selectors says what is to be absent, of which kind, and without a name');
  const answer = await askObjects(probe, asked, [resourceWord(kind, api_version), ...(namespace === undefined ? ['-A'] : ['-n', namespace]), `--selector=${label_selectors.join(',')}`]);
  if (answer.kind === 'noContact') return { contact: answer.contact, objects: [], live: new Map() };
  const objects = answer.kind === 'answer' ? answer.objects : [];
  return { contact: { server: '', minor: 0, kinds: new Map() }, placed: objects.map((object) => ({ object, isKnown: true, comesAlong: false })), live: asForeseen(probe, new Map(objects.map((each) => [keyOf(each), each]))), dry: { objects: new Map(), warnings: [] } };
}

async function lookAt(asked: Params, contact: Contact, placed: readonly Placed[], probe: Probe): Promise<{ readonly live: Objects; readonly dry: DryRun }> {
  const known = placed.filter(({ isKnown }) => isKnown).map(({ object }) => object);
  const coming = asked.state === 'absent' ? placed.map(({ object }) => object) : [];
  const live = asForeseen(probe, await askLive(probe, asked, contact, unique([...known, ...namespacesOf(known)])), coming);
  const isHome = ({ metadata: { namespace } }: KubeObject): boolean => namespace === undefined || live.has(keyOf(namespacesOf([{ apiVersion: '', kind: '', metadata: { name: '', namespace } }])[0]!));
  const dry = asked.state === 'absent' ? { objects: new Map(), warnings: [] } : await askDryRun(probe, asked, contact, asked.server_side_apply, known.filter(isHome));
  return { live, dry };
}

/** In a dry run an earlier task may take some of them away, and with a namespace all that is in it; or make some that are to go. */
function asForeseen(probe: Probe, live: Objects, coming: readonly KubeObject[] = []): Objects {
  const isGone = (object: KubeObject): unknown => probe.foreseen?.('object', keyOf(object))?.['gone'];
  const stays = [...live].filter(([, object]) => isGone(object) !== true && !namespacesOf([object]).some((home) => isGone(home) === true));
  const comes = coming.filter((each) => isGone(each) === false).map((each) => [keyOf(each), each] as const);
  return new Map([...comes, ...stays]);
}

function unique(objects: readonly KubeObject[]): KubeObject[] {
  return [...new Map(objects.map((each) => [keyOf(each), each])).values()];
}

function planPresent(asked: Params, { contact, placed, live, dry }: Extract<Found, { placed: unknown }>, here: Here): Plan {
  const applying: Applying = { access: asked, wish: asked.server_side_apply, contact, placed, live, after: dry.objects, diff: here.diff !== false };
  const objects = placed.map(({ object }) => object);
  const changes = planApply(applying);
  refuseHomeless(placed, live, { changes });
  for (const each of objects) if (live.get(keyOf(each))?.metadata['deletionTimestamp'] !== undefined) throw going(each);
  const common = { changes, warnings: dry.warnings, result: { objects: objects.map((each) => row(each, fateOf(keyOf(each), applying))), resources: objects.flatMap((each) => shown(live.get(keyOf(each)))) } };
  if (!asked.wait) return common;
  const late = changes.length > 0 ? undefined : notReady(objects, [...live.values()], asked.wait_condition);
  if (changes.length === 0 && !late) return common;
  return { ...common, until: untilReady(asked, objects, asked) };
}

function going(object: KubeObject): Missing {
  const { changes } = planCreation([object], false);
  return new Missing({ kind: 'object', name: `end of ${keyOf(object)}` }, `${nameOf(object)} is being deleted, and cannot be made anew before it is gone`, 'delete it earlier with state: absent and wait: true', { changes });
}

function planAbsent(asked: Params, { placed, live }: Extract<Found, { placed: unknown }>, diff: boolean): Plan {
  const objects = placed.map(({ object }) => object);
  const changes = planDelete(asked, objects, live, diff);
  // A definition of a kind is gone only after all that is of this kind.
  const there = placed.filter(({ object, comesAlong }) => !comesAlong && live.has(keyOf(object))).map(({ object }) => object);
  const result = { objects: objects.map((each) => row(each, live.has(keyOf(each)) ? 'deleted' : 'absent')) };
  return { changes, result, ...(asked.wait && there.length > 0 && { until: untilGone(asked, there, asked.wait_timeout) }) };
}

function row({ apiVersion, kind, metadata: { name, namespace = '' } }: KubeObject, change: Fate): Record<string, string> {
  return { api_version: apiVersion, kind, name, namespace, change };
}

function shown(object: KubeObject | undefined): KubeObject[] {
  return object ? [shownObject(object, { hide: true })] : [];
}
