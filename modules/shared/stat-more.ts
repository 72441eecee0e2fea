/** What the module `stat` tells beyond a plain stat: one command for all of it. */
import type { Probe } from '../../engine/module/kit.ts';

/** All missing where nothing is there, each where the host has no tool for it. */
export interface More {
  readonly readable?: boolean | undefined;
  readonly writeable?: boolean | undefined;
  readonly executable?: boolean | undefined;
  /** Where links lead. */
  readonly real?: string | undefined;
  readonly blocks?: number | undefined;
  readonly blockSize?: number | undefined;
  readonly deviceType?: number | undefined;
  readonly checksum?: string | undefined;
  readonly mimetype?: string | undefined;
  readonly charset?: string | undefined;
  /** As lsattr prints them: `e`; and in Ansible's words: `extents`. */
  readonly attrFlags?: string | undefined;
  readonly attributes?: readonly string[] | undefined;
  readonly version?: string | null | undefined;
}

export interface MoreAsked {
  readonly follow: boolean;
  readonly get_checksum: boolean;
  readonly checksum_algorithm: string;
  readonly get_mime: boolean;
  readonly get_attributes: boolean;
}

/** Asks for what is wanted; answers are parted by NUL, which no path holds. */
export async function askMore(path: string, asked: MoreAsked, probe: Probe): Promise<More> {
  const words = [path.startsWith('/') ? path : `./${path}`, asked.follow ? 'yes' : '', asked.get_checksum ? asked.checksum_algorithm : '', asked.get_mime ? 'yes' : '', asked.get_attributes ? 'yes' : ''];
  const { stdout } = await probe.ask(['sh', '-c', script, 'sh', ...words], { timeout: 600 });
  const [access = '', real = '', blocks = '', sum = '', mime, attributes] = stdout.toString().split('\0');
  if (access === '') return {};
  const [count, size, device] = blocks.trim().split(' ');
  return {
    readable: access.includes('r'), writeable: access.includes('w'), executable: access.includes('x'),
    real: real.replace(/\n$/, ''),
    ...(count !== undefined && /^\d+$/.test(count) && { blocks: Number(count), blockSize: Number(size), deviceType: parseInt(device ?? '0', 16) }),
    checksum: /^[0-9a-f]{32,128}/.exec(sum)?.[0],
    ...(asked.get_mime && mimeOf(mime ?? '')),
    ...(asked.get_attributes && attributesOf(attributes ?? '')),
  };
}

const script = `
p=$1
[ -e "$p" ] || [ -L "$p" ] || exit 0
a=-; [ ! -r "$p" ] || a=r$a; [ ! -w "$p" ] || a=w$a; [ ! -x "$p" ] || a=x$a
printf '%s\\0' "$a"
readlink -f "$p"; printf '\\0'
stat \${2:+-L} -c '%b %o %t' "$p"; printf '\\0'
if [ -n "$3" ] && [ -f "$p" ] && [ -r "$p" ] && { [ -n "$2" ] || [ ! -L "$p" ]; }; then "$3sum" < "$p"; fi 2>/dev/null; printf '\\0'
if [ -n "$4" ] && command -v file >/dev/null; then file -b --mime-type --mime-encoding "$p"; fi 2>/dev/null; printf '\\0'
if [ -n "$5" ] && command -v lsattr >/dev/null; then lsattr -vd "$p"; fi 2>/dev/null; printf '\\0'`;

/** `text/plain; charset=us-ascii`. */
function mimeOf(answer: string): Pick<More, 'mimetype' | 'charset'> {
  const [type, charset] = answer.trim().split(/[;,]?\s+/);
  return { mimetype: type || 'unknown', charset: charset?.replace(/^charset=/, '') ?? 'unknown' };
}

/** lsattr's letters in Ansible's words. */
const attributeNames: Readonly<Record<string, string>> = {
  A: 'noatime', a: 'append', c: 'compressed', C: 'nocow', d: 'nodump', D: 'dirsync', e: 'extents', E: 'encrypted', h: 'blocksize', i: 'immutable',
  I: 'indexed', j: 'journalled', N: 'inline', s: 'zero', S: 'synchronous', t: 'notail', T: 'blockroot', u: 'undelete', X: 'compressedraw', Z: 'compresseddirty',
};

/** `3093516217 --------------e------- /etc/x`. */
function attributesOf(answer: string): Pick<More, 'attributes' | 'attrFlags' | 'version'> {
  const [, version, letters] = /^\s*(\d+)\s+(\S+)/.exec(answer) ?? [];
  const flags = (letters ?? '').replaceAll('-', '');
  return { version: version ?? null, attrFlags: flags, attributes: [...flags].flatMap((letter) => attributeNames[letter] ?? []) };
}
