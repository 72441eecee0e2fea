/** Tells what a path of the host is: kind, mode, owner, times, checksum. Changes nothing. */
import { createHash } from 'node:crypto';
import { defineModule, flag, Missing, ModuleFailure, text, z, type Stat } from '../engine/module/kit.ts';
import { expandPath } from './shared/host-path.ts';
import { askMore, type More } from './shared/stat-more.ts';

export default defineModule({
  summary: 'Tell what a path of the host is',
  params: z.object({
    path: text().describe('path on the host'),
    follow: flag().default(false).describe('tells of what a link points to; default no'),
    get_checksum: flag().default(true).describe('reads a file for its checksum; default yes'),
    checksum_algorithm: z.enum(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']).default('sha1').describe('default sha1'),
    get_mime: flag().default(true).describe('asks the tool `file`, where the host has it, for mimetype and charset; default yes'),
    get_attributes: flag().default(true).describe('asks lsattr, where the host has it, for attributes; default yes'),
  }),
  aliases: { dest: 'path', name: 'path', checksum: 'checksum_algorithm', checksum_algo: 'checksum_algorithm', mime: 'get_mime', mime_type: 'get_mime', 'mime-type': 'get_mime', attr: 'get_attributes', attributes: 'get_attributes' },
  example: '- name: See whether the cluster is set up\n  stat:\n    path: /etc/kubernetes/admin.conf\n  register: admin_conf',
  returns: { stat: 'a mapping as Ansible gives it: exists, isdir, isreg, islnk, lnk_source, lnk_target, mode, uid, gid, pw_name, gr_name, size, mtime, checksum, readable, writeable, executable, xusr and so on; only exists where nothing is there' },
  touches: () => [],
  reads: true,
  async inspect(asked, probe) {
    const path = await expandPath(asked.path, probe);
    const [own, followed, more] = await Promise.all([probe.stat(path), probe.stat(path, { follow: true }), askMore(path, asked, probe)]);
    const stat = asked.follow ? followed : own;
    // A file that is only foreseen is not on the host yet, but its content may be known.
    const sum = stat?.kind === 'file' && asked.get_checksum ? (more.checksum ?? (await foreseenSum(path, asked.checksum_algorithm, () => probe.read(path)))) : undefined;
    return { path, stat, more: { ...more, checksum: sum } };
  },
  plan: (asked, { path, stat, more }) => ({ changes: [], result: { stat: stat ? statResult(path, stat, more, asked.checksum_algorithm) : { exists: false } } }),
});

async function foreseenSum(path: string, algorithm: string, read: () => Promise<Buffer | undefined>): Promise<string | undefined> {
  const bytes = await read().catch((error: unknown) => {
    // A file that is foreseen with a content that nobody knows yet: all else can be told.
    if (error instanceof Missing) return undefined;
    throw new ModuleFailure(`cannot read ${path} for its checksum: ${(error as Error).message}`, { hint: 'get_checksum: no leaves it out' });
  });
  return bytes && createHash(algorithm).update(bytes).digest('hex');
}

/** The fields of Ansible's module of the same name. */
function statResult(path: string, stat: Stat, more: More, algorithm: string): Record<string, unknown> {
  const bits = parseInt(stat.mode, 8);
  return {
    exists: true, path, mode: stat.mode, ...kindFlags(stat.kind),
    uid: stat.uid, gid: stat.gid, pw_name: stat.owner, gr_name: stat.group,
    size: stat.size, inode: stat.inode, dev: stat.device, nlink: stat.links, atime: stat.atime, mtime: stat.mtime, ctime: stat.ctime,
    ...bitFlags(bits),
    readable: more.readable ?? true, writeable: more.writeable ?? (bits & 0o200) !== 0, executable: more.executable ?? (bits & 0o111) !== 0,
    ...(stat.kind === 'link' && { lnk_target: stat.target, lnk_source: more.real ?? stat.target }),
    ...(more.blocks !== undefined && { blocks: more.blocks, block_size: more.blockSize, device_type: more.deviceType }),
    ...(more.checksum !== undefined && { checksum: more.checksum, checksum_algorithm: algorithm }),
    ...(more.mimetype !== undefined && { mimetype: more.mimetype, charset: more.charset }),
    ...(more.attributes !== undefined && { attributes: more.attributes, attr_flags: more.attrFlags, version: more.version }),
  };
}

function kindFlags(kind: Stat['kind']): Record<string, boolean> {
  return { isdir: kind === 'directory', isreg: kind === 'file', islnk: kind === 'link', isblk: kind === 'block', ischr: kind === 'character', isfifo: kind === 'fifo', issock: kind === 'socket' };
}

function bitFlags(bits: number): Record<string, boolean> {
  const flags: Record<string, boolean> = { isuid: (bits & 0o4000) !== 0, isgid: (bits & 0o2000) !== 0 };
  for (const [who, shift] of [['usr', 6], ['grp', 3], ['oth', 0]] as const) {
    for (const [what, bit] of [['r', 4], ['w', 2], ['x', 1]] as const) flags[`${what}${who}`] = ((bits >> shift) & bit) !== 0;
  }
  return flags;
}
