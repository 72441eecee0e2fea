/** The kubectl modules on a real API, whose nodes and pods are told by hand what they are like. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { look } from '../../engine/module/carry-out.ts';
import { openForesight } from '../../engine/module/foresight.ts';
import type { Module } from '../../engine/module/module.ts';
import type { Session } from '../../engine/session/session.ts';
import kubectl from '../../modules/kubectl.ts';
import annotate from '../../modules/kubectl_annotate.ts';
import drain from '../../modules/kubectl_drain.ts';
import info from '../../modules/kubectl_info.ts';
import label from '../../modules/kubectl_label.ts';
import taint from '../../modules/kubectl_taint.ts';
import { kubernetesPrograms, startKubernetes, type KubernetesApi } from '../support/kubernetes-api.ts';
import { tempFolder, tryModule, type Tried } from '../support/try-module.ts';

const programs = await kubernetesPrograms('the kubectl modules');
const real = programs === undefined ? test.serial.skip : test.serial;

let api: KubernetesApi;
let session: Session;
test.before('start', async (t) => {
  t.timeout(180_000);
  if (programs === undefined) return;
  api = await startKubernetes(programs);
  session = api.session;
});
test.after.always('stop', () => api?.stop());

const minutes = 60_000;
type Asked = Record<string, unknown>;
const apply = (definition: unknown, more: Asked = {}, check = false): Promise<Tried> => tryModule(kubectl, { definition, ...more }, { session, check });
const ask = async (...words: string[]): Promise<any> => {
  const { code, stdout, stderr } = await session.ask(['kubectl', ...words, '-o', 'json']);
  if (code !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString() || 'null');
};
const run = async (words: readonly string[], stdin?: unknown): Promise<void> => {
  const { code, stderr } = await session.ask(['kubectl', ...words], stdin === undefined ? {} : { stdin: JSON.stringify(stdin) });
  if (code !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
};

const namespace = (name: string): Asked => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const config = (name: string, data: Asked, home?: string): Asked => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(home && { namespace: home }) }, data });
const container = { name: 'web', image: 'docker.io/library/busybox:1.36' };
const deployment = (name: string, home: string, more: Asked = {}): Asked => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: home },
  spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [container] } }, ...more },
});
const widgets = (group: string): Asked => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `widgets.${group}` },
  spec: { group, scope: 'Cluster', names: { kind: 'Widget', plural: 'widgets' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } } } }] },
});
const changeOf = (tried: Tried): unknown[] => (tried.result['objects'] as { kind: string; change: string }[]).map(({ kind, change }) => `${kind} ${change}`);

/** What a kubelet would say of a pod. */
async function tellPod(home: string, name: string, status: Asked): Promise<void> {
  const pod = await ask('get', 'pod', name, '-n', home);
  await run(['replace', '--raw', `/api/v1/namespaces/${home}/pods/${name}/status`, '-f', '-'], { ...pod, status: { ...pod.status, ...status } });
}

async function eventually<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (let at = 0; at < 480; at++) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error('it did not come about');
}

const podOf = (home: string, app: string): Promise<any> => eventually(async () => (await ask('get', 'pods', '-n', home, '-l', `app=${app}`)).items[0]);
const fine = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [] };

