/** Talks to an etcd cluster through etcdctl on a host, always in JSON; tables are never parsed. */
import { listOf, ModuleFailure, text, textOf, whole, z, type Probe } from '../../engine/module/kit.ts';

/** How etcdctl reaches a cluster: params that the etcd modules share. */
export const accessParams = {
  endpoints: listOf(text().refine((value) => /^https?:\/\/[^\s,]+$/.test(value), 'expected a URL such as https://127.0.0.1:2379')).default(['https://127.0.0.1:2379']).describe('client URLs to ask, the first that answers counts'),
  cacert: text().optional().describe('on the host: the authority\'s certificate'),
  cert: text().optional().describe('on the host: the client certificate'),
  key: text().optional().describe('on the host: the client certificate\'s key'),
  etcdctl: text().default('etcdctl').describe('the etcdctl command on the host'),
  command_timeout: whole().pipe(z.int().min(1)).default(5).describe('seconds until one question to the cluster counts as failed'),
};

export type Access = z.infer<ReturnType<typeof accessSchema>>;
const accessSchema = () => z.object(accessParams);

/** etcdctl before 3.4 speaks the old protocol unless told otherwise. */
export const etcdctlEnv = { ETCDCTL_API: '3' } as const;

/** The argv of an etcdctl command; the files are paths on the host, so nothing secret stands in it. */
export function etcdctl(access: Access, ...words: readonly string[]): string[] {
  const files = [access.cacert && `--cacert=${access.cacert}`, access.cert && `--cert=${access.cert}`, access.key && `--key=${access.key}`].filter((each) => each !== undefined && each !== '') as string[];
  return [access.etcdctl, `--endpoints=${access.endpoints.join(',')}`, ...files, `--command-timeout=${access.command_timeout}s`, ...words];
}

export interface Member {
  /** Hex, as etcdctl takes it. */
  readonly id: string;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly learner: boolean;
}

/** What a member says of itself. */
export interface MemberStatus {
  readonly id: string;
  /** Hex id of the leader it knows, undefined where it knows none. */
  readonly leader: string | undefined;
  readonly version: string;
  readonly revision: number;
  /** Bytes. */
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  readonly raftTerm: number;
  readonly raftIndex: number;
  readonly errors: readonly string[];
}

/** A cluster that answers, or why none does. */
export type Asked<T> = { readonly kind: 'answer'; readonly value: T } | { readonly kind: 'none'; readonly reason: string; readonly missing: boolean };

export interface MemberList {
  /** Hex. */
  readonly clusterId: string;
  readonly members: readonly Member[];
}

/** The members of the cluster, as the first endpoint that answers lists them. */
export async function askMembers(probe: Probe, access: Access): Promise<Asked<MemberList>> {
  const answer = await probe.ask(etcdctl(access, 'member', 'list', '-w', 'json'), { env: etcdctlEnv, timeout: access.command_timeout + 10 });
  if (answer.code !== 0) return { kind: 'none', ...whyNot(access, answer.code, textOf(answer.stderr)) };
  return { kind: 'answer', value: readMemberList(textOf(answer.stdout)) };
}

/**
 * Which voters did not take part in a read that needs a quorum, with what they said, and what each member that can be
 * reached says of itself. Health comes first: a dead member costs its timeout, so it is not asked twice.
 */
export async function askHealth(probe: Probe, access: Access, members: readonly Member[]): Promise<{ readonly statuses: readonly MemberStatus[]; readonly errors: ReadonlyMap<string, string> }> {
  const started = members.filter((member) => member.clientUrls.length > 0);
  const voters = started.filter((member) => !member.learner);
  const errors = healthErrors(await askEndpoints(probe, access, voters, 'health'), voters);
  const statuses = readStatuses(await askEndpoints(probe, access, started.filter((member) => !errors.has(member.id)), 'status'));
  return { statuses, errors };
}

