/** Definitions of Kubernetes objects: how they are read, placed, changed before they are applied, and compared; without a cluster. */
import test from 'ava';
import { diffTexts, isSame, isSameOwner } from '../../modules/shared/kubectl-compare.ts';
import { complaintOf, warningsOf } from '../../modules/shared/kubectl-command.ts';
import { placedImage, withImages } from '../../modules/shared/kubectl-images.ts';
import { keyOf, nameOf, readObjects, type KubeObject } from '../../modules/shared/kubectl-object.ts';
import { withPatches } from '../../modules/shared/kubectl-patch.ts';
import { placeObjects } from '../../modules/shared/kubectl-place.ts';
import { resourceWord } from '../../modules/shared/kubectl-ask.ts';

const config = (name: string, more: object = {}): Record<string, unknown> => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more } });
const read = (...documents: unknown[]): KubeObject[] => readObjects(documents, 'x.yml');

test('lists are taken apart, and a status is no part of what is asked', (t) => {
  const objects = read({ apiVersion: 'v1', kind: 'List', items: [config('a'), { apiVersion: 'v1', kind: 'ConfigMapList', items: [config('b')] }] }, [config('c'), { ...config('d'), status: { x: 1 } }]);
  t.deepEqual(objects.map(nameOf), ['ConfigMap a', 'ConfigMap b', 'ConfigMap c', 'ConfigMap d']);
  t.false('status' in objects[3]!);
});

const bad: readonly (readonly [unknown, RegExp])[] = [
  ['text', /^document 2 of x.yml is no object of Kubernetes, but a string$/],
  [{ kind: 'Pod' }, /^document 2 of x.yml has no apiVersion$/],
  [{ apiVersion: 'v1' }, /^document 2 of x.yml has no kind$/],
  [{ apiVersion: 'v1', kind: 'Pod' }, /^document 2 of x.yml \(Pod\) has no metadata$/],
  [{ apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'x-' } }, /has generateName and no name: each run would make another$/],
  [{ apiVersion: 'v1', kind: 'Pod', metadata: {} }, /^document 2 of x.yml \(Pod\) has no metadata.name$/],
  [config('ok'), /^x.yml defines ConfigMap ok twice$/],
];

for (const [document, message] of bad) {
  test(`what is no object is told with its place: ${message.source}`, (t) => {
    t.throws(() => read(config('ok'), document), { message });
  });
}

test('a port of a Service without a protocol is one of TCP', (t) => {
  const [service] = read({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }] } });
  t.deepEqual((service!['spec'] as { ports: unknown }).ports, [{ port: 80, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }]);
});

test('objects go where their kind belongs: their own namespace, the one that is asked for, default, or none', (t) => {
  const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'x' }, spec: { group: 'example.org', scope: 'Cluster', names: { kind: 'Thing' } } };
  const objects = read(config('own', { namespace: 'a' }), config('asked'), { apiVersion: 'example.org/v1', kind: 'Thing', metadata: { name: 'whole', namespace: 'lost' } }, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'role', namespace: 'lost' } }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } }, definition);
  const placed = (namespace: string | undefined): string[] => placeObjects(objects, new Map(), namespace).map(({ object, isKnown, comesAlong }) => `${nameOf(object)}${isKnown ? '' : comesAlong ? ' comes along' : ' unknown'}`);
  t.deepEqual(placed('b'), ['Namespace n', 'CustomResourceDefinition x', 'ConfigMap a/own', 'ConfigMap b/asked', 'Thing whole comes along', 'ClusterRole role']);
  t.is(placed(undefined)[3], 'ConfigMap default/asked');
});

test('a kind that the cluster tells of is placed as it says', (t) => {
  const kinds = new Map([['example.org/v1', new Map([['Thing', { namespaced: false }], ['Part', { namespaced: true }]])]]);
  const objects = ['Thing', 'Part', 'Other'].map((kind) => ({ apiVersion: 'example.org/v1', kind, metadata: { name: 'x' } }));
  t.deepEqual(placeObjects(read(...objects), kinds, undefined).map(({ object, isKnown }) => [nameOf(object), isKnown]), [['Thing x', true], ['Part default/x', true], ['Other default/x', false]]);
});

