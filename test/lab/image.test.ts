/**
 * The module image on real machines, with containerd and with docker of the distribution: images made here, pulled from a registry
 * of the test's own and loaded from archives, each foretold first and nothing to do afterwards.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { labDown } from '../../engine/lab/down.ts';
import { labPaths } from '../../engine/lab/paths.ts';
import { labUp } from '../../engine/lab/up.ts';
import { openForesight } from '../../engine/module/foresight.ts';
import { connect } from '../../engine/session/open.ts';
import { textOf, type Connection, type Session } from '../../engine/session/session.ts';
import image from '../../modules/image.ts';
import packageModule from '../../modules/package.ts';
import { dockerArchive, makeImage, ociArchive, openRegistry, type TestRegistry } from '../support/images.ts';
import { tempFolder, tryModule, type Tried } from '../support/try-module.ts';
import { inside, noLab, testLab } from './test-lab.ts';

const reason = noLab('images');
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-image', '10.232.0', 2);
const address = '10.232.0.1';
const quiet = { report: () => undefined };
const connections: Connection[] = [];
let containerd: Session;
let docker: Session;
let open: TestRegistry;
let closed: TestRegistry;

const [one, two, three] = [makeImage('one'), makeImage('two'), makeImage('three')];
const password = 'pa ss"w$1';

test.before(async () => {
  if (reason) return;
  await labDown(lab, { ...quiet, purge: true });
  await labUp(lab, quiet);
  open = await openRegistry(address, { 'docker.io/library/busy:1': one, 'docker.io/library/busy:2': two, 'team/app:1': one, 'team/app:2': two });
  closed = await openRegistry(address, { 'team/app:1': three }, `me:${password}`);
  const { key, knownHosts } = labPaths(lab);
  [containerd, docker] = await Promise.all(lab.machines.map(async ({ name, address: at }) => {
    const connection = await connect({ host: name, connection: 'ssh', address: at, user: 'root', privateKeyFile: key, knownHostsFile: knownHosts });
    connections.push(connection);
    return connection.session();
  })) as [Session, Session];
  const daemon = { 'insecure-registries': [open.host, closed.host], 'storage-driver': 'vfs' };
  const hosts = (registry: string, url: string) => `mkdir -p '/etc/containerd/certs.d/${registry}' && printf '%s\\n' 'server = "${url.replace(/\/v2.*/, '')}"' '[host."${url}"]' 'capabilities = ["pull", "resolve"]' 'override_path = true' > '/etc/containerd/certs.d/${registry}/hosts.toml'`;
  await Promise.all([
    sh(docker, `mkdir -p /etc/docker && printf '%s' '${JSON.stringify(daemon)}' > /etc/docker/daemon.json`),
    sh(containerd, [hosts('docker.io', `http://${open.host}/v2/docker.io`), ...[open, closed].map(({ host }) => hosts(host, `http://${host}/v2`))].join('\n')),
  ]);
  const installed = await Promise.all([tryModule(packageModule, { name: ['containerd'], install_recommends: false }, { session: containerd }), tryModule(packageModule, { name: ['docker.io'], install_recommends: false }, { session: docker })]);
  for (const { kind, message } of installed) if (kind !== 'changed') throw new Error(message);
});
test.after.always(async () => {
  if (reason) return;
  for (const connection of connections) await connection.close();
  await Promise.all([open?.close(), closed?.close()]);
  await labDown(lab, { ...quiet, purge: true });
});

async function sh(session: Session, script: string): Promise<string> {
  return textOf((await session.ask(['sh', '-c', `exec 2>&1; ${script}`])).stdout);
}

/** What a machine has: names and digests. */
async function store(session: Session): Promise<string> {
  return sh(session, session === docker ? 'docker images --no-trunc --format "{{.Repository}}:{{.Tag}} {{.ID}}" | sort' : 'ctr -n k8s.io images ls | awk \'NR > 1 { print $1, $3 }\' | grep -v ^sha256: | sort');
}