async function askEndpoints(probe: Probe, access: Access, members: readonly Member[], question: 'health' | 'status'): Promise<string> {
  if (members.length === 0) return '[]';
  const at = { ...access, endpoints: members.map((member) => member.clientUrls[0]!) };
  const { stdout } = await probe.ask(etcdctl(at, 'endpoint', question, '-w', 'json'), { env: etcdctlEnv, timeout: 2 * access.command_timeout + 20 });
  return textOf(stdout);
}

function healthErrors(json: string, voters: readonly Member[]): Map<string, string> {
  const errors = new Map(voters.map((member) => [member.id, 'it does not answer']));
  for (const row of rows(parseJson(json))) {
    const id = voters.find((member) => member.clientUrls[0] === row['endpoint'])?.id;
    if (id === undefined) continue;
    if (row['health'] === true) errors.delete(id);
    else errors.set(id, String(row['error'] ?? 'it is not healthy'));
  }
  return errors;
}

/** etcdctl's `member list -w json`. Throws ModuleFailure where it is something else. */
export function readMemberList(json: string): MemberList {
  const data = parseJson(json) as Record<string, any> | undefined;
  if (!Array.isArray(data?.['members'])) throw new ModuleFailure(`etcdctl answered something that is not a list of members: ${json.slice(0, 200)}`);
  return { clusterId: hexId(data!['header']?.['cluster_id']), members: rows(data!['members']).map(readMember) };
}

function readMember(row: Record<string, unknown>): Member {
  const urls = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return { id: hexId(row['ID']), name: String(row['name'] ?? ''), peerUrls: urls(row['peerURLs']), clientUrls: urls(row['clientURLs']), learner: row['isLearner'] === true };
}

function readStatuses(json: string): MemberStatus[] {
  return rows(parseJson(json)).map((row) => {
    const status = (row['Status'] ?? {}) as Record<string, any>;
    const leader = hexId(status['leader']);
    return {
      id: hexId(status['header']?.['member_id']), leader: leader === '0' ? undefined : leader, version: String(status['version'] ?? ''),
      revision: Number(status['header']?.['revision'] ?? 0), dbSize: Number(status['dbSize'] ?? 0), dbSizeInUse: Number(status['dbSizeInUse'] ?? 0),
      raftTerm: Number(status['raftTerm'] ?? 0), raftIndex: Number(status['raftIndex'] ?? 0), errors: Array.isArray(status['errors']) ? status['errors'].map(String) : [],
    };
  });
}

/**
 * JSON in which whole numbers beyond 2^53 stay exact, as text: etcd's ids are 64-bit and a JavaScript number would
 * change their last digits. Gives undefined where the text is not JSON.
 */
export function parseJson(json: string): unknown {
  const exact = json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g, (token) => (/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token));
  try {
    return JSON.parse(exact);
  } catch {
    return undefined;
  }
}

/** An id as etcdctl takes it: hex without leading zeros. JSON has it in decimal; newer versions may give hex text. */
export function hexId(value: unknown): string {
  const text = String(value ?? 0);
  return /^\d+$/.test(text) ? BigInt(text).toString(16) : text.replace(/^0x/, '').replace(/^0+(?=.)/, '').toLowerCase();
}

/** What etcdctl complains of, without its log lines. */
export function complaint(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const cause = lines.map((line) => /"error":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1]).findLast((each) => each !== undefined)?.replaceAll('\\"', '"');
  const error = lines.findLast((line) => line.startsWith('Error:'))?.slice('Error:'.length).trim();
  return [error, cause?.replace(/^.*desc = /, '')].filter((each, index, all) => each !== undefined && all.indexOf(each) === index).join(': ') || lines.at(-1) || 'it ended without a word';
}

function whyNot(access: Access, code: number, stderr: string): { readonly reason: string; readonly missing: boolean } {
  if (code === 127) return { reason: `${access.etcdctl} is not on the host`, missing: true };
  return { reason: `no cluster answers at ${access.endpoints.join(', ')}: ${code === 124 ? 'etcdctl ran out of time' : complaint(stderr)}`, missing: false };
}

function rows(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}
