/** Keeps a member in an etcd cluster or out of it: joins as a learner, promotes, leaves. Runs on any host that reaches the cluster. */
import { defineModule, flag, listOf, Missing, ModuleFailure, text, whole, z, type Change, type Plan, type Step } from '../engine/module/kit.ts';
import { accessParams, askHealth, askMembers, etcdctl, etcdctlEnv, type Access, type Member, type MemberList } from './shared/etcd.ts';
import { refuseToLose } from './shared/etcd-quorum.ts';
import { scriptStep } from './shared/script.ts';

const url = () => text().refine((value) => /^https?:\/\/[^\s,/]+:\d+$/.test(value), 'expected a URL with a port, such as https://10.0.0.1:2380');

const params = z.object({
  name: text().pipe(z.string().min(1)).describe('the member\'s name (--name of its etcd)'),
  peer_urls: listOf(url()).default([]).describe('where the other members reach it; needed for state present'),
  state: z.enum(['present', 'absent']).default('present').describe('present: it is a voting member; absent: it is none'),
  learner: flag().default(false).describe('with present: join as a learner and leave it at that; a voting member stays one. Without it a learner is promoted once it is in sync'),
  replace: flag().default(false).describe('with learner: a member of this name that has run before is removed first; for a host that has lost its data'),
  timeout: whole().pipe(z.int().min(1)).default(120).describe('seconds that a learner may take until it is in sync'),
  ...accessParams,
});

type Params = z.infer<typeof params>;

/** Seconds after which members know each other well enough for etcd to change them. */
const settling = 20;

interface Found {
  readonly list: MemberList;
  /** Ids of voting members that answer a read that needs a quorum; only looked at where one is to leave. */
  readonly healthy: ReadonlySet<string>;
}

export default defineModule({
  summary: 'Keep a member in an etcd cluster (as learner or voter) or out of it',
  example: `- name: Join the cluster as a learner
  etcd_member:
    name: m4
    peer_urls: https://10.0.0.14:2380
    learner: true
    endpoints: https://10.0.0.11:2379
    cacert: /etc/etcd/pki/ca.crt
    cert: /etc/etcd/pki/client.crt
    key: /etc/etcd/pki/client.key`,
  params,
  rules: [{ kind: 'requiredIf', name: 'state', value: 'present', names: ['peer_urls'] }],
  returns: {
    members: 'list of name, id (hex), peer_urls, client_urls, learner: as the cluster lists them before the change, with this member as it will be',
    initial_cluster: 'ETCD_INITIAL_CLUSTER for the etcd that is to join',
    cluster_id: 'hex',
  },
  ahead: false,
  async inspect(asked, probe): Promise<Found> {
    const answer = await askMembers(probe, asked);
    if (answer.kind === 'none') {
      if (answer.missing) throw new Missing({ kind: 'command', name: asked.etcdctl }, answer.reason, 'install the package etcd-client, or give the path as etcdctl');
      throw new ModuleFailure(answer.reason, { hint: `ask on a host of the cluster: journalctl -u etcd -n 50` });
    }
    const list = answer.value;
    const leaves = asked.state === 'absent' || asked.replace;
    const { errors } = leaves ? await askHealth(probe, asked, list.members) : { errors: new Map<string, string>() };
    return { list, healthy: new Set(list.members.filter((member) => !member.learner && member.clientUrls.length > 0 && !errors.has(member.id)).map((member) => member.id)) };
  },
  plan(asked, { list, healthy }): Plan {
    const member = memberOf(asked, list.members);
    const changes = asked.state === 'absent' ? leave(asked, member, list, healthy) : arrive(asked, member, list, healthy);
    const waitsForId = asked.state === 'present' && !asked.learner && !member;
    return { changes, result: resultOf(asked, member, list), ...(waitsForId && { again: 'the cluster gives the new member its id' }) };
  },
});

function leave(asked: Params, member: Member | undefined, list: MemberList, healthy: ReadonlySet<string>): Change[] {
  if (!member) return [];
  refuseToLose(member, list.members, healthy);
  return [{
    summary: `remove member ${nameOf(member)} from the cluster`,
    of: 'members',
    before: memberLines(list.members),
    after: memberLines(list.members.filter((each) => each.id !== member.id)),
    steps: [run(asked, settling, 'member', 'remove', member.id)],
  }];
}

function arrive(asked: Params, member: Member | undefined, list: MemberList, healthy: ReadonlySet<string>): Change[] {
  if (!member) return [joinChange(asked, list.members)];
  if (asked.replace && asked.learner && member.name !== '') {
    return [...leave(asked, member, list, healthy), joinChange(asked, list.members.filter((each) => each.id !== member.id))];
  }
  return [...moveChanges(asked, member), ...(member.learner && !asked.learner ? [promoteChange(asked, member)] : [])];
}