/** Foretold without touching the machine, then done as foretold, then nothing to do. Gives the first run. */
async function settles(t: ExecutionContext, session: Session, params: Record<string, unknown>, says: readonly string[]): Promise<Tried> {
  const before = await store(session);
  const foretold = await tryModule(image, params, { session, check: true });
  t.deepEqual(foretold.summaries, says, foretold.message);
  t.is(await store(session), before, 'a dry run leaves the machine as it is');
  const done = await tryModule(image, params, { session });
  t.is(done.kind, 'changed', [done.message, done.result['stderr']].filter(Boolean).join('\n'));
  t.deepEqual(done.summaries, says);
  const again = await tryModule(image, params, { session });
  t.is(again.kind, 'ok', again.message ?? again.summaries.join('; '));
  t.deepEqual(again.result['images'], done.result['images']);
  t.is(await sh(session, 'ls -d /run/kplay-image* /var/tmp/.kplay-image* 2>/dev/null; :'), '', 'nothing is left behind');
  return done;
}

onLab('containerd pulls by the mirrors of certs.d, once', async (t) => {
  const done = await settles(t, containerd, { name: ['busy:1', 'docker.io/library/busy:2'] }, ['pull docker.io/library/busy:1', 'pull docker.io/library/busy:2']);
  t.deepEqual(done.result['images'], [{ name: 'docker.io/library/busy:1', digest: one.digest }, { name: 'docker.io/library/busy:2', digest: two.digest }]);
  t.true(open.asked.some((each) => each.includes('/v2/docker.io/library/busy/manifests/1')));
  const before = open.asked.length;
  await tryModule(image, { name: 'busy:1' }, { session: containerd });
  t.is(open.asked.length, before, 'the registry is not asked again');
});

onLab('docker pulls, once', async (t) => {
  const done = await settles(t, docker, { name: `${open.host}/team/app:1` }, [`pull ${open.host}/team/app:1`]);
  t.like(done.result, { digest: one.digest, id: one.id });
});

