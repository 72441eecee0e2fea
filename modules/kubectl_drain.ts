/** Takes the pods off a node of a Kubernetes cluster, as far as their disruption budgets allow; or lets pods on again. */
import { defineModule, flag, ModuleFailure, text, textOf, whole, z, type Change, type Plan, type StepResult } from '../engine/module/kit.ts';
import { askObjects, needAnswer, type Answered } from './shared/kubectl-ask.ts';
import { accessParams, answerCap, complaintOf, kubectlStep, parse } from './shared/kubectl-command.ts';
import { holdersOf, placeOf, sortPods } from './shared/kubectl-drain.ts';
import { itemsOf } from './shared/kubectl-look.ts';
import { absentObjects } from './shared/kubectl-named.ts';
import { isMapping, type KubeObject } from './shared/kubectl-object.ts';
import { readRecords } from './shared/records.ts';

const words: Readonly<Record<string, string>> = { drain: 'drained', cordon: 'cordoned', uncordon: 'uncordoned' };

const options = z.strictObject({
  ignore_daemonsets: flag().default(true).describe('pods of DaemonSets stay; no is a failure where there are some; default yes'),
  delete_emptydir_data: flag().default(false).describe('pods with data in an emptyDir go too, and it is lost; default no'),
  force: flag().default(false).describe('pods that nothing makes anew go too; default no'),
  disable_eviction: flag().default(false).describe('deletes pods, whatever their disruption budgets say; default no'),
  terminate_grace_period: whole().optional().describe('seconds that pods get to come to their end; default: what each says'),
  wait_timeout: whole().pipe(z.int().min(1)).default(300).describe('seconds in which all pods have to be gone; default 300'),
});

const params = z.object({
  name: text().pipe(z.string().regex(/^[^-].*$/, 'a name does not begin with -')).describe('name of the node'),
  state: z.preprocess((value) => (typeof value === 'string' ? (words[value] ?? value) : value), z.enum(['drained', 'cordoned', 'uncordoned'])).default('drained').describe('cordoned: no new pods come; drained: nor do any stay; uncordoned: pods may come (default drained)'),
  delete_options: options.prefault({}).describe('ignore_daemonsets (default yes), delete_emptydir_data, force, disable_eviction (default no), terminate_grace_period, wait_timeout (seconds; default 300)'),
  ...accessParams,
});
type Params = z.infer<typeof params>;

interface Found {
  readonly node: Answered;
  readonly pods: Answered;
}

export default defineModule<typeof params, Found>({
  summary: 'Drain, cordon or uncordon a node of a Kubernetes cluster',
  params,
  example: `- name: Take the pods off the node before its machine restarts
  kubectl_drain:
    name: w1
    state: drained
    delete_options:
      delete_emptydir_data: true
      wait_timeout: 600
  delegate_to: cp1`,
  returns: { pods: 'list of the pods that go, as namespace/name' },
  ahead: false,
  async inspect(asked, probe) {
    const isDrain = asked.state === 'drained';
    const [node, pods] = await Promise.all([
      askObjects(probe, asked, ['node', asked.name]),
      isDrain ? askObjects(probe, asked, ['pods', '--all-namespaces', `--field-selector=spec.nodeName=${asked.name}`]) : { kind: 'answer' as const, objects: [] },
    ]);
    return { node, pods };
  },
  plan(asked, { node, pods }, here): Plan {
    const unseen = { changes: asked.state === 'uncordoned' ? [] : [cordonChange(asked)] };
    const nodes = needAnswer(node, 'v1 Node', unseen);
    if (nodes.length === 0) return absentObjects({ kind: 'Node', name: [asked.name] }, [], here, unseen);
    return planFor(asked, nodes[0]!, needAnswer(pods, 'v1 Pod'));
  },
  output(asked, _found, steps) {
    const drained = steps.find(({ step }) => step.kind === 'run' && step.title === 'kubectl drain');
    if (drained && drained.code !== 0) throw new ModuleFailure(whyNotDrained(asked, drained, steps.at(-1)!), { hint: 'the node stays cordoned: kubectl_drain with state: uncordoned lets pods on again' });
    return {};
  },
});

function planFor(asked: Params, node: KubeObject, pods: readonly KubeObject[]): Plan {
  const isCordoned = isMapping(node['spec']) && node['spec']['unschedulable'] === true;
  if (asked.state === 'uncordoned') return { changes: isCordoned ? [{ summary: `let pods onto ${asked.name} again`, steps: [kubectlStep(asked, 'kubectl uncordon', 'kubectl "$@"', ['uncordon', asked.name])] }] : [] };
  const cordon = isCordoned ? [] : [cordonChange(asked)];
  if (asked.state === 'cordoned') return { changes: cordon };
  const { going, refused } = sortPods(pods, asked.delete_options);
  if (refused.length > 0) throw new ModuleFailure(`${asked.name} cannot be drained: ${refused.slice(0, 8).join('; ')}${refused.length > 8 ? `; and ${refused.length - 8} more` : ''}`, { result: { pods: going.map(placeOf) } });
  return { changes: [...cordon, ...(going.length > 0 ? [drainChange(asked, going)] : [])], result: { pods: going.map(placeOf) } };
}

function cordonChange(asked: Params): Change {
  return { summary: `let no new pods onto ${asked.name}`, steps: [kubectlStep(asked, 'kubectl cordon', 'kubectl "$@"', ['cordon', asked.name])] };
}

function drainChange(asked: Params, going: readonly KubeObject[]): Change {
  const { ignore_daemonsets, delete_emptydir_data, force, disable_eviction, terminate_grace_period: grace, wait_timeout: timeout } = asked.delete_options;
  const flags = Object.entries({ 'ignore-daemonsets': ignore_daemonsets, 'delete-emptydir-data': delete_emptydir_data, force, 'disable-eviction': disable_eviction }).filter(([, on]) => on).map(([name]) => `--${name}`);
  return {
    summary: `take ${going.length} pod${going.length === 1 ? '' : 's'} off ${asked.name}: ${going.slice(0, 10).map(placeOf).join(', ')}${going.length > 10 ? ', …' : ''}`,
    steps: [
      kubectlStep(asked, 'kubectl drain', 'kubectl "$@"', ['drain', asked.name, `--timeout=${timeout}s`, ...flags, ...(grace === undefined ? [] : [`--grace-period=${grace}`])], { codes: 'any', timeout: timeout + 120 }),
      kubectlStep(asked, 'kubectl get', leftScript, [asked.name], { codes: 'any', quiet: true, cap: answerCap }),
    ],
  };
}

/** What a drain has left on the node $1, and the budgets that may be why. */
const leftScript = `
echo @pods; kubectl get pods --all-namespaces --field-selector="spec.nodeName=$1" -o json --request-timeout=30s | sed 's/^/ /'
echo @budgets; kubectl get poddisruptionbudgets --all-namespaces -o json --request-timeout=30s | sed 's/^/ /'`;

function whyNotDrained(asked: Params, drained: StepResult, left: StepResult): string {
  const { pods, budgets } = readRecords(textOf(left.stdout));
  const { going } = sortPods(itemsOf(parse(pods ?? '')), asked.delete_options);
  const holders = holdersOf(going, itemsOf(parse(budgets ?? '')));
  const why = holders.length > 0 ? `${holders.slice(0, 8).join('; ')}${holders.length > 8 ? `; and ${holders.length - 8} more` : ''}` : complaintOf(drained);
  return `${asked.name} is not drained after ${Math.round(drained.duration / 1000)} s: ${why}`;
}
