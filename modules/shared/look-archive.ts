/** Whether what an archive holds stands in a folder of the host: for archives here, there, and behind an address. */
import { createHash } from 'node:crypto';
import { Missing, ModuleFailure, type LocalFile, type Probe, type Stat } from '../../engine/module/kit.ts';
import { askUnpacker, differs, lookAtMembers, memberName, type Unpacker } from './archive.ts';
import { askStream, needTool, type Download, type Tool } from './download.ts';
import { attributeChanges, type Ids, type Wanted } from './file-attributes.ts';
import { listTar } from './list-tar.ts';
import { listZip } from './list-zip.ts';
import { compareScript, compareWords } from './unpack-script.ts';

/** What is compared. */
export interface ArchiveAsked {
  readonly kind: 'tar' | 'zip';
  readonly dest: string;
  readonly wanted: Wanted;
  readonly options: readonly string[];
  readonly names: readonly string[];
  /** Whether a zip's member is chosen, a folder's name ends with a slash; tar is told by its options. */
  readonly chosen: (name: string) => boolean;
  readonly keepNewer: boolean;
  readonly listFiles: boolean;
}

/** What the comparison gave. */
export interface Compared {
  /** Names of members that are not so on the host. */
  readonly differing: readonly string[];
  readonly files?: readonly string[] | undefined;
  /** The archive holds the folder itself, with a mode of its own. */
  readonly root: boolean;
}

/**
 * An archive of the controller: its listing (tar, or the zip's own) against one look at all places. A tar's files count
 * as the same where size, time of change, mode and owner are, as rsync judges; a zip's by SHA-256. So nothing is uploaded to find out.
 */
export async function compareLocal(file: LocalFile, asked: ArchiveAsked, ids: Ids, probe: Probe): Promise<Compared> {
  const all = asked.kind === 'zip' ? (await listZip(file)).filter(({ name, kind }) => asked.chosen(kind === 'directory' ? `${name}/` : name)) : await listTar(file, asked.options, asked.names);
  if (all.length === 0) throw new ModuleFailure(`nothing in the archive ${file.path} is chosen`);
  const [stats, unpacker] = await Promise.all([lookAtMembers(all, asked.dest, probe), askUnpacker(probe)]);
  const differing = stats.filter((each) => differs(each, asked.dest, each.member.name === '' ? {} : asked.wanted, ids, unpacker, asked.keepNewer));
  return { differing: differing.map(({ member }) => member.name || '.'), files: all.map(({ name }) => name), root: all.some(({ name }) => name === '') };
}

/** An archive of the host: its own tar or unzip compares, content and all. Throws Missing where the host has no such tool. */
export async function compareOnHost(archive: string, asked: ArchiveAsked, ids: Ids, probe: Probe): Promise<Compared> {
  const list = asked.listFiles || asked.wanted.mode !== undefined || asked.wanted.owner !== undefined || asked.wanted.group !== undefined;
  const words = compareWords({ ...asked, archive }, list);
  const [answer, unpacker] = await Promise.all([probe.ask(['sh', '-c', compareScript, 'sh', ...words], { timeout: 1800, cap: 16 * 1024 * 1024 }), askUnpacker(probe)]);
  return readComparison(answer.code, answer.stdout.toString(), answer.stderr.toString(), archive, asked, ids, unpacker);
}