real('objects come into being in the order that they need, and the second time nothing changes', async (t) => {
  t.timeout(5 * minutes);
  const definition = [
    { apiVersion: 'one.example.org/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 3 } },
    config('settings', { a: '1' }, 'order'),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'order' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'pass', namespace: 'order' }, stringData: { word: 'hunter2-hunter2' } },
    widgets('one.example.org'), namespace('order'),
  ];
  const wanted = ['create CustomResourceDefinition widgets.one.example.org', 'create Namespace order', 'create Widget w', 'create ConfigMap order/settings', 'create Service order/web', 'create Secret order/pass'];
  t.deepEqual((await apply(definition, {}, true)).summaries, wanted);
  t.is((await session.ask(['kubectl', 'get', 'namespace', 'order'])).code, 1, 'a dry run makes nothing');
  const made = await apply(definition);
  t.is(made.kind, 'changed', made.message);
  t.deepEqual(made.summaries, wanted);
  t.is((await ask('get', 'widget', 'w')).spec.size, 3);
  t.false(JSON.stringify(made.result).includes('hunter2'));
  t.false(JSON.stringify(made.result).includes(Buffer.from('hunter2-hunter2').toString('base64')));
  const again = await apply(definition);
  t.deepEqual([again.kind, again.summaries], ['ok', []]);
  t.deepEqual(new Set(changeOf(again)), new Set(['CustomResourceDefinition unchanged', 'Namespace unchanged', 'Widget unchanged', 'ConfigMap unchanged', 'Service unchanged', 'Secret unchanged']));
  const gone = await apply(definition, { state: 'absent', wait: true });
  t.is(gone.kind, 'changed', gone.message);
  t.deepEqual(gone.summaries.map((each) => each.split(' ').slice(0, 2).join(' ')), ['delete Secret', 'delete Service', 'delete ConfigMap', 'delete Widget', 'delete Namespace', 'delete CustomResourceDefinition']);
  t.is((await session.ask(['kubectl', 'get', 'namespace', 'order'])).code, 1);
  t.deepEqual((await apply(definition, { state: 'absent' })).summaries, []);
});

real('what becomes of what an object owns is the caller\'s to say: it stays, or is gone when the task ends', async (t) => {
  const config = (name: string, owners: readonly object[] = []) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system', ownerReferences: owners } });
  const owned = async (): Promise<boolean> => (await session.ask(['kubectl', '-n', 'kube-system', 'get', 'configmap', 'owned'])).code === 0;
  for (const [propagationPolicy, stays] of [['Orphan', true], ['Foreground', false]] as const) {
    await apply(config('owner'));
    const { uid } = (await ask('-n', 'kube-system', 'get', 'configmap', 'owner')).metadata;
    await apply(config('owned', [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid, blockOwnerDeletion: true }]));
    const gone = await apply(config('owner'), { state: 'absent', delete_options: { propagationPolicy }, wait: true });
    t.is(gone.kind, 'changed', gone.message);
    t.is(await owned(), stays, propagationPolicy);
  }
});

real('a difference is shown as it is and as it would be; fields that nobody names stay', async (t) => {
  t.timeout(2 * minutes);
  await apply(config('diff', { a: '1', b: '2' }));
  await run(['annotate', 'configmap', 'diff', 'someone=else']);
  const call = { module: kubectl as unknown as Module, params: kubectl.params.parse({ definition: config('diff', { a: '1', b: '3' }) }), here: { check: true, host: 'cp1' } as never };
  const looked = await look(call, session);
  if (looked.kind !== 'planned') return t.fail(JSON.stringify(looked));
  const [change] = looked.plan.changes;
  t.is(change!.summary, 'change ConfigMap default/diff');
  t.is(change!.before, 'apiVersion: v1\ndata:\n  a: \'1\'\n  b: \'2\'\nkind: ConfigMap\nmetadata:\n  name: diff\n  namespace: default\n  annotations:\n    someone: else\n');
  t.is(change!.after, change!.before!.replace("b: '2'", "b: '3'"));
  t.is((await apply(config('diff', { a: '1' }))).kind, 'changed');
  const { data, metadata } = await ask('get', 'configmap', 'diff');
  t.deepEqual([data, metadata.annotations], [{ a: '1' }, { someone: 'else' }], 'what we no longer name is taken away, what others have set stays');
});

real('data of a Secret is in no diff, but that it changes is', async (t) => {
  t.timeout(2 * minutes);
  const secret = (word: string): Asked => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, data: { word: Buffer.from(word).toString('base64'), same: 'c2FtZQ==' } });
  await apply(secret('first-secret'));
  const call = { module: kubectl as unknown as Module, params: kubectl.params.parse({ definition: secret('other-secret') }), here: { check: true, host: 'cp1' } as never };
  const looked = await look(call, session);
  if (looked.kind !== 'planned') return t.fail();
  const [change] = looked.plan.changes;
  t.regex(change!.after!, /same: \(hidden\)\n {2}word: \(hidden, changed\)/);
  for (const word of ['first-secret', 'other-secret']) t.false(`${change!.before}${change!.after}${JSON.stringify(looked.plan.result)}`.includes(Buffer.from(word).toString('base64')));
});