for (const [who, session] of [['containerd', () => containerd], ['docker', () => docker]] as const) {
  onLab(`${who}: an image that is asked for by digest takes the place of another of its name`, async (t) => {
    const name = `${open.host}/team/app:1`;
    await tryModule(image, { name }, { session: session() });
    const done = await settles(t, session(), { name, digest: two.digest }, [`pull ${name}@${two.digest}, in place of another of that name`]);
    t.is(done.result['digest'], two.digest);
    const exact = { name: `${open.host}/team/app@${one.digest}` };
    if (who === 'containerd') await settles(t, session(), exact, [`pull ${exact.name}`]);
    else t.is((await tryModule(image, exact, { session: session() })).kind, 'ok', 'docker keeps an image by its digest when its name goes');
    const wrong = await tryModule(image, { name, digest: three.digest }, { session: session() });
    t.is(wrong.kind, 'failed');
    t.is((await tryModule(image, { name, digest: two.digest }, { session: session() })).kind, 'ok', 'a failed pull leaves what was there');
  });

  onLab(`${who}: a password opens a registry and stands in no process's arguments, nor anywhere afterwards`, async (t) => {
    const name = `${closed.host}/team/app:1`;
    const refused = await tryModule(image, { name }, { session: session() });
    t.is(refused.kind, 'failed');
    t.regex(String(refused.result['stderr'] ?? refused.message), /unauthorized|401|no basic auth/i);
    const wrong = await tryModule(image, { name, username: 'me', password: 'wrong' }, { session: session() });
    t.is(wrong.kind, 'failed');
    const machine = session() === docker ? 'm2' : 'm1';
    await sh(session(), 'rm -f /run/enough; printf "ss\\"w" > /srv/pattern');
    const watch = inside(lab, machine, 'until [ -e /run/enough ]; do grep -aF -f /srv/pattern /proc/[0-9]*/cmdline; sleep 0.05; done 2>/dev/null');
    await inside(lab, machine, 'sh -c "sleep 1" \'ss"w decoy\'');
    const done = await settles(t, session(), { name, username: 'me', password }, [`pull ${name}`]);
    t.is(done.result['digest'], three.digest);
    await sh(session(), 'touch /run/enough');
    const lines = (await watch).stdout.split('\n').filter(Boolean);
    const [decoys, seen] = [true, false].map((is) => lines.filter((line) => line.includes('decoy') === is));
    t.true(decoys!.length > 0, 'whoever has it among its arguments is seen');
    t.deepEqual(seen, []);
    t.is(await sh(session(), 'grep -rlF "ss\\"w" /run /tmp /var/tmp /root /etc 2>/dev/null; :'), '');
  });

  onLab(`${who}: further names are given, and names are taken away`, async (t) => {
    const name = `${open.host}/team/app:2`;
    await tryModule(image, { name }, { session: session() });
    await settles(t, session(), { name, as: ['registry.example.org/app:stable', 'app'] }, [`name ${name} also registry.example.org/app:stable, docker.io/library/app:latest`]);
    await tryModule(image, { name: `${open.host}/team/app@${one.digest}`, as: 'app' }, { session: session() });
    await settles(t, session(), { name, as: 'app' }, [`name ${name} also docker.io/library/app:latest`]);
    await settles(t, session(), { name: ['app', 'registry.example.org/app:stable', 'never-there'], state: 'absent' }, ['remove docker.io/library/app:latest, registry.example.org/app:stable']);
    t.regex(await store(session()), new RegExp(`^${name} `, 'm'));
  });

  onLab(`${who}: docker's archives are loaded, from the controller and from the host, packed or not, and under another name`, async (t) => {
    const folder = await tempFolder(t);
    const [a, b] = [makeImage(`${who} a`), makeImage(`${who} b`)];
    writeFileSync(path.join(folder, 'two.tar'), dockerArchive({ 'tools.example/a:1': a, 'b:2': b }));
    await settles(t, session(), { src: path.join(folder, 'two.tar') }, [`load tools.example/a:1, docker.io/library/b:2 from ${folder}/two.tar`]);
    writeFileSync(path.join(folder, 'changed.tar.gz'), gzipSync(dockerArchive({ 'tools.example/a:1': b })));
    const changed = await settles(t, session(), { src: path.join(folder, 'changed.tar.gz'), name: 'tools.example/a:1' }, [`load tools.example/a:1 from ${folder}/changed.tar.gz`]);
    t.is(changed.result['name'], 'tools.example/a:1');
    const c = makeImage(`${who} c`);
    await session().perform([{ kind: 'write', path: '/srv/c.tar', content: { bytes: dockerArchive({ 'c:1': c }) } }, { kind: 'write', path: '/srv/bare.tar', content: { bytes: dockerArchive({ '': makeImage(`${who} bare`) }) } }]);
    await settles(t, session(), { src: '/srv/c.tar', remote_src: true, name: 'registry.example.org/c:9', as: 'c:8' }, ['load registry.example.org/c:9 from /srv/c.tar', 'name registry.example.org/c:9 also docker.io/library/c:8']);
    t.false(/library\/c:1 |^c:1 /m.test(await store(session())), 'the archive\'s own name is not left');
    await settles(t, session(), { src: '/srv/bare.tar', remote_src: true, name: 'bare:1' }, ['load docker.io/library/bare:1 from /srv/bare.tar']);
    t.regex((await tryModule(image, { src: '/srv/bare.tar', remote_src: true }, { session: session() })).message!, /holds an image that has no name/);
    t.regex((await tryModule(image, { src: path.join(folder, 'two.tar'), name: 'other:1' }, { session: session() })).message!, /does not hold docker\.io\/library\/other:1; it holds tools\.example\/a:1, docker\.io\/library\/b:2/);
    t.is((await tryModule(image, { src: '/srv/none.tar', remote_src: true }, { session: session() })).kind, 'missing');
    t.regex((await tryModule(image, { src: '/etc/hostname', remote_src: true }, { session: session() })).message!, /^\/etc\/hostname is no archive of images/);
  });
}

