/** Sets taints of nodes of a Kubernetes cluster, and takes them away. */
import { defineModule, flag, listOf, ModuleFailure, text, z, type Change, type Plan } from '../engine/module/kit.ts';
import { needAnswer, type Answered } from './shared/kubectl-ask.ts';
import { accessParams, kubectlStep, type Access } from './shared/kubectl-command.ts';
import { lookAtNamed } from './shared/kubectl-metadata.ts';
import { absentObjects } from './shared/kubectl-named.ts';
import { isMapping, type KubeObject } from './shared/kubectl-object.ts';

const taint = z.strictObject({
  key: text().pipe(z.string().regex(/^[^\s=:-][^\s=:]*$/, 'expected a key such as example.org/gpu')).describe('such as example.org/gpu'),
  value: text().optional().describe('default: none'),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional().describe('what it does to pods that do not tolerate it; with absent default: all effects'),
});
type Taint = z.infer<typeof taint>;

const params = z.object({
  name: listOf(text().pipe(z.string().regex(/^[^-].*$/, 'a name does not begin with -'))).describe('names of nodes'),
  taints: z.array(taint).describe('list of key, value and effect (NoSchedule, PreferNoSchedule or NoExecute)'),
  state: z.enum(['present', 'absent']).default('present').describe('absent takes these taints away, whatever their value; default present'),
  replace: flag().default(false).describe('with present: takes all other taints away, but for those by which the cluster itself marks a node (node.kubernetes.io/…); default no'),
  ...accessParams,
});
type Params = z.infer<typeof params>;

export default defineModule<typeof params, Answered>({
  summary: 'Set taints of nodes of a Kubernetes cluster',
  params,
  example: `- name: Keep nodes with a GPU for those who ask for one
  kubectl_taint:
    name: w3
    taints:
      - {key: example.org/gpu, value: "yes", effect: NoSchedule}`,
  returns: { resources: 'list of name and taints of the nodes, as they were before' },
  ahead: false,
  inspect: (asked, probe) => lookAtNamed({ ...asked, kind: 'Node', api_version: 'v1' }, probe),
  plan(asked, found, here): Plan {
    if (asked.state === 'present') for (const { effect, key } of asked.taints) if (effect === undefined) throw new ModuleFailure(`the taint ${key} does not say its effect: NoSchedule, PreferNoSchedule or NoExecute`);
    const nodes = needAnswer(found, 'v1 Node', { changes: asked.state === 'absent' ? [] : asked.name.map((name) => ({ summary: `taint Node ${name}: ${asked.taints.map(wordOf).join(', ')}`, steps: [] })) });
    return absentObjects({ ...asked, kind: 'Node' }, nodes, here, { changes: nodes.flatMap((node) => changeOf(asked, node)), result: { resources: nodes.map((node) => ({ name: node.metadata.name, taints: taintsOf(node) })) } });
  },
});

function changeOf(asked: Params & Access, node: KubeObject): Change[] {
  const now = taintsOf(node);
  const words = asked.state === 'absent' ? removals(now.filter((has) => asked.taints.some(({ key, effect }) => has.key === key && (effect === undefined || has.effect === effect))))
    : [...missing(asked.taints, now).map(wordOf), ...(asked.replace ? removals(now.filter((has) => !isOfCluster(has) && !asked.taints.some((each) => isSamePlace(each, has)))) : [])];
  if (words.length === 0) return [];
  const { name } = node.metadata;
  return [{ summary: `taint Node ${name}: ${words.map((word) => (word.endsWith('-') ? `without ${word.slice(0, -1)}` : word)).join(', ')}`, steps: [kubectlStep(asked, 'kubectl taint', 'kubectl "$@"', ['taint', 'nodes', name, '--overwrite', '-o', 'name', ...words], { quiet: true })] }];
}

function missing(wanted: readonly Taint[], now: readonly Taint[]): Taint[] {
  return wanted.filter((each) => !now.some((has) => isSamePlace(each, has) && (each.value ?? '') === (has.value ?? '')));
}

/** A node has one taint of a key and an effect. */
function isSamePlace(one: Taint, other: Taint): boolean {
  return one.key === other.key && one.effect === other.effect;
}

/** Set and taken away by the cluster as a node's state changes. */
function isOfCluster({ key }: Taint): boolean {
  return key.startsWith('node.kubernetes.io/') || key.startsWith('node.cloudprovider.kubernetes.io/');
}

function removals(taints: readonly Taint[]): string[] {
  return taints.map(({ key, effect }) => `${key}:${effect}-`);
}

function wordOf({ key, value, effect }: Taint): string {
  return `${key}${value === undefined || value === '' ? '' : `=${value}`}:${effect}`;
}

function taintsOf(node: KubeObject): Taint[] {
  const spec = isMapping(node['spec']) ? node['spec'] : {};
  return Array.isArray(spec['taints']) ? (spec['taints'] as Taint[]).map(({ key, value, effect }) => ({ key, ...(value !== undefined && { value }), effect })) : [];
}
