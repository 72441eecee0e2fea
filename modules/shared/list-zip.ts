/** What a zip archive of the controller holds. Layout: APPNOTE.TXT 4.3 of PKWARE. */
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { ModuleFailure, type LocalFile } from '../../engine/module/kit.ts';
import { memberName, type Member } from './archive.ts';

const known = new Map<string, Promise<Member[]>>();

/** The members with the sums of their contents, since a zip's times are local ones. Read once a run. Throws ModuleFailure. */
export async function listZip(file: LocalFile): Promise<Member[]> {
  const key = await file.sha256();
  let members = known.get(key);
  if (!members) known.set(key, (members = file.read().then((bytes) => readMembers(bytes, file.path))));
  return members;
}

function readMembers(bytes: Buffer, name: string): Member[] {
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + 22 > bytes.length) throw new ModuleFailure(`${name} is not a zip archive`);
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff) throw new ModuleFailure(`${name} is a zip64 archive, which cannot be compared`, { hint: 'upload it with copy and unpack it with remote_src: yes' });
  const members: Member[] = [];
  for (let index = 0; index < count; index++) {
    if (bytes.toString('latin1', at, at + 4) !== 'PK\x01\x02') throw new ModuleFailure(`the zip archive ${name} is damaged`);
    const [nameLength, extraLength, commentLength] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)];
    members.push(readMember(bytes, at, bytes.toString('utf8', at + 46, at + 46 + nameLength), name));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return members;
}

/** `at` is where the member's record in the central directory begins. */
function readMember(bytes: Buffer, at: number, path: string, archive: string): Member {
  const unix = bytes.readUInt8(at + 5) === 3;
  const attributes = bytes.readUInt32LE(at + 38) >>> 16;
  const kind = path.endsWith('/') ? 'directory' : unix && (attributes & 0o170000) === 0o120000 ? 'link' : 'file';
  const mode = unix && attributes !== 0 ? attributes & 0o777 : undefined;
  if (kind === 'directory') return { name: memberName(path), kind, mode };
  const content = contentOf(bytes, at, archive);
  if (kind === 'link') return { name: memberName(path), kind, target: content.toString() };
  return { name: memberName(path), kind, mode, size: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

function contentOf(bytes: Buffer, at: number, archive: string): Buffer {
  const [flags, method, packed, local] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)];
  if ((flags & 1) !== 0) throw new ModuleFailure(`the zip archive ${archive} is encrypted`);
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const data = bytes.subarray(start, start + packed);
  if (method === 0) return data;
  if (method === 8) return inflateRawSync(data);
  throw new ModuleFailure(`the zip archive ${archive} is packed by method ${method}, which is not supported`);
}
