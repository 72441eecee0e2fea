/** Many stats in few processes: one command for all paths, its answer taken apart again. */
import { randomBytes } from 'node:crypto';
import { absent, pathWord, reason } from './look.ts';
import type { Command } from './request.ts';
import { LookFailed, textOf, type Result, type Stat } from './session.ts';

export interface StatQuestion {
  readonly path: string;
  readonly follow: boolean;
  readonly sha256: boolean;
}

/** What a path's stat was found to be; an error is for that path alone. `'ask again'`: it must be asked by itself. */
export type StatAnswer = { readonly stat: Stat | undefined } | { readonly error: LookFailed } | 'ask again';

const fields = '%f:%u:%g:%s:%Y:%X:%Z:%i:%d:%h:%U:%G:%n';
const mebibyte = 1024 * 1024;

/** One command for all questions, and the reader of its result. */
export function statCommand(questions: readonly StatQuestion[]): { command: Command; read: (result: Result) => StatAnswer[] } {
  const token = randomBytes(8).toString('hex');
  const lines = ['LC_ALL=C; export LC_ALL; k_i=; set --'];
  for (const follow of [false, true]) {
    const paths = questions.filter((question) => question.follow === follow).map(({ path }) => pathWord(path));
    lines.push(paths.length === 0 ? ':' : `stat ${follow ? '-L ' : ''}-c '${fields}' -- ${paths.join(' ')}`, `echo "${token} s $?"`);
  }
  questions.forEach((question, index) => {
    const path = pathWord(question.path);
    if (!question.follow) lines.push(`if [ -L ${path} ]; then echo '${token} l ${index}'; readlink -n ${path}; echo; fi`);
    const plain = question.follow ? '' : `[ ! -L ${path} ] && `;
    if (question.sha256) lines.push(`if ${plain}[ -f ${path} ]; then set -- "$@" ${path}; k_i="$k_i ${index}"; fi`);
  });
  if (questions.some(({ sha256 }) => sha256)) lines.push(digestText(token));
  const timeout = questions.some(({ sha256 }) => sha256) ? 600 : 60;
  return {
    command: { kind: 'own', text: lines.join('\n'), timeout, cap: mebibyte + questions.length * 8192 },
    read: (result) => readStats(questions, token, result),
  };
}

/** Digests of the files in `$@`, whose indices are in k_i: one process for all of them, or one each where it could not read them all. */
function digestText(token: string): string {
  return `k_dg() {
for k_x in $k_i; do
echo "${token} h $k_x"
{ sha256sum <"$1" || openssl dgst -sha256 -r <"$1"; } 2>/dev/null
shift
done
}
if [ $# -gt 1 ]; then
echo "${token} d$k_i"
sha256sum -- "$@" 2>/dev/null || k_dg "$@"
else
k_dg "$@"
fi`;
}

/** Takes the answer apart: names come back raw, and in order, so each row is known by the name that must end it. */
function readStats(questions: readonly StatQuestion[], token: string, result: Result): StatAnswer[] {
  const [bare = '', ...parts] = result.stdout.toString('utf8').split(`${token} `);
  const [bareCode, followed] = readCode(parts[0]);
  const [followedCode] = readCode(parts[1]);
  const found = new Map<number, Stat>([...readRows(questions, false, bare), ...readRows(questions, true, followed)]);
  const more = readMore(parts.slice(2));
  const unclear = unclearText(textOf(result.stderr), Math.max(bareCode, followedCode), questions.length);
  return questions.map((question, index) => {
    const stat = found.get(index);
    if (stat) return { stat: { ...stat, ...more.get(index) } };
    if (unclear === undefined) return { stat: undefined };
    if (questions.length > 1) return 'ask again';
    return { error: new LookFailed(`cannot look at ${question.path}: ${reason(unclear, result)}`) };
  });
}

/** What was complained of beside absent files; undefined where nothing was. */
function unclearText(message: string, code: number, count: number): string | undefined {
  if (code > 1) return message || `stat ended with code ${code}`;
  if (count === 1) return message === '' || absent(message) ? undefined : message;
  return message.split('\n').find((line) => line !== '' && !absent(line));
}

/** A part that begins with the code of the stat before it, and its rows; no such part: stat was ended. */
function readCode(part: string | undefined): [number, string] {
  const head = /^s (\d+)\n/.exec(part ?? '');
  return head ? [Number(head[1]), part!.slice(head[0].length)] : [124, ''];
}

function readRows(questions: readonly StatQuestion[], follow: boolean, rows: string): [number, Stat][] {
  const found: [number, Stat][] = [];
  let text = rows;
  questions.forEach((question, index) => {
    const row = /^([0-9a-f]+(?::-?\d+){9}:[^:\n]*:[^:\n]*):/.exec(text);
    const name = `${question.path.startsWith('/') ? '' : './'}${question.path}\n`;
    if (question.follow !== follow || !row || !text.startsWith(name, row[0].length)) return;
    found.push([index, readFields(row[1]!)]);
    text = text.slice(row[0].length + name.length);
  });
  return found;
}

/** Link targets and digests, each under its own heading, or digests of many files in their order. */
function readMore(parts: readonly string[]): Map<number, Partial<Stat>> {
  const more = new Map<number, Partial<Stat>>();
  for (const part of parts) {
    const many = /^d((?: \d+)+)\n/.exec(part);
    const indices = many?.[1]!.trim().split(' ').map(Number) ?? [];
    const sums = many ? part.split('\n').flatMap((line) => /^\\?([0-9a-f]{64}) /.exec(line)?.[1] ?? []) : [];
    if (sums.length === indices.length) indices.forEach((index, at) => more.set(index, { ...more.get(index), sha256: sums[at] }));
    const head = /^([lh]) (\d+)\n/.exec(part);
    if (!head) continue;
    const index = Number(head[2]);
    const body = part.slice(head[0].length);
    const sha256 = /^[0-9a-f]{64}/.exec(body)?.[0];
    more.set(index, { ...more.get(index), ...(head[1] === 'l' ? { target: body.replace(/\n$/, '') } : { sha256 }) });
  }
  return more;
}

const kinds: Readonly<Record<number, Stat['kind']>> = {
  0x8000: 'file', 0x4000: 'directory', 0xa000: 'link', 0x6000: 'block', 0x2000: 'character', 0x1000: 'fifo', 0xc000: 'socket',
};

function readFields(row: string): Stat {
  const parts = row.split(':');
  const raw = parseInt(parts[0]!, 16);
  const [uid, gid, size, mtime, atime, ctime, inode, device, links] = parts.slice(1, 10).map(Number) as [number, number, number, number, number, number, number, number, number];
  const name = (word: string | undefined, id: number) => (word === undefined || word === '' || word === 'UNKNOWN' ? String(id) : word);
  const kind = kinds[raw & 0xf000] ?? 'file';
  const mode = (raw & 0o7777).toString(8).padStart(4, '0');
  return { kind, mode, uid, gid, owner: name(parts[10], uid), group: name(parts[11], gid), size, mtime, atime, ctime, inode, device, links };
}