const images: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['quay.io/calico/node:v3', { 'quay.io': 'm.example/quay.io' }, 'm.example/quay.io/calico/node:v3'],
  ['quay.io/calico/node:v3', { 'quay.io': 'a', 'quay.io/calico': 'b' }, 'b/node:v3'],
  ['nginx', { 'docker.io': 'm.example' }, 'm.example/library/nginx'],
  ['rancher/x:1', { 'docker.io/rancher/x': 'm.example/y' }, 'm.example/y:1'],
  ['quay.io.example/x', { 'quay.io': 'm.example' }, 'quay.io.example/x'],
  ['registry.k8s.io/a/b:v1@sha256:00', { 'registry.k8s.io/a': 'm.example/a' }, 'm.example/a/b:v1@sha256:00'],
  ['localhost/x', { 'docker.io': 'm.example' }, 'localhost/x'],
  ['busybox:1', { 'docker.io': 'docker.io' }, 'busybox:1'],
];

for (const [image, places, wanted] of images) {
  test(`the image ${image} with ${JSON.stringify(places)} is ${wanted}`, (t) => {
    t.is(placedImage(image, places), wanted);
  });
}

test('images are replaced where containers are, and nowhere else', (t) => {
  const spec = (image: string): object => ({ initContainers: [{ name: 'i', image }], containers: [{ name: 'c', image, env: [{ name: 'X', value: image }] }] });
  const [object] = read({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'x', annotations: { image: 'nginx' } }, spec: { jobTemplate: { spec: { template: { spec: spec('nginx') } } } } });
  const text = JSON.stringify(withImages(object!, { 'docker.io': 'm' }));
  t.deepEqual(text.match(/"image":"[^"]*"/g), ['"image":"nginx"', '"image":"m/library/nginx"', '"image":"m/library/nginx"']);
  t.true(text.includes('"value":"nginx"'));
});

test('a patch is merged into the object of its name: fields, lists by name, null takes away', (t) => {
  const daemons = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd', namespace: 'n' }, spec: { template: { spec: { containers: [{ name: 'a', image: 'x', args: ['1', '2'], env: [{ name: 'A', value: '1' }] }, { name: 'b' }] } } } };
  const patch = { kind: 'DaemonSet', metadata: { name: 'd' }, spec: { template: { spec: { containers: [{ name: 'a', image: null, args: ['3'], env: [{ name: 'A', value: '2' }, { name: 'B', value: '3' }] }] } } } };
  const [patched, other] = withPatches(read(daemons, config('d')), [patch]);
  t.deepEqual(patched!['spec'], { template: { spec: { containers: [{ name: 'a', args: ['3'], env: [{ name: 'A', value: '2' }, { name: 'B', value: '3' }] }, { name: 'b' }] } } });
  t.deepEqual(other, read(config('d'))[0]);
});

test('a patch for what is not there is a mistake, and names what is there', (t) => {
  const error = t.throws(() => withPatches(read(config('a', { namespace: 'n' })), [{ kind: 'ConfigMap', metadata: { name: 'a', namespace: 'other' } }]));
  t.is(error.message, 'a patch is for ConfigMap other/a, which is not among the objects');
  t.is((error as { hint?: string }).hint, 'there are ConfigMap n/a');
});

const stored = (more: object, metadata: object = {}): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'n', ...metadata }, ...more });