/** An archive behind an address, streamed through tar: nothing is kept. A zip cannot be read so. */
export async function compareStream(tool: Tool | undefined, download: Download, asked: ArchiveAsked, ids: Ids, probe: Probe): Promise<Compared> {
  if (asked.kind === 'zip') throw new ModuleFailure('a zip behind an address cannot be compared with what is there', { hint: 'give creates, or download it with get_url and unpack it with remote_src: yes' });
  const packed = /\.(?:tar\.)?(gz|tgz|bz2|tbz2?|xz|txz|zst|tzst)$/i.exec(download.url.replace(/[?#].*$/, ''))?.[1]?.toLowerCase() ?? '';
  const flag = /gz$/.test(packed) ? ['-z'] : /b(z2|z)/.test(packed) ? ['-j'] : /xz$/.test(packed) ? ['-J'] : /zst$/.test(packed) ? ['--zstd'] : [];
  const words = compareWords({ ...asked, archive: '-', options: [...flag, ...asked.options] }, false);
  const reader = `${compareScript.replace(/\nexit 0$/, '')}; cat >/dev/null`;
  const [answer, unpacker] = await Promise.all([askStream(needTool(tool, download), download, reader, words, probe), askUnpacker(probe)]);
  const text = answer.stdout.toString();
  // Without the second part the comparison itself did not come to its end.
  return readComparison(text.includes('\0') ? 0 : 2, text, answer.stderr.toString(), download.url, asked, ids, unpacker);
}

function readComparison(code: number, stdout: string, stderr: string, archive: string, asked: ArchiveAsked, ids: Ids, unpacker: Unpacker): Compared {
  const tool = asked.kind === 'zip' ? 'unzip' : 'tar';
  if (code === 127) throw new Missing({ kind: 'command', name: tool }, `the host has no ${tool === 'tar' ? 'GNU tar' : 'unzip'}`, `install ${tool} earlier with the package module`);
  if (code !== 0) throw new ModuleFailure(`cannot read the archive ${archive}: ${(stderr || stdout).trim().split('\n').slice(-2).join('; ')}`);
  const [lines = '', names = '', stats = ''] = stdout.split('\0');
  const differing = new Set([...differingNames(lines, asked, unpacker), ...differingStats(stats, asked, ids)]);
  const files = names.split('\n').filter(Boolean);
  return { differing: [...differing], ...(asked.listFiles && { files: files.map(memberName).filter(Boolean) }), root: files.some((name) => name === './' || name === '.') || /^\.: /m.test(lines) };
}

/** tar's words for a difference. Owners count for root alone, as only root gets them; what is asked anyway is compared by itself. */
function differingNames(lines: string, { wanted }: ArchiveAsked, { uid }: Unpacker): string[] {
  return lines.split('\n').flatMap((line) => {
    const [, name, what] = /^(?:tar: )?(.*?): ((?:Uid|Gid|Mode|Mod time|Size|Contents|File type|Symlink|Device number) differs?|Contents differ|Not linked to .*|missing|Warning: Cannot .*: No such file or directory)$/.exec(line) ?? [];
    if (name === undefined || name === '' || what === undefined) return [];
    if (what.startsWith('Uid') && (uid !== 0 || wanted.owner !== undefined)) return [];
    if (what.startsWith('Gid') && (uid !== 0 || wanted.group !== undefined)) return [];
    if (what.startsWith('Mode') && (uid !== 0 || wanted.mode !== undefined)) return [];
    return [memberName(name) || '.'];
  });
}

function differingStats(rows: string, { dest, wanted }: ArchiveAsked, ids: Ids): string[] {
  return rows.split('\n').flatMap((row) => {
    const [, raw, uid, gid, owner, group, name] = /^([0-9a-f]+) (\d+) (\d+) (\S+) (\S+) (.*)$/.exec(row) ?? [];
    if (raw === undefined || memberName(name!) === '') return [];
    const bits = parseInt(raw, 16);
    const kind: Stat['kind'] = (bits & 0xf000) === 0x4000 ? 'directory' : (bits & 0xf000) === 0xa000 ? 'link' : 'file';
    const stat: Stat = { ...noStat, kind, mode: (bits & 0o7777).toString(8).padStart(4, '0'), uid: Number(uid), gid: Number(gid), owner: owner!, group: group! };
    return attributeChanges(`${dest}/${name}`, wanted, stat, ids, { noFollow: kind === 'link' }).length > 0 ? [memberName(name!)] : [];
  });
}

const noStat: Stat = { kind: 'file', mode: '0644', uid: 0, gid: 0, owner: '', group: '', size: 0, mtime: 0, atime: 0, ctime: 0, inode: 0, device: 0, links: 1 };

/** The name of the folder in which an archive is unpacked before it is moved: the same each time, so that leftovers are found. */
export function stageName(source: string): string {
  return `.kplay-unpack-${createHash('sha256').update(source).digest('hex').slice(0, 12)}`;
}
