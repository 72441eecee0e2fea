/** Mode, owner and group: the params that file modules share, and the change that makes them so. */
import { fileMode, Missing, text, textOf, type Change, type Plan, type Probe, type Stat, type StepResult, type Thing } from '../../engine/module/kit.ts';
import { applyMode } from './file-mode.ts';

/** What a user may ask of a file beside its content. */
export interface Wanted {
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/** The numbers that the host knows for wanted names, and what it does not know. */
export interface Ids {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly missing?: Thing | undefined;
}

/** `mode`, `owner` and `group` as params. */
export const attributeParams = {
  mode: fileMode().refine((mode) => mode !== 'preserve', 'preserve is known to copy and template alone').optional().describe('permission bits: "0644", or symbolic such as u=rwX,g=rX; default: what it has, 0644 for a new file'),
  owner: text().optional().describe('user name or number; default: what it has, the acting user for a new file'),
  group: text().optional().describe('group name or number; default: what it has, the acting user\'s for a new file'),
};

/** Asks the host for the numbers of wanted names; asks nothing where no name is wanted. */
export async function askIds(wanted: Wanted, probe: Probe): Promise<Ids> {
  const names = [wanted.owner, wanted.group].map((name) => (name === undefined || /^\d+$/.test(name) ? '' : name));
  let answers = ['', ''];
  if (names.some((name) => name !== '')) answers = (await probe.ask(['sh', '-c', idScript, 'sh', ...names], { reads: ['/etc/passwd', '/etc/group', '/etc/nsswitch.conf'] })).stdout.toString().split('\n');
  const uid = idOf(wanted.owner, answers[0]);
  const gid = idOf(wanted.group, answers[1]);
  const missing: Thing | undefined = uid === 'none' ? { kind: 'user', name: wanted.owner! } : gid === 'none' ? { kind: 'group', name: wanted.group! } : undefined;
  return { uid: uid === 'none' ? undefined : uid, gid: gid === 'none' ? undefined : gid, missing };
}

const idScript = `
if [ -n "$1" ]; then id -u "$1" 2>/dev/null || echo none; else echo; fi
if [ -n "$2" ]; then
  { getent group "$2" 2>/dev/null || awk -F: -v n="$2" '$1 == n { print; f = 1 } END { exit !f }' /etc/group || echo none:x:none; } | head -n 1 | cut -d: -f3
fi`;

function idOf(name: string | undefined, answer: string | undefined): number | 'none' | undefined {
  if (name === undefined) return undefined;
  if (/^\d+$/.test(name)) return Number(name);
  return answer !== undefined && /^\d+$/.test(answer) ? Number(answer) : 'none';
}

/** The plan, once it is certain that the host knows the wanted names. Throws Missing, which holds the plan. */
export function withKnownNames(ids: Ids, plan: Plan): Plan {
  if (!ids.missing) return plan;
  const { kind, name } = ids.missing;
  throw new Missing(ids.missing, `the host knows no ${kind} "${name}"`, `make it earlier with the ${kind} module`, plan);
}

/** What is to be set of what is already there: nothing, or one change. `noFollow` means a link itself, which has no mode. */
export function attributeChanges(path: string, wanted: Wanted, stat: Stat, ids: Ids, options: { noFollow?: boolean } = {}): Change[] {
  const mode = wanted.mode === undefined || options.noFollow ? undefined : modeToSet(wanted.mode, stat);
  const owner = wanted.owner === undefined || wanted.owner === stat.owner || ids.uid === stat.uid ? undefined : wanted.owner;
  const group = wanted.group === undefined || wanted.group === stat.group || ids.gid === stat.gid ? undefined : wanted.group;
  const rows = [
    ...(mode === undefined ? [] : [{ what: 'mode', before: stat.mode, after: shortMode(mode) }]),
    ...(owner === undefined ? [] : [{ what: 'owner', before: stat.owner, after: owner }]),
    ...(group === undefined ? [] : [{ what: 'group', before: stat.group, after: group }]),
  ];
  if (rows.length === 0) return [];
  return [{
    summary: `set ${rows.map((row) => `${row.what} ${row.after}`).join(', ')} of ${path}`,
    of: path,
    before: rows.map((row) => `${row.what}: ${row.before}\n`).join(''),
    after: rows.map((row) => `${row.what}: ${row.after}\n`).join(''),
    steps: [{ kind: 'attributes', path, ...(mode !== undefined && { mode }), ...(owner !== undefined && { owner }), ...(group !== undefined && { group }), ...(options.noFollow && { noFollow: true }) }],
  }];
}

/** The octal digits for chmod, or undefined where the bits are so. Five digits where a directory is to lose setuid or
 * setgid, which chmod keeps otherwise. */
function modeToSet(mode: string, stat: Stat): string | undefined {
  const wanted = applyMode(mode, stat);
  const now = parseInt(stat.mode, 8);
  if (parseInt(wanted, 8) === now) return undefined;
  return stat.kind === 'directory' && (now & 0o6000 & ~parseInt(wanted, 8)) !== 0 ? wanted.padStart(5, '0') : wanted;
}

function shortMode(mode: string): string {
  return mode.length === 5 ? mode.slice(1) : mode;
}

/** The file that a write kept of what was there before it, as the session tells it. */
export function keptFile(steps: readonly StepResult[]): string | undefined {
  const wrote = steps.find(({ step }) => step.kind === 'write' && step.backup === true);
  return wrote && textOf(wrote.stdout) ? textOf(wrote.stdout) : undefined;
}

/** What `register` stores of a path as it will be: mode, owner, group, size, as far as they are known. */
export function attributeResult(wanted: Wanted, stat: Stat | undefined): Record<string, unknown> {
  const mode = wanted.mode === undefined ? stat?.mode : applyMode(wanted.mode, stat ?? { kind: 'file', mode: '0644' });
  return { ...(mode !== undefined && { mode }), ...((wanted.owner ?? stat?.owner) !== undefined && { owner: wanted.owner ?? stat?.owner }), ...((wanted.group ?? stat?.group) !== undefined && { group: wanted.group ?? stat?.group }) };
}
