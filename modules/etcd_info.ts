/** Looks at an etcd cluster: who its members are, which of them are healthy, which may be stopped. Changes nothing. */
import { defineModule, ModuleFailure, text, z } from '../engine/module/kit.ts';
import { accessParams, askHealth, askMembers, type Asked, type Member, type MemberList, type MemberStatus } from './shared/etcd.ts';
import { mayStop, quorumOf } from './shared/etcd-quorum.ts';

const params = z.object({
  require: z.enum(['nothing', 'answer', 'healthy', 'may_stop']).default('nothing').describe('fail unless a cluster with a leader answers (answer); unless `member`, or every member, is a voter in good health (healthy); unless `member` can be stopped without loss of the quorum (may_stop). For use with until'),
  member: text().optional().describe('the name of the member that `require` is about'),
  ...accessParams,
});

type Requirement = z.infer<typeof params>['require'];

interface Health {
  readonly statuses: readonly MemberStatus[];
  readonly errors: ReadonlyMap<string, string>;
}

export default defineModule({
  summary: 'Look at an etcd cluster: members, leader, health, revision, database size, and which members may be stopped',
  example: `- name: Ask the cluster how it is
  etcd_info:
    endpoints: https://127.0.0.1:2379
    cacert: /etc/etcd/pki/ca.crt
    cert: /etc/etcd/pki/client.crt
    key: /etc/etcd/pki/client.key`,
  params,
  rules: [{ kind: 'requiredIf', name: 'require', value: 'may_stop', names: ['member'] }],
  returns: {
    answers: 'whether a cluster with a leader answers', healthy: 'whether all members are healthy voters that agree on one leader', reason: 'why it does not answer or is not healthy; else empty',
    members: 'list of name, id (hex), peer_urls, client_urls, learner, healthy, leader, version, revision, db_size, db_size_in_use (bytes), error',
    healthy_members: 'names of the voting members in good health', leader: 'its name, empty where there is none', quorum: 'voting members that must agree', may_stop: 'names of the members that can be stopped one at a time without loss of the quorum',
    revision: 'the highest', raft_term: 'the highest', db_size: 'bytes, the largest', cluster_id: 'hex',
  },
  ahead: false,
  reads: true,
  async inspect(asked, probe): Promise<Asked<MemberList & Health>> {
    const answer = await askMembers(probe, asked);
    if (answer.kind === 'none') return answer;
    return { kind: 'answer', value: { ...answer.value, ...(await askHealth(probe, asked, answer.value.members)) } };
  },
  plan(asked, found) {
    const result = found.kind === 'none' ? { answers: false, healthy: false, reason: found.reason, members: [], leader: '', may_stop: [], healthy_members: [] } : describe(found.value);
    const wrong = complaintAbout(result, asked.require, asked.member);
    if (wrong !== undefined) throw new ModuleFailure(wrong, { result });
    return { changes: [], result };
  },
  async evidence(_, probe) {
    const { code, stdout } = await probe.ask(['journalctl', '-u', 'etcd', '-n', '30', '--no-pager', '-o', 'cat']);
    return code === 0 ? [{ title: `last journal lines of etcd on ${probe.host}`, text: stdout.toString() }] : [];
  },
});

/** What is not as required, or undefined. */
function complaintAbout(result: { answers: boolean; healthy: boolean; reason: string; may_stop: readonly string[]; healthy_members: readonly string[] }, require: Requirement, member: string | undefined): string | undefined {
  if (require === 'nothing') return undefined;
  if (!result.answers) return result.reason;
  if (require === 'healthy' && member === undefined) return result.healthy ? undefined : `the cluster is not healthy: ${result.reason}`;
  if (require === 'healthy') return result.healthy_members.includes(member!) ? undefined : `${member} is not a healthy voting member: ${result.reason || 'the cluster does not know it'}`;
  if (require === 'may_stop') return result.may_stop.includes(member!) ? undefined : `${member} cannot be stopped now, the cluster would lose its quorum: ${result.reason || 'it has no other members'}`;
  return undefined;
}

function describe(found: MemberList & Health) {
  const { members, statuses, errors, clusterId } = found;
  const status = new Map(statuses.map((each) => [each.id, each]));
  const leader = leaderOf(statuses);
  const healthy = new Set(members.filter((each) => !each.learner && each.clientUrls.length > 0 && !errors.has(each.id)).map((each) => each.id));
  const wrong = [...members.filter((each) => !healthy.has(each.id)).map((each) => `${each.name || each.peerUrls.join(',')}: ${problemOf(each, errors)}`), ...alarms(members, status)];
  if (leader === undefined) wrong.push('the members do not agree on a leader');
  return {
    answers: leader !== undefined && healthy.size > 0,
    healthy: wrong.length === 0,
    healthy_members: members.filter((each) => healthy.has(each.id)).map((each) => each.name).sort(),
    reason: wrong.join('; '),
    cluster_id: clusterId,
    leader: members.find((each) => each.id === leader)?.name ?? '',
    quorum: quorumOf(members.filter((each) => !each.learner).length),
    may_stop: members.filter((each) => mayStop(each, members, healthy)).map((each) => each.name).sort(),
    revision: Math.max(0, ...statuses.map((each) => each.revision)),
    raft_term: Math.max(0, ...statuses.map((each) => each.raftTerm)),
    db_size: Math.max(0, ...statuses.map((each) => each.dbSize)),
    members: members.map((each) => shown(each, status.get(each.id), healthy.has(each.id), leader, problemOf(each, errors))).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** The leader that all members that answer name, or undefined where they differ or know none. */
function leaderOf(statuses: readonly MemberStatus[]): string | undefined {
  const named = new Set(statuses.map((each) => each.leader));
  return named.size === 1 ? [...named][0] : undefined;
}

function problemOf(member: Member, errors: ReadonlyMap<string, string>): string {
  if (member.clientUrls.length === 0) return 'it has joined but not started yet';
  if (member.learner) return 'it is still a learner';
  return errors.get(member.id) ?? '';
}

/** etcd names alarms (no space left under its quota) and the loss of its leader among a status's errors. */
function alarms(members: readonly Member[], status: ReadonlyMap<string, MemberStatus>): string[] {
  return members.flatMap((each) => (status.get(each.id)?.errors ?? []).map((error) => `${each.name}: ${error}`));
}

function shown(member: Member, status: MemberStatus | undefined, healthy: boolean, leader: string | undefined, error: string) {
  return {
    name: member.name, id: member.id, peer_urls: member.peerUrls, client_urls: member.clientUrls, learner: member.learner, healthy, leader: member.id === leader,
    version: status?.version ?? '', revision: status?.revision ?? 0, db_size: status?.dbSize ?? 0, db_size_in_use: status?.dbSizeInUse ?? 0, error,
  };
}
