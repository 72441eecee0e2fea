/** What an archive holds, and whether a folder of the host holds the same. */
import posix from 'node:path/posix';
import { ModuleFailure, type Probe, type Stat } from '../../engine/module/kit.ts';
import { attributeChanges, type Ids, type Wanted } from './file-attributes.ts';

/** One entry of an archive. */
export interface Member {
  /** Relative, without `./` before and `/` behind; empty for the folder itself. */
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'hard' | 'other';
  /** Permission bits; undefined where the archive does not say. */
  readonly mode?: number | undefined;
  /** Bytes of a file. */
  readonly size?: number | undefined;
  /** Seconds since 1970; undefined where the archive knows only a local time. */
  readonly mtime?: number | undefined;
  /** Hex, of a file's content; undefined where size and mtime must do. */
  readonly sha256?: string | undefined;
  readonly owner?: { readonly name: string; readonly uid: number } | undefined;
  readonly group?: { readonly name: string; readonly gid: number } | undefined;
  /** Where a link points. */
  readonly target?: string | undefined;
}

/** A member and what stands at its place. */
export interface MemberStat {
  readonly member: Member;
  /** Of a folder's place links are followed: one that leads to a folder counts as one. */
  readonly stat?: Stat | undefined;
}

/** Who unpacks: others than root get no owners from an archive, and their umask counts. */
export interface Unpacker {
  readonly uid: number;
  readonly umask: number;
}

/** Looks at the places of all members at once. */
export async function lookAtMembers(members: readonly Member[], dest: string, probe: Probe): Promise<MemberStat[]> {
  const stats = await Promise.all(members.map(({ name, kind, sha256 }) => probe.stat(posix.join(dest, name), kind === 'directory' ? { follow: true } : { sha256: sha256 !== undefined })));
  return members.map((member, index) => ({ member, stat: stats[index] }));
}

/** Asks who the session is. */
export async function askUnpacker(probe: Probe): Promise<Unpacker> {
  const [uid, umask] = (await probe.ask(['sh', '-c', 'id -u; umask'])).stdout.toString().split('\n');
  return { uid: Number(uid), umask: parseInt(umask ?? '022', 8) };
}

/** True where a member is not on the host as the archive has it, or not with the owner and mode that are asked. */
export function differs({ member, stat }: MemberStat, dest: string, wanted: Wanted, ids: Ids, unpacker: Unpacker, keepNewer: boolean): boolean {
  if (!stat) return true;
  const kind = member.kind === 'hard' ? 'file' : member.kind;
  if (kind !== 'other' && stat.kind !== kind) return true;
  if (member.kind === 'link' && stat.target !== member.target) return true;
  if (member.kind === 'file' && !(keepNewer && member.mtime !== undefined && stat.mtime > member.mtime)) {
    if (stat.size !== member.size) return true;
    if (member.sha256 !== undefined ? stat.sha256 !== member.sha256 : stat.mtime !== member.mtime) return true;
  }
  if (ownerDiffers(member, stat, wanted, unpacker) || modeDiffers(member, stat, wanted, unpacker)) return true;
  return attributeChanges(posix.join(dest, member.name), wanted, stat, ids, { noFollow: member.kind === 'link' }).length > 0;
}

function ownerDiffers({ owner, group }: Member, stat: Stat, wanted: Wanted, { uid }: Unpacker): boolean {
  if (uid !== 0) return false;
  const user = wanted.owner === undefined && owner !== undefined && owner.name !== stat.owner && owner.uid !== stat.uid;
  return user || (wanted.group === undefined && group !== undefined && group.name !== stat.group && group.gid !== stat.gid);
}

function modeDiffers({ kind, mode }: Member, stat: Stat, wanted: Wanted, { uid, umask }: Unpacker): boolean {
  if (wanted.mode !== undefined || mode === undefined || kind === 'link') return false;
  const now = parseInt(stat.mode, 8);
  return uid === 0 ? now !== mode : (now & 0o777) !== (mode & 0o777 & ~umask);
}

/** A member's name without what stands before and behind it. Throws ModuleFailure for one that climbs out of the folder. */
export function memberName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new ModuleFailure(`the archive holds "${name}", which leads out of the folder`);
  return parts.join('/');
}
