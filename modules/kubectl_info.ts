/** Reads objects of a Kubernetes cluster, as JSON. Changes nothing. */
import { defineModule, flag, listOf, ModuleFailure, text, whole, z, type NotYet, type Probe } from '../engine/module/kit.ts';
import { askObjects, needAnswer, resourceWord, type Answered } from './shared/kubectl-ask.ts';
import { accessParams } from './shared/kubectl-command.ts';
import { keyOf, type KubeObject } from './shared/kubectl-object.ts';
import { conditionParam, isLate, whyNotReady } from './shared/kubectl-ready.ts';
import { secretValues, shownObject } from './shared/kubectl-shown.ts';
import { evidenceFor } from './shared/kubectl-evidence.ts';

const params = z.object({
  kind: text().describe('kind of the objects, such as Node, or any name that kubectl has for it'),
  api_version: text().optional().describe('its API, such as apps/v1; default: the one that the cluster prefers'),
  name: listOf(text().pipe(z.string().regex(/^[^-].*$/, 'a name does not begin with -'))).default([]).describe('names of objects; default: all'),
  namespace: text().optional().describe('default: all namespaces, with name the namespace default'),
  label_selectors: listOf(text()).default([]).describe('labels that the objects have, such as app=web, or node-role.kubernetes.io/master'),
  field_selectors: listOf(text()).default([]).describe('fields that the objects have, such as spec.nodeName=w1'),
  wait: flag().default(false).describe('waits until what is named, or at least one, is there and all that is found is ready; default no'),
  wait_condition: conditionParam.optional().describe('condition that every one of them is to have instead of being ready: type, status (default True), reason'),
  wait_timeout: whole().pipe(z.int().min(1)).default(120).describe('seconds to wait; default 120'),
  ...accessParams,
});
type Params = z.infer<typeof params>;

export default defineModule<typeof params, Answered & { readonly coming: boolean }>({
  summary: 'Read objects of a Kubernetes cluster',
  params,
  example: `- name: See the nodes
  kubectl_info:
    kind: Node
  register: nodes
- debug:
    msg: "{{ nodes.resources | map(attribute='metadata.name') | join(', ') }}"`,
  returns: { resources: 'list of the objects, without who set which field', api_found: 'whether the cluster has this kind', secret_values: 'values of Secrets, as they are written and decoded: hidden wherever they stand from then on' },
  secrets: ['secret_values'],
  reads: true,
  ahead: false,
  async inspect(asked, probe) {
    const answer = await askObjects(probe, asked, wordsOf(asked));
    return { ...answer, coming: isComing(asked, probe) };
  },
  plan(asked, found, here) {
    const objects = needAnswer(found, `${asked.api_version ?? ''} ${asked.kind}`.trim());
    const late = asked.wait ? whyLate(asked, objects) : undefined;
    if (here.check && found.coming) return { changes: [], again: 'what earlier tasks make of it' };
    if (!late) return { changes: [], result: resultOf(objects) };
    if (here.check) return { changes: [], again: `what is not so yet: ${late.why}` };
    let last = objects;
    const look = async (probe: Probe): Promise<NotYet | undefined> => {
      last = needAnswer(await askObjects(probe, asked, wordsOf(asked)), asked.kind);
      return whyLate(asked, last);
    };
    return { changes: [], until: { timeout: asked.wait_timeout, every: 2, message: 'not as asked', look, result: () => resultOf(last) } };
  },
  async evidence(asked, probe, here) {
    const found = await askObjects(probe, asked, wordsOf(asked));
    return found.kind === 'answer' && asked.wait ? evidenceFor(probe, asked, found.objects.filter((each) => isLate(each, asked.wait_condition)), here.now()) : [];
  },
});

function wordsOf({ kind, api_version, name, namespace, label_selectors, field_selectors }: Params): string[] {
  const where = namespace !== undefined ? ['-n', namespace] : name.length > 0 ? ['-n', 'default'] : ['-A'];
  if (name.length > 0 && label_selectors.length + field_selectors.length > 0) throw new ModuleFailure('give names, or selectors, not both');
  return [resourceWord(kind, api_version), ...name, ...where, ...(label_selectors.length > 0 ? [`--selector=${label_selectors.join(',')}`] : []), ...(field_selectors.length > 0 ? [`--field-selector=${field_selectors.join(',')}`] : [])];
}

function resultOf(objects: readonly KubeObject[]): Record<string, unknown> {
  return { resources: objects.map((each) => shownObject(each)), api_found: true, secret_values: objects.flatMap(secretValues) };
}

/** In a dry run: whether an earlier task makes, changes or takes away what is asked for, or for a list something in its place. */
function isComing({ kind, name, namespace, api_version }: Params, probe: Probe): boolean {
  const isTouched = (key: string): boolean => probe.foreseen?.('object', key) !== undefined;
  const homes = name.length > 0 ? [] : [`all in ${namespace ?? 'the cluster'}`];
  const keys = name.flatMap((each) => [namespace ?? 'default', undefined].map((home) => ({ apiVersion: api_version ?? '', kind, metadata: { name: each, namespace: home } })));
  return homes.some(isTouched) || keys.some((each) => isTouched(keyOf(each)) || isTouched(keyOf({ ...each, apiVersion: '' })));
}

function whyLate({ name, wait_condition }: Params, objects: readonly KubeObject[]): NotYet | undefined {
  const missing = name.filter((each) => !objects.some(({ metadata }) => metadata.name === each)).map((each) => `${each} is not there`);
  const whys = [...missing, ...objects.flatMap((each) => whyNotReady(each, wait_condition) ?? [])];
  if (objects.length === 0 && name.length === 0) return { why: 'there is none' };
  return whys.length === 0 ? undefined : { why: `${whys.slice(0, 5).join('; ')}${whys.length > 5 ? `; and ${whys.length - 5} more` : ''}` };
}
