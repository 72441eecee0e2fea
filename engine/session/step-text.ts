/** The shell text of each kind of step, writes apart. */
import { exportText, pathWord, printText } from './look.ts';
import { newMarker } from './frame.ts';
import { quote, quoteAll } from './quote.ts';
import type { Command } from './request.ts';
import type { Attributes, Directory, Link, Remove, Run } from './step.ts';
import { ownerText } from './write-text.ts';

const mebibyte = 1024 * 1024;
/** Longest text that goes to a shell as one argument; Linux allows 128 KiB. */
const longestArgument = 96 * 1024;

/** A user's command, in its own locale; `stdinFile` is read instead of inline input where that was too large. */
export function runCommand(step: Run, onOutput: Command['onOutput'], stdinFile?: string): Command {
  const { argv, script, executable = '/bin/sh', env = {}, cwd, timeout = 3600, codes = [0], cap = 16 * mebibyte, quiet = false, leavesNothing = false } = step;
  if ((argv === undefined) === (script === undefined)) throw new RangeError('a command is either argv or script');
  if (argv?.length === 0) throw new RangeError('a command needs at least one word');
  const lines: string[] = [];
  if (stdinFile !== undefined) lines.push(`exec <${quote(stdinFile)} || exit 1`, `rm -f ${quote(stdinFile)}`);
  const skipMark = step.creates === undefined && step.removes === undefined && cwd === undefined ? undefined : newMarker();
  if (step.creates !== undefined) lines.push(`if ${there(step.creates)}; then k_p ${skipMark!}-creates; exit 0; fi`);
  if (step.removes !== undefined) lines.push(`if ! { ${there(step.removes)}; }; then k_p ${skipMark!}-removes; exit 0; fi`);
  if (cwd !== undefined) lines.push(`cd ${pathWord(cwd)} || { k_p ${skipMark!}-cwd; exit 1; }`);
  lines.push(`${exportText(env)}${argv ? `k_x ${quoteAll(argv)}` : scriptText(script!, executable)}`);
  const stdin = step.stdin === undefined || stdinFile !== undefined ? undefined : printText(step.stdin);
  return { kind: leavesNothing ? 'ask' : 'run', text: lines.join('\n'), stdin, timeout, cap, allowed: codes, skipMark, onOutput: quiet ? undefined : onOutput && unlessMark(skipMark, onOutput) };
}

function there(path: string): string {
  return `[ -e ${pathWord(path)} ] || [ -L ${pathWord(path)} ]`;
}

/** People need not see the mark. */
function unlessMark(mark: string | undefined, onOutput: NonNullable<Command['onOutput']>): Command['onOutput'] {
  return mark === undefined ? onOutput : (text, stream) => { if (!text.startsWith(mark)) onOutput(text, stream); };
}

/** A script is one argument of its shell; one too long for that is read from a pipe under /dev/fd. */
function scriptText(script: string, executable: string): string {
  if (Buffer.byteLength(script) <= longestArgument) return `k_x ${quote(executable)} -c ${quote(script)}`;
  return `exec 9<&0\n{ ${printText(script)}; } | k_x ${quote(executable)} /dev/fd/8 8<&0 <&9 9<&-`;
}

/** Makes a directory; missing parents get the same mode and owner, as Ansible does. */
export function directoryText({ path, mode, owner = '', group = '' }: Directory): string {
  const attributes: string[] = [];
  if (owner !== '' || group !== '') attributes.push(`chown ${quote(ownerText(owner, group))} "$1" || exit 1`);
  if (mode !== undefined) attributes.push(`chmod ${quote(mode)} "$1" || exit 1`);
  const parts = path.split('/').filter((part) => part !== '');
  const above = parts.slice(0, -1).map((_, index) => (path.startsWith('/') ? '/' : '') + parts.slice(0, index + 1).join('/'));
  return [
    `k_a() {\n${attributes.join('\n') || ':'}\n}`,
    `k_mk() {\n[ -d "$1" ] || { ${mode === undefined ? '' : 'umask 077; '}mkdir "$1" || [ -d "$1" ] || exit 1; k_a "$1"; }\n}`,
    ...above.map((part) => `k_mk ${pathWord(part)}`),
    `if [ -d ${pathWord(path)} ]; then k_a ${pathWord(path)}; else k_mk ${pathWord(path)}; fi`,
  ].join('\n');
}

/** Makes a link beside its place and renames it; never puts it into a directory that stands there. */
export function linkText({ path, target, hard = false }: Link, name: string): string {
  return [
    `k_o=${pathWord(path)}`,
    `case $k_o in */*) k_t=\${k_o%/*}/${name} ;; *) k_t=./${name} ;; esac`,
    `if [ -d "$k_o" ] && [ ! -L "$k_o" ]; then echo "$k_o: is a directory" >&2; exit 1; fi`,
    // Renaming one name of a file onto another does nothing: that link is there already.
    ...(hard ? [`[ ! "$k_o" -ef ${pathWord(target)} ] || exit 0`] : []),
    `trap 'rm -f "$k_t"' EXIT; trap 'exit 143' TERM HUP INT PIPE`,
    hard ? `ln ${pathWord(target)} "$k_t" || exit 1` : `ln -s -- ${quote(target)} "$k_t" || exit 1`,
    `mv -fT "$k_t" "$k_o" 2>/dev/null && exit 0`,
    `[ ! -L "$k_o" ] || rm -f "$k_o"`,
    `mv -f "$k_t" "$k_o"`,
  ].join('\n');
}

/** Removes a path and all below it. Throws RangeError for the root and for paths that would mean it. */
export function removeText({ path }: Remove): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..')) throw new RangeError(`will not remove "${path}": the path must name something below the root, without ".."`);
  return `exec rm -rf ${pathWord(path.replace(/(?<=.)\/+$/, ''))}`;
}

/** Mode and owner of what is there. */
export function attributesText({ path, mode, owner = '', group = '', recurse = false, noFollow = false }: Attributes): string {
  const place = pathWord(path);
  const lines = [`k_o=${place}`, `[ -e "$k_o" ] || [ -L "$k_o" ] || { echo "$k_o: no such file or directory" >&2; exit 1; }`];
  // A link to a directory is entered where links are followed; chown and chmod do not enter it by themselves.
  if (recurse && !noFollow) lines.push(`[ ! -L "$k_o" ] || [ ! -d "$k_o" ] || k_o=$k_o/.`);
  const flags = `${recurse ? '-R ' : ''}${noFollow && !recurse ? '-h ' : ''}`;
  if (owner !== '' || group !== '') lines.push(`chown ${flags}${quote(ownerText(owner, group))} "$k_o" || exit 1`);
  if (mode !== undefined) lines.push(`${noFollow ? '[ -L "$k_o" ] || ' : ''}chmod ${recurse ? '-R ' : ''}-- ${quote(mode)} "$k_o" || exit 1`);
  return lines.join('\n');
}
