import test from 'ava';
import type { Here } from '../../engine/module/module.ts';
import { connectLocal } from '../../engine/session/local.ts';
import type { Probe, Result } from '../../engine/session/session.ts';
import etcdInfo from '../../modules/etcd_info.ts';
import etcdMember from '../../modules/etcd_member.ts';
import { complaint, etcdctl, hexId, parseJson, readMemberList } from '../../modules/shared/etcd.ts';
import { mayStop, quorumOf } from '../../modules/shared/etcd-quorum.ts';
import { hasEtcd, prepareMembers } from '../support/etcd-cluster.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

/** As etcdctl 3.4.23 wrote it. */
const recorded = {
  list: '{"header":{"cluster_id":10785197325907998401,"member_id":7655108858008381518,"raft_term":2},"members":[{"ID":5006649985596294411,"name":"m2","peerURLs":["http://127.0.0.1:22021"],"clientURLs":["http://127.0.0.1:22020"]},{"ID":5528874195148525550,"name":"m3","peerURLs":["http://127.0.0.1:22031"],"clientURLs":["http://127.0.0.1:22030"]},{"ID":7655108858008381518,"name":"m1","peerURLs":["http://127.0.0.1:22011"],"clientURLs":["http://127.0.0.1:22010"]},{"ID":9129238291532896716,"peerURLs":["http://127.0.0.1:22041"],"isLearner":true}]}',
  stderr: '{"level":"warn","ts":"2026-11-20T21:00:45.235Z","caller":"clientv3/retry_interceptor.go:62","msg":"retrying of unary invoker failed","target":"endpoint://client-f942523a/127.0.0.1:22010","attempt":0,"error":"rpc error: code = FailedPrecondition desc = etcdserver: can only promote a learner member which is in sync with leader"}\nError: etcdserver: can only promote a learner member which is in sync with leader\n',
  down: '{"level":"warn","ts":"2026-11-20T21:01:07.216Z","msg":"retrying of unary invoker failed","attempt":0,"error":"rpc error: code = DeadlineExceeded desc = latest balancer error: connection error: desc = \\"transport: Error while dialing dial tcp 127.0.0.1:1: connect: connection refused\\""}\nError: context deadline exceeded\n',
} as const;

test('ids beyond 2^53 keep every digit and become hex, as etcdctl takes them', (t) => {
  const { clusterId, members } = readMemberList(recorded.list);
  t.is(clusterId, '95acb7d3533d36c1');
  t.deepEqual(members.map(({ name, learner }) => [name, learner]), [['m2', false], ['m3', false], ['m1', false], ['', true]]);
  t.is(members[3]!.id, '7eb191db7cb659cc');
  for (const { id } of members) t.true(recorded.list.includes(`"ID":${BigInt(`0x${id}`)}`));
});

test('numbers in texts, fractions and safe numbers stay as they are', (t) => {
  t.deepEqual(parseJson('{"a":"id 9129238291532896716, \\"9129238291532896716\\"","b":1.5,"c":9007199254740991,"d":9007199254740993,"e":[-9129238291532896716,1e400,true]}'),
    { a: 'id 9129238291532896716, "9129238291532896716"', b: 1.5, c: 9007199254740991, d: '9007199254740993', e: ['-9129238291532896716', Infinity, true] });
  t.is(parseJson('not json'), undefined);
  t.deepEqual([hexId(255), hexId('18446744073709551615'), hexId('0x00ab'), hexId('7EB191DB7CB659CC'), hexId(undefined)], ['ff', 'ffffffffffffffff', 'ab', '7eb191db7cb659cc', '0']);
});

test('an answer that is no list of members is a failure and not an empty cluster', (t) => {
  for (const text of ['', '{}', '[]', 'null', '{"members":{}}', '<html>']) t.throws(() => readMemberList(text), { message: /not a list of members/ }, text);
});

test('a complaint is etcdctl\'s last error with its cause, without log lines', (t) => {
  t.is(complaint(recorded.stderr), 'etcdserver: can only promote a learner member which is in sync with leader');
  t.is(complaint(recorded.down), 'context deadline exceeded: "transport: Error while dialing dial tcp 127.0.0.1:1: connect: connection refused"');
  t.is(complaint(''), 'it ended without a word');
  t.is(complaint('panic: x'), 'panic: x');
});

