/** When objects count as ready, what is told of pods that are not, and what a drain may take: judged by what an API says of them. */
import test from 'ava';
import { holdersOf, sortPods } from '../../modules/shared/kubectl-drain.ts';
import type { KubeObject } from '../../modules/shared/kubectl-object.ts';
import { eventLine, isFine, podLine } from '../../modules/shared/kubectl-pods.ts';
import { isLate, whyNotReady } from '../../modules/shared/kubectl-ready.ts';
import { selects } from '../../modules/shared/kubectl-selector.ts';

const object = (kind: string, status: object = {}, spec: object = {}, metadata: object = {}): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'n', generation: 2, ...metadata }, spec, status });
const seen = { observedGeneration: 2 };

const rows: readonly (readonly [string, KubeObject, string | undefined])[] = [
  ['a Deployment that is rolled out', object('Deployment', { ...seen, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }, { replicas: 2 }), undefined],
  ['one without replicas', object('Deployment', seen, { replicas: 0 }), undefined],
  ['one that its controller has not seen', object('Deployment', { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }), 'its controller has not seen it yet'],
  ['one in which pods are still of the old kind', object('Deployment', { ...seen, replicas: 3, updatedReplicas: 1, availableReplicas: 3 }, { replicas: 3 }), '1 of 3 pods are up to date'],
  ['one in which old pods have not gone', object('Deployment', { ...seen, replicas: 3, updatedReplicas: 2, availableReplicas: 3 }, { replicas: 2 }), '1 old pods are still there'],
  ['one whose pods do not run', object('Deployment', { ...seen, replicas: 2, updatedReplicas: 2, availableReplicas: 1 }, { replicas: 2 }), '1 of 2 pods are available'],
  ['a DaemonSet that is rolled out', object('DaemonSet', { ...seen, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }), undefined],
  ['one for which there is no node', object('DaemonSet', { ...seen, desiredNumberScheduled: 0 }), undefined],
  ['one that nobody has looked at', object('DaemonSet'), 'its controller has not seen it yet'],
  ['one that lacks pods', object('DaemonSet', { ...seen, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 1 }), '1 of 3 pods are available'],
  ['one that changes pods only when they go', object('DaemonSet', { ...seen, desiredNumberScheduled: 3, updatedNumberScheduled: 0, numberAvailable: 3 }, { updateStrategy: { type: 'OnDelete' } }), undefined],
  ['a StatefulSet that is rolled out', object('StatefulSet', { ...seen, replicas: 2, readyReplicas: 2, currentRevision: 'a', updateRevision: 'a' }, { replicas: 2 }), undefined],
  ['one in the middle of it', object('StatefulSet', { ...seen, replicas: 3, readyReplicas: 3, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' }, { replicas: 3 }), '1 of 3 pods are up to date'],
  ['one of which a part is kept back', object('StatefulSet', { ...seen, replicas: 3, readyReplicas: 3, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' }, { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } }), undefined],
  ['a Pod that is ready', object('Pod', { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }), undefined],
  ['one that has done its work', object('Pod', { phase: 'Succeeded' }), undefined],
  ['one that is not ready', object('Pod', { phase: 'Running', conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'x' }] }), 'Ready is False (ContainersNotReady: x)'],
  ['a Job that is done', object('Job', { conditions: [{ type: 'Complete', status: 'True' }] }), undefined],
  ['one that is not', object('Job', { active: 1 }), 'it has not come to its end'],
  ['a kind that is served', object('CustomResourceDefinition', { conditions: [{ type: 'Established', status: 'True' }] }), undefined],
  ['one that is not yet', object('CustomResourceDefinition'), 'it has no condition Established yet'],
  ['a Node that is not ready', object('Node', { conditions: [{ type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: 'cni plugin not initialized' }] }), 'Ready is False (KubeletNotReady: cni plugin not initialized)'],
  ['an API behind the API', object('APIService', { conditions: [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }] }), 'Available is False (MissingEndpoints)'],
  ['a Namespace that goes', object('Namespace', { phase: 'Terminating' }), 'it is Terminating'],
  ['what has nothing to get ready', object('ConfigMap'), undefined],
];

for (const [title, each, why] of rows) {
  test(`${title} is ${why === undefined ? 'ready' : `not ready: ${why}`}`, (t) => {
    t.is(whyNotReady(each), why === undefined ? undefined : `${each.kind} n/x: ${why}`);
    t.is(isLate(each), why !== undefined);
  });
}

test('what has failed for good is not waited for', (t) => {
  for (const each of [object('Job', { conditions: [{ type: 'Failed', status: 'True', message: 'too many retries' }] }), object('Pod', { phase: 'Failed', reason: 'Evicted' }), object('CustomResourceDefinition', { conditions: [{ type: 'NamesAccepted', status: 'False', message: 'taken' }] })]) {
    t.throws(() => whyNotReady(each), { message: new RegExp(`^${each.kind} n/x will not get ready: (too many retries|Evicted|taken)$`) });
    t.true(isLate(each));
  }
});

test('a condition that is asked for counts instead of being ready', (t) => {
  const node = object('Node', { conditions: [{ type: 'Ready', status: 'False' }, { type: 'Drained', status: 'True', reason: 'Done' }] });
  t.is(whyNotReady(node, { type: 'Drained', status: 'True' }), undefined);
  t.is(whyNotReady(node, { type: 'Drained', status: 'True', reason: 'Other' }), 'Node n/x: Drained is True (Done)');
  t.is(whyNotReady(node, { type: 'Ready', status: 'False' }), undefined);
});

const pod = (name: string, more: { readonly spec?: object; readonly status?: object; readonly metadata?: object } = {}): KubeObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'n', labels: { app: name }, ...more.metadata }, spec: more.spec ?? {}, status: more.status ?? {} });

