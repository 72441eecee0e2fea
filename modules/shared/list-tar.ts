/** What a tar archive of the controller holds, as the controller's own tar tells it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ModuleFailure, type LocalFile } from '../../engine/module/kit.ts';
import { memberName, type Member } from './archive.ts';

const run = promisify(execFile);
const known = new Map<string, Promise<Member[]>>();

/** The members, as `options` (of tar: --strip-components, --exclude) and `names` choose and rename them. Read once a run. Throws ModuleFailure. */
export async function listTar(file: LocalFile, options: readonly string[], names: readonly string[]): Promise<Member[]> {
  const key = JSON.stringify([await file.sha256(), options, names]);
  let members = known.get(key);
  if (!members) known.set(key, (members = readMembers(file, options, names)));
  return members;
}

/** Two listings: with names for owners, and with numbers for those that a host does not know. */
async function readMembers(file: LocalFile, options: readonly string[], names: readonly string[]): Promise<Member[]> {
  const [named, numbered] = await Promise.all([list(file, options, names), list(file, ['--numeric-owner', ...options], names)]);
  return named.flatMap((line, index) => readLine(line, numbered[index] ?? '') ?? []);
}

async function list(file: LocalFile, options: readonly string[], names: readonly string[]): Promise<string[]> {
  const argv = ['-t', '-v', '-P', '--full-time', '--show-transformed-names', '--quoting-style=escape', ...options, '-f', file.path, ...names];
  try {
    const { stdout } = await run('tar', argv, { encoding: 'latin1', maxBuffer: 512 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } });
    return stdout.split('\n').filter(Boolean);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new ModuleFailure(`cannot list the archive ${file.path}: ${stderr?.trim().split('\n')[0] || message}`, { hint: 'the controller needs GNU tar and the tool that packed the archive (gzip, xz, bzip2, zstd)' });
  }
}

const line = /^([-dlhbcpC])([-rwxsStT]{9})\S*\s+(\S+)\/(\S+)\s+(\d+|\d+,\d+)\s+(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? (.*)$/;

/** `-rw-r--r-- root/root 3 2024-01-02 03:04:05 ./h`; nothing for a member whose name was stripped away. */
function readLine(named: string, numbered: string): Member | undefined {
  const [, type, bits, owner, group, size, day, time, rest] = line.exec(named) ?? [];
  const [, , , uid, gid] = line.exec(numbered) ?? [];
  if (type === undefined) throw new ModuleFailure(`cannot read what tar says of a member: ${named.slice(0, 200)}`, { hint: 'the controller needs GNU tar' });
  const [name, target] = namesOf(type, rest!);
  if (name === '' || name.startsWith('/') && memberName(name) === '') return undefined;
  return {
    name: memberName(name), mode: modeOf(bits!), size: Number(size), mtime: Date.parse(`${day}T${time}Z`) / 1000,
    kind: type === '-' || type === 'C' ? 'file' : type === 'd' ? 'directory' : type === 'l' ? 'link' : type === 'h' ? 'hard' : 'other',
    owner: { name: owner!, uid: Number(uid) }, group: { name: group!, gid: Number(gid) },
    ...(type === 'l' && { target }),
  };
}

function namesOf(type: string, rest: string): [name: string, target: string] {
  const arrow = type === 'l' ? ' -> ' : type === 'h' ? ' link to ' : undefined;
  const at = arrow === undefined ? -1 : rest.indexOf(arrow);
  return at < 0 ? [unescaped(rest), ''] : [unescaped(rest.slice(0, at)), unescaped(rest.slice(at + arrow!.length))];
}

/** Octal and backslash escapes back to bytes, bytes to text. */
function unescaped(text: string): string {
  const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07' };
  const bytes = text.replace(/\\(?:([0-7]{3})|(.))/g, (_, octal?: string, other?: string) => (octal !== undefined ? String.fromCharCode(parseInt(octal, 8)) : (controls[other!] ?? other!)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** `rwxr-sr-t` as bits. */
function modeOf(bits: string): number {
  let mode = 0;
  [...bits].forEach((letter, index) => { if (!/[-ST]/.test(letter)) mode |= 0o400 >> index; });
  if (/[sS]/.test(bits[2]!)) mode |= 0o4000;
  if (/[sS]/.test(bits[5]!)) mode |= 0o2000;
  if (/[tT]/.test(bits[8]!)) mode |= 0o1000;
  return mode;
}