test('what the cluster keeps for itself is no difference', (t) => {
  const one = stored({ data: { a: '1' }, status: { x: 1 } }, { uid: '1', resourceVersion: '5', generation: 1, creationTimestamp: 'x', managedFields: [], annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } });
  const other = stored({ data: { a: '1' }, status: { x: 2 } }, { uid: '2', resourceVersion: '6', generation: 2, managedFields: [1] });
  t.true(isSame(one, other));
  t.false(isSame(one, stored({ data: { a: '1' } }, { labels: { x: 'y' } })));
  t.false(isSame(one, stored({ data: { a: '2' } })));
});

test('who is on record for which fields is a difference of its own', (t) => {
  const by = (manager: string, fields: object, operation = 'Apply'): KubeObject => stored({}, { managedFields: [{ manager, operation, apiVersion: 'v1', time: String(Math.random()), fieldsV1: fields }] });
  t.true(isSameOwner(by('kplay', { a: {}, b: {} }), by('kplay', { b: {}, a: {} }), 'kplay'));
  t.false(isSameOwner(by('kplay', { a: {} }), by('kplay', { a: {}, b: {} }), 'kplay'));
  t.false(isSameOwner(by('other', { a: {} }), by('kplay', { a: {} }), 'kplay'));
  t.false(isSameOwner(by('kplay', { a: {} }, 'Update'), by('kplay', { a: {} }), 'kplay'));
});

test('no data of a Secret is in a diff, and data that changes is told from data that stays', (t) => {
  const secret = (data: object): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"a":"old"}}' } }, data });
  const { before, after } = diffTexts(secret({ a: 'old', b: 'same', d: 'gone' }), secret({ a: 'new', b: 'same', c: 'added' }));
  t.deepEqual(before.match(/ {2}\w: .*/g), ['  a: (hidden)', '  b: (hidden)', '  d: (hidden)']);
  t.deepEqual(after.match(/ {2}\w: .*/g), ['  a: (hidden, changed)', '  b: (hidden)', '  c: (hidden)']);
  t.false(/old|new|same|added|gone/.test(before + after));
});

test('kubectl is told the very kind that is meant', (t) => {
  t.is(resourceWord('Deployment', 'apps/v1'), 'Deployment.v1.apps');
  t.is(resourceWord('Pod', 'v1'), 'Pod.v1.');
  t.is(resourceWord('nodes', undefined), 'nodes');
  for (const kind of ['pod/x', '--all', 'a,b', '']) t.throws(() => resourceWord(kind, undefined), { message: /is not a kind of objects/ });
});

test('an object is told from all others by its API, kind, namespace and name', (t) => {
  t.is(keyOf(stored({})), 'v1/ConfigMap/n/a');
  t.is(keyOf({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }), 'v1/Node//n1');
});

const said = (stderr: string, code = 1): string => complaintOf({ code, stderr: Buffer.from(stderr) });

test('a complaint is what kubectl says without its advice, warnings and log lines', (t) => {
  const advice = 'Please review the fields above--they currently have other managers. Here\nare the ways you can resolve this warning:\n* If you do\nSee http://k8s.io/docs/reference/using-api/api-concepts/#conflicts\n';
  t.is(said(`error: Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas\n${advice}`), 'Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas');
  t.is(said(`Error from server (Invalid): Service "a" is invalid: x\nApply failed with 2 conflicts: conflicts with "b":\n- .spec.x\n- .spec.y\n${advice}`), 'Service "a" is invalid: x; Apply failed with 2 conflicts: conflicts with "b": .spec.x .spec.y');
  t.is(said('W1129 14:00:00.000000   1 x.go:1] old\nWarning: v1beta1 is deprecated\nError from server (NotFound): namespaces "n" not found\n'), 'namespaces "n" not found');
  t.is(said('error: unable to recognize "STDIN": no matches for kind "W" in version "a/v1"'), 'no matches for kind "W" in version "a/v1"');
  t.is(said('', 7), 'kubectl ended with code 7 and without a word');
  t.is(said('', 124), 'kubectl ran out of time');
  t.deepEqual(warningsOf({ stderr: Buffer.from('Warning: v1beta1 is deprecated\nother\n') }), ['v1beta1 is deprecated']);
});
