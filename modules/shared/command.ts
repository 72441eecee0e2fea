/** What the modules `command` and `shell` share: params, conditions, the step, the result. */
import posix from 'node:path/posix';
import { flag, Missing, ModuleFailure, quote, text, type Plan, type Probe, type Run, type StepResult } from '../../engine/module/kit.ts';
import { expandPaths } from './host-path.ts';

/** Params of both. */
export const commandParams = {
  chdir: text().optional().describe('folder of the host to run in'),
  creates: text().optional().describe('path or pattern on the host; the command does not run where it is there'),
  removes: text().optional().describe('path or pattern on the host; the command runs only where it is there'),
  stdin: text().optional().describe('what the command reads; default nothing'),
  stdin_add_newline: flag().default(true).describe('ends stdin with a newline; default yes'),
  strip_empty_ends: flag().default(true).describe('takes newlines off the ends of stdout and stderr; default yes'),
  executable: text().optional().describe('has an effect in the module shell alone'),
  warn: flag().optional().describe('taken for old playbooks, without effect'),
};

/** Names that may stand as name=value in the bare text after the module's name, as Ansible takes them. */
export const freeFormOptions = ['chdir', 'creates', 'removes', 'stdin', 'stdin_add_newline', 'strip_empty_ends', 'executable', 'warn'] as const;

/** What `register` gets. */
export const commandReturns = {
  rc: 'exit code', stdout: 'text', stderr: 'text', stdout_lines: 'stdout as a list', stderr_lines: 'stderr as a list',
  cmd: 'the words, or the shell text', start: 'time it began', end: 'time it ended', delta: 'how long it took, h:mm:ss.ffffff',
};

/** The params that decide how and whether a command runs. */
export interface CommandAsked {
  readonly chdir?: string | undefined;
  readonly creates?: string | undefined;
  readonly removes?: string | undefined;
  readonly stdin?: string | undefined;
  readonly stdin_add_newline: boolean;
  readonly strip_empty_ends: boolean;
}

/** Whether what creates, removes and chdir name is there. */
export interface CommandFound {
  readonly chdir?: string | undefined;
  readonly chdirMissing: boolean;
  readonly created: boolean;
  readonly removed: boolean;
}

/** Asks only where creates, removes or chdir is given. */
export async function inspectCommand({ chdir, creates, removes }: Pick<CommandAsked, 'chdir' | 'creates' | 'removes'>, probe: Probe): Promise<CommandFound> {
  const [folder, made, gone] = await expandPaths([chdir ?? '', creates ?? '', removes ?? ''], probe) as [string, string, string];
  const [folderStat, created, present] = await Promise.all([
    folder === '' ? undefined : probe.stat(folder, { follow: true }),
    made !== '' && isThere(made, folder, probe),
    gone !== '' && isThere(gone, folder, probe),
  ]);
  return { chdir: folder || undefined, chdirMissing: folder !== '' && folderStat?.kind !== 'directory', created, removed: gone !== '' && !present };
}

/** The steps look for themselves at what creates, removes and chdir name, unless these are patterns or begin at the user's home. */
export function unlookedCommand({ chdir, creates = '', removes = '' }: CommandAsked): CommandFound | undefined {
  const isKnown = chdir === undefined || (chdir.startsWith('/') && isPlain(chdir));
  return isKnown && isPlain(creates) && isPlain(removes) ? { chdir, chdirMissing: false, created: false, removed: false } : undefined;
}