function joinChange(asked: Params, others: readonly Member[]): Change {
  const learner = others.find((each) => each.learner);
  if (learner) throw new ModuleFailure(`${asked.name} cannot join while ${nameOf(learner)} is still a learner: etcd takes one at a time`, { hint: `promote ${nameOf(learner)} once it is in sync, or remove it` });
  return {
    summary: `join member ${asked.name} as a learner`,
    of: 'members',
    before: memberLines(others),
    after: memberLines([...others, asMember(asked)]),
    steps: [run(asked, settling, 'member', 'add', asked.name, '--learner', `--peer-urls=${asked.peer_urls.join(',')}`)],
  };
}

function moveChanges(asked: Params, member: Member): Change[] {
  if (sameSet(member.peerUrls, asked.peer_urls)) return [];
  return [{
    summary: `set the peer URLs of member ${asked.name}`, of: asked.name, before: `${member.peerUrls.join('\n')}\n`, after: `${asked.peer_urls.join('\n')}\n`,
    steps: [run(asked, settling, 'member', 'update', member.id, `--peer-urls=${asked.peer_urls.join(',')}`)],
  }];
}

/** Without -w json: 3.4's etcdctl crashes on it after promoting. */
function promoteChange(asked: Params, member: Member): Change {
  return { summary: `promote member ${asked.name} to a voter`, of: asked.name, before: 'learner\n', after: 'voter\n', steps: [run(asked, asked.timeout, 'member', 'promote', member.id)] };
}

/** By name; a member that has not started yet has none and is known by its peer URLs. Throws where two members claim to be it. */
function memberOf(asked: Params, members: readonly Member[]): Member | undefined {
  const named = members.find((each) => each.name === asked.name);
  const there = members.find((each) => each.peerUrls.some((peer) => asked.peer_urls.includes(peer)));
  if (there && there.name !== '' && there.name !== asked.name) throw new ModuleFailure(`${asked.peer_urls.join(', ')} is the address of member ${there.name}, not of ${asked.name}`, { result: { members: members.map(shown) } });
  if (named && there && named.id !== there.id) throw new ModuleFailure(`member ${asked.name} is there twice: ${named.id} runs, ${there.id} at ${there.peerUrls.join(', ')} has not started yet`, { hint: `remove one: etcdctl member remove ${there.id}` });
  return named ?? there;
}

function resultOf(asked: Params, member: Member | undefined, list: MemberList): Record<string, unknown> {
  const others = list.members.filter((each) => each.id !== member?.id);
  const self = member ? { ...member, name: asked.name, peerUrls: asked.peer_urls, learner: member.learner && asked.learner } : asMember(asked);
  const members = asked.state === 'absent' ? others : [...others, self];
  return {
    cluster_id: list.clusterId,
    members: members.map(shown),
    initial_cluster: members.filter((each) => each.name !== '').flatMap((each) => each.peerUrls.map((peer) => `${each.name}=${peer}`)).sort().join(','),
  };
}

function asMember(asked: Params): Member {
  return { id: '', name: asked.name, peerUrls: asked.peer_urls, clientUrls: [], learner: asked.learner };
}

function shown(member: Member): Record<string, unknown> {
  return { name: member.name, id: member.id, peer_urls: member.peerUrls, client_urls: member.clientUrls, learner: member.learner };
}

function memberLines(members: readonly Member[]): string {
  return members.map((member) => `${member.name || '(not started)'} ${member.peerUrls.join(',')} ${member.learner ? 'learner' : 'voter'}\n`).sort().join('');
}

function nameOf(member: Member): string {
  return member.name || member.peerUrls.join(',');
}

/**
 * etcd refuses to promote a learner that lags behind, and to add or remove a member while its members have known each
 * other for less than five seconds; so it is asked again until it does.
 */
const retryScript = `
end=$(( $(date +%s) + $1 )); shift
until said=$("$@" 2>&1); do
  [ "$(date +%s)" -lt "$end" ] || { printf '%s\\n' "$said" >&2; exit 1; }
  sleep 1
done
printf '%s\\n' "$said"`;

function run(asked: Access, patience: number, ...words: readonly string[]): Step {
  return scriptStep(retryScript, [String(patience), ...etcdctl(asked, ...words)], { env: etcdctlEnv, timeout: patience + asked.command_timeout + 30 });
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each) => right.includes(each));
}