test('certificates are given to etcdctl as paths', (t) => {
  t.deepEqual(etcdctl({ endpoints: ['https://a:1', 'https://b:2'], cacert: '/ca', cert: '/c', key: '/k', etcdctl: '/opt/etcdctl', command_timeout: 7 }, 'member', 'list'),
    ['/opt/etcdctl', '--endpoints=https://a:1,https://b:2', '--cacert=/ca', '--cert=/c', '--key=/k', '--command-timeout=7s', 'member', 'list']);
});

test('a quorum is more than half, and a member may stop where the others in good health are one', (t) => {
  t.deepEqual([1, 2, 3, 4, 5, 7].map(quorumOf), [1, 2, 2, 3, 3, 4]);
  const voters = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `${index}`, name: `m${index}`, peerUrls: [], clientUrls: ['x'], learner: false }));
  const rows: readonly [number, readonly number[], readonly number[]][] = [[1, [0], []], [2, [0, 1], []], [3, [0, 1, 2], [0, 1, 2]], [3, [0, 1], [2]], [3, [0], []], [5, [0, 1, 2, 3], [0, 1, 2, 3, 4]], [5, [0, 1, 2], [3, 4]]];
  for (const [count, healthy, stoppable] of rows) {
    const members = voters(count);
    const up = new Set(healthy.map(String));
    t.deepEqual(members.filter((member) => mayStop(member, members, up)).map((member) => Number(member.id)), stoppable, `${count} members, ${healthy} up`);
  }
});

interface Row {
  /** Members as `name[:learner]`; `-` for one that has not started. All voters in `up` are healthy, all others are not. */
  readonly members: readonly string[];
  readonly up?: readonly string[];
  readonly asked: Record<string, unknown>;
  readonly says?: readonly string[];
  readonly runs?: readonly RegExp[];
  readonly fails?: RegExp;
  readonly again?: boolean;
  readonly cluster?: string;
}

const rows: Readonly<Record<string, Row>> = {
  'joins as a learner, and is looked at again to be promoted': { members: ['m1', 'm2', 'm3'], asked: { name: 'm4', peer_urls: 'https://m4:2380' }, says: ['join member m4 as a learner'], runs: [/ member add m4 --learner --peer-urls=https:\/\/m4:2380$/], again: true, cluster: 'm1=https://m1:2380,m2=https://m2:2380,m3=https://m3:2380,m4=https://m4:2380' },
  'joins as a learner and stays one': { members: ['m1'], asked: { name: 'm2', peer_urls: 'https://m2:2380', learner: true }, says: ['join member m2 as a learner'], again: false },
  'a learner that has joined stays as it is': { members: ['m1', '-m2:learner'], asked: { name: 'm2', peer_urls: 'https://m2:2380', learner: true }, says: [], cluster: 'm1=https://m1:2380,m2=https://m2:2380' },
  'a learner is promoted': { members: ['m1', 'm2:learner'], asked: { name: 'm2', peer_urls: 'https://m2:2380' }, says: ['promote member m2 to a voter'], runs: [/ member promote 0*2$/] },
  'a voter stays a voter, whatever is asked': { members: ['m1', 'm2'], asked: { name: 'm2', peer_urls: 'https://m2:2380', learner: true }, says: [] },
  'peer URLs that moved are updated': { members: ['m1', 'm2'], asked: { name: 'm2', peer_urls: 'https://new:2380' }, says: ['set the peer URLs of member m2'], runs: [/ member update 2 --peer-urls=https:\/\/new:2380$/], cluster: 'm1=https://m1:2380,m2=https://new:2380' },
  'a member that lost its data is removed and joins anew': { members: ['m1', 'm2', 'm3'], up: ['m1', 'm2'], asked: { name: 'm3', peer_urls: 'https://m3:2380', learner: true, replace: true }, says: ['remove member m3 from the cluster', 'join member m3 as a learner'], runs: [/ member remove 3$/, / member add m3 --learner /] },
  'one that joined and never started is not replaced': { members: ['m1', 'm2', '-m3:learner'], up: ['m1', 'm2'], asked: { name: 'm3', peer_urls: 'https://m3:2380', learner: true, replace: true }, says: [] },
  'a replacement that would break the quorum is refused': { members: ['m1', 'm2', 'm3'], up: ['m1'], asked: { name: 'm3', peer_urls: 'https://m3:2380', learner: true, replace: true }, fails: /removing m3 would break the quorum: of the 2 voting members then left 1 would be healthy, 2 are needed/ },
  'two learners at a time are refused': { members: ['m1', 'm2:learner'], asked: { name: 'm3', peer_urls: 'https://m3:2380' }, fails: /m3 cannot join while m2 is still a learner/ },
  'a member leaves': { members: ['m1', 'm2', 'm3'], up: ['m1', 'm2', 'm3'], asked: { name: 'm2', state: 'absent' }, says: ['remove member m2 from the cluster'], runs: [/ member remove 2$/], cluster: 'm1=https://m1:2380,m3=https://m3:2380' },
  'one that is none leaves nothing to do': { members: ['m1'], up: ['m1'], asked: { name: 'm2', state: 'absent' }, says: [] },
  'a dead member leaves': { members: ['m1', 'm2', 'm3'], up: ['m1', 'm2'], asked: { name: 'm3', state: 'absent' }, says: ['remove member m3 from the cluster'] },
  'a learner leaves whatever the quorum': { members: ['m1', 'm2', 'm3:learner'], up: ['m1'], asked: { name: 'm3', state: 'absent' }, says: ['remove member m3 from the cluster'] },
  'a healthy member does not leave while another is dead': { members: ['m1', 'm2', 'm3'], up: ['m1', 'm2'], asked: { name: 'm2', state: 'absent' }, fails: /removing m2 would break the quorum/ },
  'the last voter does not leave': { members: ['m1', 'm2:learner'], up: ['m1'], asked: { name: 'm1', state: 'absent' }, fails: /m1 is the last voting member/ },
  'the address of another member is refused': { members: ['m1', 'm2'], asked: { name: 'm3', peer_urls: 'https://m2:2380' }, fails: /is the address of member m2, not of m3/ },
};