real('drift is put right; what others have set is a conflict that names who, or is taken over where that is asked', async (t) => {
  t.timeout(3 * minutes);
  const wanted = deployment('drift', 'default');
  await apply(wanted);
  await run(['patch', 'deployment', 'drift', '-p', '{"spec":{"replicas":4}}']);
  const refused = await apply([wanted, config('beside', {})]);
  t.is(refused.kind, 'failed');
  t.regex(refused.message!, /^Deployment default\/drift is refused: Apply failed with 1 conflict: conflict with "kubectl-patch" using apps\/v1: \.spec\.replicas$/);
  t.is((await session.ask(['kubectl', 'get', 'configmap', 'beside'])).code, 1, 'and nothing else was touched');
  const taken = await apply(wanted, { server_side_apply: { force_conflicts: true } });
  t.deepEqual(taken.summaries, ['change Deployment default/drift']);
  t.is((await ask('get', 'deployment', 'drift')).spec.replicas, 1);
  t.deepEqual((await apply(wanted)).summaries, []);
});

real('an object that someone else made just so is taken charge of, once', async (t) => {
  t.timeout(2 * minutes);
  await run(['create', '-f', '-'], config('found', { a: '1' }));
  t.deepEqual((await apply(config('found', { a: '1' }))).summaries, ['take charge of ConfigMap default/found']);
  t.deepEqual((await apply(config('found', { a: '1' }))).summaries, []);
  const managers = (await ask('get', 'configmap', 'found')).metadata.managedFields.map((each: any) => `${each.manager} ${each.operation}`);
  t.deepEqual(managers.sort(), ['kplay Apply', 'kubectl-create Update']);
});

real('what the cluster refuses is said with the name of the object, before anything is made', async (t) => {
  t.timeout(3 * minutes);
  const refused = await apply([config('good', {}), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'Bad_Name' }, spec: { ports: [{ port: 80 }] } }, deployment('wrong', 'default', { replicaz: 1 })]);
  t.is(refused.kind, 'failed');
  t.regex(refused.message!, /Service default\/Bad_Name is refused: .*metadata\.name: Invalid value/);
  t.regex(refused.message!, /Deployment default\/wrong is refused: .*\.spec\.replicaz: field not declared in schema/);
  t.false(refused.message!.includes('ConfigMap'));
  t.is((await session.ask(['kubectl', 'get', 'configmap', 'good'])).code, 1);
});

real('a namespace or a kind that is nowhere is a failure, unless an earlier task of a dry run brings it', async (t) => {
  t.timeout(4 * minutes);
  const inside = config('a', {}, 'later');
  t.regex((await apply(inside)).message!, /the cluster has no namespace later/);
  const widget = { apiVersion: 'two.example.org/v1', kind: 'Widget', metadata: { name: 'w' } };
  const missing = await apply(widget);
  t.deepEqual([missing.kind, missing.message], ['missing', 'the cluster knows no Widget of two.example.org/v1']);
  const foresight = openForesight();
  const dry = (definition: unknown): Promise<Tried> => tryModule(kubectl, { definition }, { session, check: true, foresight });
  await dry([namespace('later'), widgets('two.example.org')]);
  for (const name of ['v1/Namespace//later', 'two.example.org/v1 Widget']) t.deepEqual(foresight.maker({ kind: 'object', name }), { task: 'earlier task', certain: true }, name);
  t.deepEqual(foresight.maker({ kind: 'object', name: 'v1/Namespace//other' }), { task: 'earlier task', certain: false }, 'what is put into a cluster may put more there');
});

