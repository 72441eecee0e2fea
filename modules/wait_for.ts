/** Waits until a port answers or is closed, a path is there or gone, a text appears. Never counts as a change. */
import { defineModule, listOf, ModuleFailure, text, textOf, whole, z, type Rule } from '../engine/module/kit.ts';
import { expandPath } from './shared/host-path.ts';
import { pythonRegex } from './shared/python-regex.ts';
import { hexAddresses, stateNumbers } from './shared/proc-net.ts';
import { waitScript, waitWords } from './shared/wait-script.ts';
import { scriptStep } from './shared/script.ts';

const states = Object.keys(stateNumbers) as [string, ...string[]];

const params = z.object({
  host: text().default('127.0.0.1').describe('name or address to connect to, seen from the host; default 127.0.0.1'),
  port: whole().optional().describe('TCP port'),
  path: text().optional().describe('path on the host, instead of port'),
  state: z.enum(['started', 'present', 'stopped', 'absent', 'drained']).default('started').describe('started and present: the port answers, the path is there; stopped and absent: it does not, it is not; drained: the port has no connections left; default started'),
  search_regex: text().optional().describe('regular expression that what the port sends or what is in the file must match'),
  timeout: whole().default(300).describe('seconds after which the task fails; without port and path the task only waits so long; default 300'),
  delay: whole().default(0).describe('seconds to wait before the first look; default 0'),
  sleep: whole().default(1).describe('seconds between two looks; default 1'),
  connect_timeout: whole().default(5).describe('seconds until one attempt to connect counts as failed; default 5'),
  msg: text().optional().describe('what the failure says instead of the usual'),
  exclude_hosts: listOf(text()).optional().describe('addresses whose connections do not count for state drained'),
  active_connection_states: listOf(z.enum(states)).default(states).describe('states of connections that count for state drained; default all of these'),
});
type Params = z.infer<typeof params>;

/** What check mode saw: undefined where nothing was looked at, since the run itself will wait. */
interface Found {
  readonly path: string;
  readonly locals: readonly string[];
  readonly satisfied: boolean | undefined;
}

const rules: readonly Rule[] = [{ kind: 'exclusive', names: ['port', 'path'] }, { kind: 'requiredIf', name: 'state', value: 'drained', names: ['port'] }];

export default defineModule({
  summary: 'Wait for a port, a path or a text',
  params,
  rules,
  example: '- name: Wait for etcd\n  wait_for:\n    host: 10.0.0.11\n    port: 2379\n    timeout: 60',
  returns: { elapsed: 'seconds waited', match_groups: 'groups of search_regex', match_groupdict: 'named groups of search_regex', state: 'as asked', port: 'as asked', path: 'as asked' },
  touches: () => [],
  slow: true,
  ahead: false,
  reads: true,
  async inspect(asked, probe, here): Promise<Found> {
    refuse(asked);
    const path = asked.path === undefined ? '' : await expandPath(asked.path, probe);
    const locals = asked.state === 'drained' ? await hexAddresses(asked.host, probe) : [];
    if (!here.check || (asked.port === undefined && path === '')) return { path, locals, satisfied: undefined };
    if (path !== '' && asked.search_regex === undefined) {
      // A plain question, which foresight can answer for what earlier tasks would make.
      const there = (await probe.stat(path, { follow: true })) !== undefined;
      return { path, locals, satisfied: there === (asked.state === 'started' || asked.state === 'present') };
    }
    const once = waitWords({ ...asked, delay: 0, timeout: 0 }, path, locals);
    return { path, locals, satisfied: (await probe.ask(['sh', '-c', waitScript, 'sh', ...once], { timeout: asked.connect_timeout + 30 })).code === 0 };
  },
  plan(asked, { path, locals, satisfied }, here) {
    const result = { state: asked.state, port: asked.port ?? null, path: path || null, search_regex: asked.search_regex ?? null };
    if (satisfied) return { changes: [], result: { ...result, elapsed: 0 } };
    const step = scriptStep(waitScript, waitWords(asked, path, locals), { codes: 'any', timeout: asked.timeout + asked.delay + asked.connect_timeout + 60 });
    return { changes: [], waits: [step], result, ...(here.check && { again: `${awaited(asked)}, which is not so yet` }) };
  },
  output(asked, _found, steps) {
    const waited = steps[0];
    if (!waited) return {};
    const [, seconds, matched = ''] = /(?:^|\n)@waited (\d+)\n([^]*)$/.exec(waited.stdout.toString()) ?? [];
    const elapsed = Number(seconds ?? 0);
    if (waited.code === 0) return { elapsed, ...groupsOf(asked, matched) };
    const why = textOf(waited.stderr);
    throw new ModuleFailure(asked.msg ?? (waited.code === 1 ? `${awaited(asked)}: not so after ${elapsed} s` : `cannot wait for ${awaited(asked)}: ${why}`), { result: { elapsed } });
  },
});

function refuse(asked: Params): void {
  if (asked.path !== undefined && asked.port !== undefined) throw new ModuleFailure('give port or path, not both');
  if (asked.path !== undefined && (asked.state === 'stopped' || asked.state === 'drained')) throw new ModuleFailure(`state ${asked.state} is for a port; for a path it is absent`);
  if (asked.state === 'drained' && asked.port === undefined) throw new ModuleFailure('state drained needs port');
  if (asked.exclude_hosts !== undefined && asked.state !== 'drained') throw new ModuleFailure('exclude_hosts is for state drained alone');
  if (asked.search_regex !== undefined) pythonRegex(asked.search_regex, { multiline: true });
}

/** What is waited for, in words. */
function awaited({ host, port, path, state, search_regex: pattern }: Params): string {
  const what = port === undefined ? path : `${host}:${port}`;
  if (what === undefined) return 'time';
  if (state === 'drained') return `${what} without connections`;
  if (state === 'stopped' || state === 'absent') return port === undefined ? `${what} gone` : `${what} closed`;
  return pattern === undefined ? (port === undefined ? `${what} there` : `${what} open`) : `${pattern} in ${what}`;
}

function groupsOf({ search_regex: pattern }: Params, matched: string): { match_groups: string[]; match_groupdict: Record<string, string> } {
  const match = pattern === undefined ? null : pythonRegex(pattern, { multiline: true }).exec(matched);
  return { match_groups: match ? [...match].slice(1).map((group) => group ?? '') : [], match_groupdict: { ...match?.groups } };
}