for (const [title, row] of Object.entries(rows)) {
  test(`plan: ${title}`, async (t) => {
    const asked = etcdMember.params.parse({ endpoints: 'https://x:2379', ...row.asked });
    const found = await etcdMember.inspect(asked, toldProbe(row), {} as Here);
    if (row.fails) return void t.throws(() => etcdMember.plan(asked, found, {} as Here), { message: row.fails });
    const plan = etcdMember.plan(asked, found, {} as Here);
    t.deepEqual(plan.changes.map((change) => change.summary), row.says);
    const lines = plan.changes.flatMap((change) => change.steps.map((step) => (step.kind === 'run' ? step.script!.split('\n')[0]! : step.kind)));
    (row.runs ?? []).forEach((pattern, index) => t.regex(lines[index]!, pattern));
    if (row.again !== undefined) t.is(plan.again !== undefined, row.again);
    if (row.cluster !== undefined) t.is(plan.result!['initial_cluster'], row.cluster);
  });
}

test('promotion does without JSON, which etcdctl 3.4 crashes on', async (t) => {
  const asked = etcdMember.params.parse({ name: 'm2', peer_urls: 'https://m2:2380' });
  const plan = etcdMember.plan(asked, await etcdMember.inspect(asked, toldProbe({ members: ['m1', 'm2:learner'], asked: {} }), {} as Here), {} as Here);
  t.false(JSON.stringify(plan.changes).includes('json'));
});

/** A host whose etcdctl answers as a row says; ids count from 1. */
function toldProbe(row: Row): Probe {
  const members = row.members.map((word, index) => {
    const [, dash, name, learner] = /^(-?)(\w+)(:learner)?$/.exec(word)!;
    return { ID: index + 1, ...(dash === '' && { name }), peerURLs: [`https://${name}:2380`], ...(dash === '' && { clientURLs: [`https://${name}:2379`] }), ...(learner && { isLearner: true }) };
  });
  const health = row.members.map((word) => word.replace(/^-|:learner$/g, '')).map((name) => ({ endpoint: `https://${name}:2379`, health: (row.up ?? []).includes(name) }));
  const answer = (data: unknown): Result => ({ code: 0, stdout: Buffer.from(JSON.stringify(data)), stderr: Buffer.alloc(0), truncated: false, duration: 0 });
  return {
    host: 'told',
    ask: async (argv) => answer(argv.includes('list') ? { header: { cluster_id: 1 }, members } : argv.includes('health') ? health : []),
    stat: async () => undefined,
    read: async () => undefined,
  };
}

/** Where etcd is not installed this is skipped, and ava says so. */
const real = hasEtcd ? test.serial : test.serial.skip;