real('in a dry run, what an earlier task deletes is to be made anew, with all that is in a namespace', async (t) => {
  t.timeout(3 * minutes);
  const both = [namespace('again'), config('a', {}, 'again')];
  await apply(both);
  const foresight = openForesight();
  const dry = (asked: Asked): Promise<Tried> => tryModule(kubectl, asked, { session, check: true, foresight });
  t.deepEqual((await dry({ definition: namespace('again'), state: 'absent' })).summaries, ['delete Namespace again']);
  t.deepEqual((await dry({ definition: both })).summaries, ['create Namespace again', 'create ConfigMap again/a']);
  t.deepEqual((await dry({ definition: both })).summaries, [], 'and then it is there');
});

real('objects come from files, folders, templates, the host and addresses, each by its checksum where it has one', async (t) => {
  t.timeout(4 * minutes);
  const folder = await tempFolder(t);
  const text = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
  await mkdir(path.join(folder, 'all/deeper'), { recursive: true });
  await writeFile(path.join(folder, 'all/a.yaml'), `${text('f1')}---\n# nothing\n---\n${text('f2')}`);
  await writeFile(path.join(folder, 'all/deeper/b.json'), JSON.stringify(config('f3', {})));
  await writeFile(path.join(folder, 'all/readme.txt'), 'no object');
  const server = createServer((_, response) => response.end(text('f4')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/x.yaml`;
  const sum = 'a'.repeat(64);
  const dry = (asked: Asked): Promise<Tried> => tryModule(kubectl, asked, { session, check: true });
  const files = ['create ConfigMap default/f1', 'create ConfigMap default/f2', 'create ConfigMap default/f3'];
  t.deepEqual((await dry({ src: path.join(folder, 'all') })).summaries, files);
  t.deepEqual((await dry({ src: path.join(folder, 'all'), remote_src: true })).summaries, files);
  t.deepEqual((await dry({ template: path.join(folder, 'all/a.yaml') })).summaries, files.slice(0, 2));
  t.deepEqual((await dry({ url, namespace: 'kube-system' })).summaries, ['create ConfigMap kube-system/f4']);
  t.regex((await dry({ url, checksum: `sha256:${sum}` })).message!, /x\.yaml has the sha256 [0-9a-f]{64}, expected a{64}/);
  t.is((await dry({ src: path.join(folder, 'none.yaml'), remote_src: true })).kind, 'missing');
  t.deepEqual((await dry({ kind: 'Namespace', name: 'bare' })).summaries, ['create Namespace bare']);
  t.regex((await dry({ definition: 'a: 1' })).message!, /the definition has no apiVersion/);
});

real('a rollout is waited for, and where it does not come the failure says what its pods wait for', async (t) => {
  t.timeout(4 * minutes);
  const wanted = deployment('slow', 'default');
  const late = tryModule(kubectl, { definition: wanted, wait: true, wait_timeout: 20 }, { session });
  const pod = await podOf('default', 'slow');
  await tellPod('default', pod.metadata.name, { phase: 'Pending', containerStatuses: [{ name: 'web', image: 'x', imageID: '', ready: false, restartCount: 2, state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } } }] });
  await run(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e1', namespace: 'default' }, involvedObject: { kind: 'Pod', name: pod.metadata.name, namespace: 'default' }, type: 'Warning', reason: 'Failed', message: 'Failed to pull image', lastTimestamp: new Date().toISOString(), count: 7, reportingComponent: '', source: {} });
  const failed = await late;
  t.is(failed.kind, 'failed');
  t.regex(failed.message!, /^not ready after \d+ s: Deployment default\/slow: 0 of 1 pods are available$/);
  const evidence = await kubectl.evidence!(kubectl.params.parse({ definition: wanted }), session, { now: () => Date.now() } as never);
  t.is(evidence[0]!.text, `default/${pod.metadata.name}: Pending: web waits: ImagePullBackOff: Back-off pulling image "x", started 3 times`);
  t.regex(evidence[1]!.text, new RegExp(`s ago, Pod ${pod.metadata.name}: Warning Failed: Failed to pull image \\(7 times\\)$`, 'm'));
  t.is((await tryModule(kubectl, { definition: wanted, wait: true }, { session, check: true })).kind, 'ok', 'a dry run does not wait');
  const coming = tryModule(kubectl, { definition: wanted, wait: true, wait_timeout: 60 }, { session });
  await tellPod('default', pod.metadata.name, fine);
  const done = await coming;
  t.deepEqual([done.kind, done.summaries], ['ok', []], done.message);
  t.deepEqual(await kubectl.evidence!(kubectl.params.parse({ definition: wanted }), session, { now: () => Date.now() } as never), [], 'nothing is told of what is ready');
});

real('a job that has failed is not waited for any longer', async (t) => {
  t.timeout(2 * minutes);
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'broken', namespace: 'default' }, spec: { backoffLimit: 0, template: { metadata: { labels: { app: 'broken' } }, spec: { restartPolicy: 'Never', containers: [container] } } } };
  const waiting = tryModule(kubectl, { definition: job, wait: true, wait_timeout: 100 }, { session });
  const pod = await podOf('default', 'broken');
  await tellPod('default', pod.metadata.name, { phase: 'Failed' });
  t.regex((await waiting).message!, /Job default\/broken will not get ready: /);
});

real('kubectl_info gives objects as they are, by kind, name and selector; Secrets are hidden from then on', async (t) => {
  t.timeout(3 * minutes);
  await apply([{ ...config('i1', { a: '1' }), metadata: { name: 'i1', namespace: 'default', labels: { of: 'info' } } }, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'i2', namespace: 'default' }, stringData: { word: 'tell-nobody' } }]);
  const read = async (asked: Asked): Promise<Tried> => tryModule(info, asked, { session });
  const names = (tried: Tried): string[] => (tried.result['resources'] as any[]).map(({ metadata }) => metadata.name);
  const found = await read({ kind: 'ConfigMap', api_version: 'v1', name: 'i1' });
  t.like((found.result['resources'] as any[])[0], { kind: 'ConfigMap', data: { a: '1' } });
  t.false('managedFields' in (found.result['resources'] as any[])[0].metadata);
  t.deepEqual(names(await read({ kind: 'configmaps', label_selectors: 'of=info' })), ['i1']);
  t.deepEqual(names(await read({ kind: 'ConfigMap', name: ['i1', 'none'] })), ['i1']);
  t.deepEqual(names(await read({ kind: 'Pod', field_selectors: 'metadata.name=none' })), []);
  t.deepEqual((await read({ kind: 'Secret', name: 'i2' })).result['secret_values'], ['dGVsbC1ub2JvZHk=', 'tell-nobody']);
  t.deepEqual(info.secrets, ['secret_values']);
  t.is((await read({ kind: 'Widget', api_version: 'three.example.org/v1' })).kind, 'missing');
  t.regex((await read({ kind: 'ConfigMap', name: 'none', wait: true, wait_timeout: 1 })).message!, /^not as asked after \d s: none is not there$/);
  const coming = read({ kind: 'ConfigMap', name: 'i3', wait: true, wait_timeout: 60 });
  await apply(config('i3', {}));
  t.deepEqual(names(await coming), ['i3'], 'what was waited for is in the result');
});

const node = (name: string): Asked => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} });
const tainted = async (name: string): Promise<string[]> => ((await ask('get', 'node', name)).spec.taints ?? []).map((each: any) => `${each.key}=${each.value ?? ''}:${each.effect}`).filter((each: string) => !each.startsWith('node.kubernetes.io/')).sort();

real('labels, annotations and taints are set and taken away, and no others', async (t) => {
  t.timeout(4 * minutes);
  await run(['create', '-f', '-'], node('n1'));
  await run(['label', 'node', 'n1', 'keep=me', 'old=x']);
  const twice = async (module: Module<any, any>, asked: Asked): Promise<string[][]> => [(await tryModule(module, asked, { session })).summaries, (await tryModule(module, asked, { session })).summaries].map((each) => [...each]);
  t.deepEqual(await twice(label, { name: 'n1', labels: { disk: 'fast', count: 3, old: null, none: null } }), [['label Node n1: disk=fast, count=3, without old'], []]);
  t.like((await ask('get', 'node', 'n1')).metadata.labels, { keep: 'me', disk: 'fast', count: '3', old: undefined });
  t.deepEqual(await twice(annotate, { name: 'n1', annotations: { 'example.org/note': 'two words' } }), [['annotate Node n1: example.org/note=two words'], []]);
  await run(['taint', 'node', 'n1', 'stay=1:NoExecute']);
  t.deepEqual(await twice(taint, { name: 'n1', taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }, { key: 'bare', effect: 'PreferNoSchedule' }] }), [['taint Node n1: gpu=yes:NoSchedule, bare:PreferNoSchedule'], []]);
  t.deepEqual(await twice(taint, { name: 'n1', taints: [{ key: 'gpu', value: 'no', effect: 'NoSchedule' }] }), [['taint Node n1: gpu=no:NoSchedule'], []]);
  t.deepEqual(await twice(taint, { name: 'n1', taints: [{ key: 'bare' }], state: 'absent' }), [['taint Node n1: without bare:PreferNoSchedule'], []]);
  t.deepEqual(await twice(taint, { name: 'n1', taints: [{ key: 'gpu', value: 'no', effect: 'NoSchedule' }], replace: true }), [['taint Node n1: without stay:NoExecute'], []]);
  t.deepEqual(await tainted('n1'), ['gpu=no:NoSchedule']);
  const none = await tryModule(label, { kind: 'ConfigMap', name: 'nowhere', labels: { a: 'b' } }, { session });
  t.deepEqual([none.kind, none.message], ['missing', 'the cluster has no ConfigMap nowhere']);
  const call = { module: label as unknown as Module, params: label.params.parse({ name: 'n9', labels: { a: 'b' } }), here: { check: true, host: 'cp1' } as never };
  const looked = await look(call, session);
  t.like(looked, { kind: 'planned', plan: { changes: [], again: 'n9, which is not in the cluster yet' } }, 'a node may be yet to join');
});

/** A pod on a node that no kubelet looks after; `app` names the ReplicaSet that it is said to be of. */
async function putPod(name: string, app: string | undefined, more: Asked = {}): Promise<void> {
  const owner = app && { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: app, uid: (await ask('get', 'replicaset', app)).metadata.uid, controller: true }] };
  await run(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels: { app: app ?? name }, ...owner }, spec: { nodeName: 'n2', automountServiceAccountToken: false, tolerations: [{ operator: 'Exists' }], containers: [container], ...more } });
  await tellPod('default', name, fine);
}

const replicaSet = (name: string): Asked => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, namespace: 'default' }, spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [container] } } } });

real('a drain honours disruption budgets, and names the pods and budgets that hold it up', async (t) => {
  t.timeout(5 * minutes);
  await run(['create', '-f', '-'], node('n2'));
  for (const name of ['held', 'free']) await run(['create', '-f', '-'], replicaSet(name));
  await putPod('held-1', 'held');
  await putPod('free-1', 'free');
  await run(['create', '-f', '-'], { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: { name: 'budget', namespace: 'default' }, spec: { minAvailable: 2, selector: { matchLabels: { app: 'held' } } } });
  await eventually(async () => ((await ask('get', 'pdb', 'budget')).status?.observedGeneration === 1 ? true : undefined));
  const asked = { name: 'n2', delete_options: { wait_timeout: 6, terminate_grace_period: 0 } };
  t.deepEqual((await tryModule(drain, asked, { session, check: true })).summaries, ['let no new pods onto n2', 'take 2 pods off n2: default/free-1, default/held-1']);
  const failed = await tryModule(drain, asked, { session });
  t.is(failed.kind, 'failed');
  t.regex(failed.message!, /^n2 is not drained after \d+ s: default\/held-1 is held by the PodDisruptionBudget budget \(1 of 2 pods are healthy, 2 must be\)$/);
  t.true((await ask('get', 'node', 'n2')).spec.unschedulable);
  t.is((await session.ask(['kubectl', 'get', 'pod', 'free-1'])).code, 1, 'what may go is gone');
  await run(['delete', 'pdb', 'budget']);
  t.deepEqual((await tryModule(drain, asked, { session })).summaries, ['take 1 pod off n2: default/held-1']);
  t.deepEqual((await tryModule(drain, asked, { session })).summaries, []);
  t.deepEqual((await tryModule(drain, { name: 'n2', state: 'uncordon' }, { session })).summaries, ['let pods onto n2 again']);
  t.deepEqual((await tryModule(drain, { name: 'n2', state: 'uncordoned' }, { session })).summaries, []);
  t.deepEqual((await tryModule(drain, { name: 'n2', state: 'cordoned' }, { session })).summaries, ['let no new pods onto n2']);
  t.deepEqual((await tryModule(drain, { name: 'n2', state: 'cordoned' }, { session })).summaries, []);
});

real('a drain that would lose something is refused beforehand, in a dry run too', async (t) => {
  t.timeout(2 * minutes);
  await putPod('alone', undefined);
  await putPod('local', 'free', { volumes: [{ name: 'd', emptyDir: {} }] });
  for (const check of [true, false]) {
    const refused = await tryModule(drain, { name: 'n2' }, { session, check });
    t.is(refused.kind, 'failed');
    t.regex(refused.message!, /^n2 cannot be drained: default\/alone would be lost, since nothing makes it anew elsewhere .*; default\/local has data in an emptyDir/);
  }
  const forced = await tryModule(drain, { name: 'n2', delete_options: { force: true, delete_emptydir_data: true, terminate_grace_period: 0, wait_timeout: 30 } }, { session });
  t.is(forced.kind, 'changed', forced.message);
});

async function withoutKubectl(t: ExecutionContext): Promise<Session> {
  const folder = await tempFolder(t);
  await writeFile(path.join(folder, 'command'), '');
  await chmod(folder, 0o755);
  return session;
}

real('a host without a kubeconfig lacks it; a dry run knows what would be done were it there', async (t) => {
  t.timeout(minutes);
  const call = { module: kubectl as unknown as Module, params: kubectl.params.parse({ definition: [config('x', {}), namespace('y')], kubeconfig: '/none/admin.conf' }), here: { check: true, host: 'cp1' } as never };
  const looked = await look(call, await withoutKubectl(t));
  if (looked.kind !== 'missing') return t.fail(JSON.stringify(looked));
  t.deepEqual([looked.missing.thing, looked.missing.plan!.changes.map(({ summary }) => summary)], [{ kind: 'path', name: '/none/admin.conf' }, ['create Namespace y', 'create ConfigMap default/x']]);
  for (const [module, asked] of [[info, { kind: 'Node' }], [label, { name: 'a', labels: { b: 'c' } }], [taint, { name: 'a', taints: [] }], [drain, { name: 'a' }]] as const) {
    t.is((await tryModule(module as unknown as Module, { ...asked, kubeconfig: '/none/admin.conf' }, { session })).kind, 'missing');
  }
});

real('nothing is kept on the host of what was asked', async (t) => {
  t.timeout(minutes);
  const home = await tempFolder(t);
  const asking: Session = { ...session, ask: (argv, options = {}) => session.ask(argv, { ...options, env: { ...options.env, HOME: home } }) };
  await tryModule(kubectl, { definition: config('trace', {}) }, { session: asking, check: true });
  t.is((await session.ask(['find', home, '-mindepth', '1'])).stdout.toString(), '');
});

real('an API that does not answer is a failure that says so, and one that is away for a moment is waited for', async (t) => {
  t.timeout(3 * minutes);
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'away', namespace: 'default' }, spec: { containers: [container] } };
  const waiting = tryModule(kubectl, { definition: pod, wait: true, wait_timeout: 120 }, { session });
  await eventually(async () => ((await session.ask(['kubectl', 'get', 'pod', 'away'])).code === 0 ? true : undefined));
  await api.pause();
  t.regex((await apply(config('down', {}))).message!, /^the cluster does not answer: The connection to the server 127\.0\.0\.1:\d+ was refused/);
  await api.goOn();
  await tellPod('default', 'away', fine);
  t.is((await waiting).kind, 'changed', (await waiting).message);
});