onLab('containerd loads OCI layouts, whole names, tags alone and none', async (t) => {
  const folder = await tempFolder(t);
  const [a, b, c] = [makeImage('oci a'), makeImage('oci b'), makeImage('oci c')];
  writeFileSync(path.join(folder, 'a.tar'), ociArchive({ 'registry.example.org/a:1': a, 'library/b:1': b }));
  const done = await settles(t, containerd, { src: path.join(folder, 'a.tar') }, [`load registry.example.org/a:1, docker.io/library/b:1 from ${folder}/a.tar`]);
  t.deepEqual(done.result['images'], [{ name: 'registry.example.org/a:1', digest: a.digest, id: a.id }, { name: 'docker.io/library/b:1', digest: b.digest, id: b.id }]);
  writeFileSync(path.join(folder, 'tag.tar.gz'), gzipSync(ociArchive({ 7: c })));
  await settles(t, containerd, { src: path.join(folder, 'tag.tar.gz'), name: 'c:7' }, [`load docker.io/library/c:7 from ${folder}/tag.tar.gz`]);
  t.notRegex(await store(containerd), /kplay\.invalid/);
});

onLab('docker is not given an OCI layout that it cannot read', async (t) => {
  const folder = await tempFolder(t);
  writeFileSync(path.join(folder, 'a.tar'), ociArchive({ 'a:1': makeImage('x') }));
  t.regex((await tryModule(image, { src: path.join(folder, 'a.tar'), name: 'a:1' }, { session: docker, check: true })).message!, /is an OCI archive, and docker loads its own kind/);
});

onLab('the last name of an image in containerd takes the image with it', async (t) => {
  const folder = await tempFolder(t);
  const gone = makeImage('gone');
  writeFileSync(path.join(folder, 'gone.tar'), ociArchive({ 'gone.example/x:1': gone }));
  await tryModule(image, { src: path.join(folder, 'gone.tar') }, { session: containerd });
  t.regex(await sh(containerd, `for i in 1 2 3 4 5 6 7 8 9 10; do ctr -n k8s.io images ls -q | grep '^${gone.id}' && break; sleep 0.3; done`), /^sha256:/, 'the kubelet\'s interface has named it by its id');
  await settles(t, containerd, { name: 'gone.example/x:1', state: 'absent' }, ['remove gone.example/x:1']);
  t.is(await sh(containerd, `ctr -n k8s.io images ls -q | grep '^${gone.id}'; :`), '');
});

onLab('what a registry has not is told by its own words, and what the runtime says where it does not run', async (t) => {
  const none = await tryModule(image, { name: `${open.host}/team/none:1` }, { session: containerd });
  t.is(none.kind, 'failed');
  t.regex(`${none.message} ${String(none.result['stderr'])}`, /team\/none:1.*not found/);
  await sh(containerd, 'systemctl stop containerd');
  const down = await tryModule(image, { name: 'busy:1' }, { session: containerd });
  t.is(down.kind, 'missing');
  t.regex(down.message!, /^ctr does not tell its images: .*containerd\.sock/);
  await sh(containerd, 'systemctl start containerd');
});

onLab('in a dry run, later tasks know what earlier ones would bring', async (t) => {
  const foresight = openForesight();
  const foretell = async (params: Record<string, unknown>) => (await tryModule(image, params, { session: containerd, check: true, foresight })).summaries;
  t.deepEqual(await foretell({ name: 'later.example/x:1' }), ['pull later.example/x:1']);
  t.deepEqual(await foretell({ name: 'later.example/x:1' }), []);
  t.deepEqual(await foretell({ name: 'later.example/x:1', state: 'absent' }), ['remove later.example/x:1']);
  t.deepEqual(await foretell({ name: 'later.example/x:1', state: 'absent' }), []);
});