test('a pod is told in one line: where it is, and what each container waits for', (t) => {
  t.is(podLine(pod('a', { spec: { nodeName: 'w1' }, status: { phase: 'Pending', containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ImagePullBackOff', message: 'no' } } }] } })), 'n/a on w1: Pending: c waits: ImagePullBackOff: no');
  t.is(podLine(pod('a', { status: { phase: 'Running', containerStatuses: [{ name: 'c', restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 2, reason: 'Error' } } }] } })), 'n/a: Running: c waits: CrashLoopBackOff, started 4 times, ended last with code 2 (Error)');
  t.is(podLine(pod('a', { status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes' }] } })), 'n/a: Pending: Unschedulable: 0/2 nodes');
  t.is(podLine(pod('a', { status: { phase: 'Running', containerStatuses: [{ name: 'c', ready: false, state: { running: {} } }, { name: 'd', ready: true, state: { running: {} } }] } })), 'n/a: Running: c runs and is not ready');
  t.true(isFine(pod('a', { status: { phase: 'Succeeded' } })));
  t.false(isFine(pod('a', { status: { phase: 'Running' } })));
});

test('an event is told in one line, with its age', (t) => {
  const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: 'a' }, type: 'Warning', reason: 'Failed', message: 'two\nlines', lastTimestamp: '2026-01-01T00:00:00Z', count: 4 };
  t.is(eventLine(event, Date.parse('2026-01-01T00:00:07Z')), '7 s ago, Pod a: Warning Failed: two lines (4 times)');
});

test('selectors take in what they say', (t) => {
  const labels = { a: '1', b: '2' };
  for (const selector of [{}, { matchLabels: { a: '1' } }, { matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '9'] }, { key: 'c', operator: 'DoesNotExist' }, { key: 'c', operator: 'NotIn', values: ['1'] }, { key: 'b', operator: 'Exists' }] }]) t.true(selects(selector, labels), JSON.stringify(selector));
  for (const selector of [undefined, { matchLabels: { a: '2' } }, { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['0'] }] }]) t.false(selects(selector, labels), JSON.stringify(selector));
});

const owned = (kind: string): object => ({ ownerReferences: [{ kind, name: 'o', controller: true }] });
const careful = { ignore_daemonsets: true, delete_emptydir_data: false, force: false };
const names = (pods: readonly KubeObject[]): string[] => pods.map(({ metadata }) => metadata.name);

test('a drain takes what others make anew, leaves what belongs to the node, and refuses what would be lost', (t) => {
  const pods = [
    pod('web', { metadata: owned('ReplicaSet') }), pod('daemon', { metadata: owned('DaemonSet') }), pod('static', { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }),
    pod('alone'), pod('done', { status: { phase: 'Succeeded' } }), pod('local', { metadata: owned('StatefulSet'), spec: { volumes: [{ name: 'd', emptyDir: {} }] } }),
  ];
  const first = sortPods(pods, careful);
  t.deepEqual(names(first.going), ['web', 'done']);
  t.deepEqual(first.refused.map((each) => each.split(' ')[0]), ['n/alone', 'n/local']);
  const forced = sortPods(pods, { ignore_daemonsets: false, delete_emptydir_data: true, force: true });
  t.deepEqual([names(forced.going), forced.refused.map((each) => each.split(' ')[0])], [['web', 'alone', 'done', 'local'], ['n/daemon']]);
});

test('what holds a drain up is named: budgets, finalizers, pods that take their time', (t) => {
  const budget = (name: string, app: string): KubeObject => ({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, namespace: 'n' }, spec: { selector: { matchLabels: { app } } }, status: { currentHealthy: 1, desiredHealthy: 1, expectedPods: 2 } });
  t.deepEqual(holdersOf([pod('a'), pod('b'), pod('c', { metadata: { deletionTimestamp: 'x', finalizers: ['f'] } }), pod('d')], [budget('one', 'a'), budget('two', 'b'), budget('three', 'b')]), [
    'n/a is held by the PodDisruptionBudget one (1 of 2 pods are healthy, 1 must be)', 'n/b has more than one budget (two, three), so it cannot be evicted at all',
    'n/c still comes to its end, held by f', 'n/d is still there',
  ]);
});