/** True for a path that stands for itself. */
function isPlain(path: string): boolean {
  return !/[*?[~$]/.test(path);
}

async function isThere(path: string, folder: string, probe: Probe): Promise<boolean> {
  const full = under(folder || undefined, path);
  if (!/[*?[]/.test(full)) return (await probe.stat(full)) !== undefined;
  const script = `for f in ${globText(full)}; do if [ -e "$f" ] || [ -L "$f" ]; then exit 0; fi; done; exit 1`;
  return (await probe.ask(['sh', '-c', script])).code === 0;
}

function under(folder: string | undefined, path: string): string {
  return folder === undefined ? path : posix.resolve(folder, path);
}

/** A path pattern as shell text in which *, ? and plain [sets] alone have a meaning. */
function globText(pattern: string): string {
  return pattern.split(/(\*|\?|\[!?[\w-]+\])/).map((part, index) => (index % 2 === 1 ? part : part === '' ? '' : quote(part))).join('');
}

/** The plan: nothing where creates or removes says so, else one step. Throws Missing where the folder to run in is not there. */
export function planCommand(run: Pick<Run, 'argv' | 'script' | 'executable'>, cmd: string | readonly string[], asked: CommandAsked, found: CommandFound): Plan {
  if (found.created) return notRun(cmd, asked.creates!, 'exists');
  if (found.removed) return notRun(cmd, asked.removes!, 'does not exist');
  const line = typeof cmd === 'string' ? cmd : cmd.join(' ');
  const step: Run = {
    kind: 'run', ...run, codes: 'any',
    ...(found.chdir !== undefined && { cwd: found.chdir }),
    ...(asked.creates !== undefined && isPlain(asked.creates) && { creates: under(found.chdir, asked.creates) }),
    ...(asked.removes !== undefined && isPlain(asked.removes) && { removes: under(found.chdir, asked.removes) }),
    ...(asked.stdin !== undefined && { stdin: asked.stdin_add_newline ? `${asked.stdin}\n` : asked.stdin }),
    ...(asked.creates !== undefined && !/[*?[]/.test(asked.creates) && { makes: [posix.resolve(found.chdir ?? '/', asked.creates)] }),
  };
  const plan = { changes: [{ summary: `run ${line.length > 200 ? `${line.slice(0, 200)}…` : line}`, steps: [step] }], result: { cmd } };
  if (found.chdirMissing) throw new Missing({ kind: 'path', name: found.chdir! }, noFolder(found.chdir!), undefined, plan);
  return plan;
}

function noFolder(folder: string): string {
  return `the folder ${folder} to run in is not on the host`;
}

/** In the words that Ansible registers. */
function notRun(cmd: string | readonly string[], path: string, how: string): Plan {
  return { changes: [], result: { cmd, ...notRunResult(path, how) } };
}

function notRunResult(path: string, how: string): Record<string, unknown> {
  return { rc: 0, stdout: `skipped, since ${path} ${how}`, stderr: '', msg: `Did not run command since '${path}' ${how}` };
}

/** The result of a command that ran; `failed` where its code is not 0. `now` is milliseconds since 1970. Throws ModuleFailure where its folder is not there. */
export function commandOutput({ strip_empty_ends: strip, chdir, creates, removes }: CommandAsked, steps: readonly StepResult[], now: number): Record<string, unknown> {
  const ran = steps[0];
  if (!ran) return {};
  if (ran.skipped === 'cwd') throw new ModuleFailure(noFolder(chdir!));
  if (ran.skipped) return ran.skipped === 'creates' ? notRunResult(creates!, 'exists') : notRunResult(removes!, 'does not exist');
  const textOf = (bytes: Buffer): string => (strip ? bytes.toString().replace(/[\r\n]+$/, '') : bytes.toString());
  const stdout = textOf(ran.stdout);
  const stderr = textOf(ran.stderr);
  return {
    rc: ran.code, stdout, stderr, stdout_lines: linesOf(stdout), stderr_lines: linesOf(stderr),
    start: timeText(now - ran.duration), end: timeText(now), delta: durationText(ran.duration),
    ...(ran.truncated && { truncated: true }),
    ...(ran.code !== 0 && { failed: true, msg: 'non-zero return code' }),
  };
}

/** Lines as Python's splitlines makes them. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** `2026-11-20 10:11:12.345000`, in UTC. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '000');
}

/** `0:01:02.345000`. */
function durationText(ms: number): string {
  const pad = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const seconds = Math.max(0, ms) / 1000;
  return `${Math.floor(seconds / 3600)}:${pad((seconds / 60) % 60)}:${pad(seconds % 60)}.${String(Math.floor((seconds % 1) * 1e6)).padStart(6, '0')}`;
}
