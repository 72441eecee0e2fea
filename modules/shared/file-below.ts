/** Mode and owner of all that is below a folder: what differs, and the step that sets it. */
import { quoteAll, type Change, type Probe } from '../../engine/module/kit.ts';
import type { Wanted } from './file-attributes.ts';
import { chmodText, findOtherBits, modeBits } from './file-mode.ts';
import { scriptStep } from './script.ts';

/** Entries below a folder that are not as asked; `more` where they were too many to list. */
export interface Below {
  readonly paths: readonly string[];
  readonly more: boolean;
}

interface BelowAsked extends Wanted {
  readonly follow: boolean;
}

/** Lists what differs below a folder; the host's find decides, so it is one command whatever the number. Nothing where it knows no such owner. */
export async function lookBelow(folder: string, asked: BelowAsked, probe: Probe): Promise<Below> {
  const tests = [ownerTest(asked), ...modeRules(asked).map(({ test }) => test)].filter((test) => test.length > 0);
  if (tests.length === 0) return { paths: [], more: false };
  const any = tests.flatMap((test, index) => [...(index > 0 ? ['-o'] : []), '(', ...test, ')']);
  const { stdout, truncated } = await probe.ask(['find', ...roots(folder, asked), '-mindepth', '1', '(', ...any, ')', '-print0'], { timeout: 600, cap: 256 * 1024 });
  return { paths: stdout.toString().split('\0').filter(Boolean), more: truncated };
}

/** The change that sets what differs; owners first, for a change of owner takes setuid bits away. */
export function belowChanges(folder: string, below: Below, asked: BelowAsked): Change[] {
  if (below.paths.length === 0) return [];
  const owner = ownerTest(asked);
  const find = (test: readonly string[], command: readonly string[]): string => `find ${quoteAll([...roots(folder, asked), '-mindepth', '1', '(', ...test, ')', '-exec', ...command])} {} +`;
  const lines = [
    // With follow, find names a link where what it points to is meant.
    ...(owner.length === 0 ? [] : [find(owner, ['chown', ...(asked.follow ? [] : ['-h']), ownerText(asked)])]),
    ...modeRules(asked).map(({ test, chmod }) => find(test, ['chmod', chmod])),
  ];
  const what = [asked.mode === undefined ? '' : `mode ${asked.mode}`, asked.owner === undefined ? '' : `owner ${asked.owner}`, asked.group === undefined ? '' : `group ${asked.group}`].filter(Boolean).join(', ');
  const count = `${below.paths.length}${below.more ? ' or more' : ''} ${below.paths.length === 1 ? 'entry' : 'entries'}`;
  return [{ summary: `set ${what} of ${count} below ${folder}`, of: folder, before: '', after: `${below.paths.slice(0, 100).join('\n')}\n`, steps: [scriptStep(lines.join(' && '))] }];
}

function roots(folder: string, { follow }: BelowAsked): string[] {
  return [follow ? '-L' : '-P', `${folder.startsWith('/') ? '' : './'}${folder}/`.replace(/\/+$/, '/')];
}

function ownerTest({ owner, group }: Wanted): string[] {
  return [...(owner === undefined ? [] : ['!', '-user', owner]), ...(owner !== undefined && group !== undefined ? ['-o'] : []), ...(group === undefined ? [] : ['!', '-group', group])];
}

function ownerText({ owner, group }: Wanted): string {
  return `${owner ?? ''}${group === undefined ? '' : `:${group}`}`;
}

/** A test and chmod's words for each kind of entry that the mode treats alike; X parts folders and programs from the rest. Links have no mode. */
function modeRules({ mode }: Wanted): { readonly test: readonly string[]; readonly chmod: string }[] {
  if (mode === undefined) return [];
  const anyX = ['(', '-perm', '-0100', '-o', '-perm', '-0010', '-o', '-perm', '-0001', ')'];
  const kinds = mode.includes('X')
    ? [
      { is: ['-type', 'd'], of: { directory: true, executable: true } },
      { is: ['!', '-type', 'd', ...anyX], of: { directory: false, executable: true } },
      { is: ['!', '-type', 'd', '!', ...anyX], of: { directory: false, executable: false } },
    ]
    : [{ is: [], of: { directory: false, executable: false } }];
  return kinds.flatMap(({ is, of }) => {
    const bits = modeBits(mode, of);
    const differs = findOtherBits(bits);
    return differs.length === 0 ? [] : [{ test: ['!', '-type', 'l', ...is, '(', ...differs, ')'], chmod: chmodText(bits) }];
  });
}