real('a real cluster under TLS: members join, are promoted, are replaced and leave; the second time nothing is to be done', async (t) => {
  t.timeout(120_000);
  const { members, files, stopAll } = await prepareMembers(await tempFolder(t), ['m1', 'm2', 'm3', 'm4']);
  const connection = await connectLocal({ host: 'm1' });
  t.teardown(async () => {
    await stopAll();
    await connection.close();
  });
  const session = await connection.session();
  const [first, , third, fourth] = members;
  const access = { ...files, endpoints: [first!.clientUrl], command_timeout: 2 };
  const info = (asked: Record<string, unknown> = {}) => tryModule(etcdInfo, { ...access, ...asked }, { session });
  const member = (asked: Record<string, unknown>, check = false) => tryModule(etcdMember, { ...access, ...asked }, { session, check });

  const silent = await info();
  t.like(silent, { kind: 'ok', result: { answers: false } });
  t.regex(String(silent.result['reason']), /no cluster answers at https:\/\/127.0.0.1:\d+: context deadline exceeded/);
  t.like(await info({ etcdctl: '/none/etcdctl' }), { result: { answers: false, reason: '/none/etcdctl is not on the host' } });
  t.is((await member({ name: 'm4', peer_urls: fourth!.peerUrl, etcdctl: '/none/etcdctl' })).kind, 'missing');

  const initial = members.slice(0, 3).map((each) => `${each.name}=${each.peerUrl}`).join(',');
  for (const each of members.slice(0, 3)) each.start({ initial, state: 'new' });
  const healthy = async (name?: string) => {
    for (let at = 0; at < 60; at++) {
      const tried = await info({ require: 'healthy', ...(name !== undefined && { member: name }) });
      if (tried.kind === 'ok') return tried.result as Record<string, any>;
      t.log(tried.message);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new Error('the cluster did not become healthy');
  };
  const cluster = await healthy();
  t.like(cluster, { answers: true, healthy: true, quorum: 2, may_stop: ['m1', 'm2', 'm3'], healthy_members: ['m1', 'm2', 'm3'], reason: '' });
  t.is(cluster['members'].filter((each: any) => each.leader).length, 1);
  t.true(cluster['members'].every((each: any) => each.db_size > 0 && /^3\./.test(each.version) && /^[0-9a-f]+$/.test(each.id)));

  const voting = { name: 'm4', peer_urls: fourth!.peerUrl, timeout: 30 };
  t.deepEqual((await member(voting, true)).summaries, ['join member m4 as a learner']);
  t.is(((await info()).result['members'] as unknown[]).length, 3);
  const arriving = member(voting);
  for (let known = 3; known < 4; known = ((await info()).result['members'] as unknown[]).length) await new Promise((resolve) => setTimeout(resolve, 300));
  fourth!.start({ initial: `${initial},m4=${fourth!.peerUrl}`, state: 'existing' });
  const arrived = await arriving;
  t.is(arrived.kind, 'changed', arrived.message);
  t.deepEqual(arrived.summaries, ['join member m4 as a learner', 'promote member m4 to a voter']);
  t.deepEqual((await member(voting)).summaries, []);
  t.deepEqual((await healthy())['healthy_members'], ['m1', 'm2', 'm3', 'm4']);
  t.deepEqual((await member({ name: 'm4', state: 'absent' })).summaries, ['remove member m4 from the cluster']);
  t.deepEqual((await member({ name: 'm4', state: 'absent' })).summaries, []);
  await fourth!.stop();
  await healthy();

  await third!.stop();
  const two = (await info()).result as Record<string, any>;
  t.like(two, { answers: true, healthy: false, may_stop: ['m3'], healthy_members: ['m1', 'm2'] });
  t.regex((await info({ require: 'may_stop', member: 'm2' })).message!, /m2 cannot be stopped now, the cluster would lose its quorum: m3: /);
  t.regex((await member({ name: 'm2', state: 'absent' })).message!, /would break the quorum/);
  await third!.dropData();
  const joining = { name: 'm3', peer_urls: third!.peerUrl, learner: true, replace: true };
  const back = await member(joining);
  t.deepEqual([back.kind, back.summaries], ['changed', ['remove member m3 from the cluster', 'join member m3 as a learner']], back.message);
  t.deepEqual((await member(joining)).summaries, []);
  third!.start({ initial: String(back.result['initial_cluster']), state: 'existing' });
  t.is((await member({ name: 'm3', peer_urls: third!.peerUrl, timeout: 30 })).kind, 'changed');
  t.is(((await healthy())['members'] as any[]).find((each) => each.name === 'm3').learner, false);
});
