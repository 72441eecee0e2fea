/** OpenPGP public keys (RFC 4880): which keys a file holds, and until when they are good. Nothing is verified by them here. */
import { createHash } from 'node:crypto';
import { ModuleFailure } from '../../engine/module/kit.ts';

export interface PublicKey {
  /** 40 hex digits in capitals. */
  readonly fingerprint: string;
  /** Seconds since 1970; undefined where it never ends. */
  readonly expires?: number | undefined;
}

/** The primary keys of a file, armoured or not. Throws ModuleFailure where it holds something else. */
export function readPublicKeys(content: Buffer): PublicKey[] {
  const keys: { fingerprint: string; created: number; signed: number; expires?: number | undefined }[] = [];
  let isPrimary = false;
  for (const { tag, body } of packetsOf(content)) {
    // A certificate says of its user's name what it says of its primary key; of subkeys' signatures nothing is asked.
    if (tag === 6) keys.push({ fingerprint: fingerprintOf(body), created: body.readUInt32BE(1), signed: -1 });
    if (tag === 6 || tag === 14) isPrimary = tag === 6;
    const key = keys.at(-1);
    const signature = tag === 2 && key && isPrimary ? readSignature(body) : undefined;
    if (!key || !signature || signature.created < key.signed) continue;
    key.signed = signature.created;
    key.expires = signature.lifetime === 0 ? undefined : key.created + signature.lifetime;
  }
  if (keys.length === 0) throw new ModuleFailure('what should be a signing key is none: it holds no OpenPGP public key');
  return keys.map(({ fingerprint, expires }) => ({ fingerprint, ...(expires !== undefined && { expires }) }));
}

/** Of version 4: SHA-1 of the key's packet with a header of its own kind. */
function fingerprintOf(body: Buffer): string {
  if (body[0] !== 4) throw new ModuleFailure(`the signing key is of OpenPGP's version ${body[0]}, and only version 4 is known here`);
  const head = Buffer.from([0x99, body.length >> 8, body.length & 0xff]);
  return createHash('sha1').update(head).update(body).digest('hex').toUpperCase();
}

/** Self-certifications tell a key's lifetime in seconds, 0 for ever; undefined for other signatures. */
function readSignature(body: Buffer): { readonly created: number; readonly lifetime: number } | undefined {
  const isCertification = body[0] === 4 && ((body[1]! >= 0x10 && body[1]! <= 0x13) || body[1] === 0x1f);
  if (!isCertification) return undefined;
  let [created, lifetime] = [0, 0];
  const end = 6 + body.readUInt16BE(4);
  for (let at = 6; at < end;) {
    const { length, next } = readLength(body, at);
    const type = body[next]! & 0x7f;
    if (type === 2) created = body.readUInt32BE(next + 1);
    if (type === 9) lifetime = body.readUInt32BE(next + 1);
    at = next + length;
  }
  return { created, lifetime };
}

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

function packetsOf(content: Buffer): Packet[] {
  const bytes = dearmoured(content);
  const packets: Packet[] = [];
  try {
    for (let at = 0; at < bytes.length;) {
      const { tag, length, next } = readHeader(bytes, at);
      if (next + length > bytes.length) throw new RangeError('cut off');
      packets.push({ tag, body: bytes.subarray(next, next + length) });
      at = next + length;
    }
  } catch (error) {
    if (error instanceof RangeError) throw new ModuleFailure('what should be a signing key is none, or is cut off');
    throw error;
  }
  return packets;
}

function readHeader(bytes: Buffer, at: number): { readonly tag: number; readonly length: number; readonly next: number } {
  const first = bytes[at]!;
  if ((first & 0x80) === 0) throw new RangeError('not a packet');
  if ((first & 0x40) !== 0) return { tag: first & 0x3f, ...readLength(bytes, at + 1) };
  const size = [1, 2, 4][first & 3];
  if (size === undefined) throw new RangeError('a length that is not told');
  return { tag: (first >> 2) & 0xf, length: bytes.readUIntBE(at + 1, size), next: at + 1 + size };
}

/** Lengths of the newer format, and of subpackets. */
function readLength(bytes: Buffer, at: number): { readonly length: number; readonly next: number } {
  const first = bytes.readUInt8(at);
  if (first < 192) return { length: first, next: at + 1 };
  if (first < 224) return { length: ((first - 192) << 8) + bytes.readUInt8(at + 1) + 192, next: at + 2 };
  if (first === 255) return { length: bytes.readUInt32BE(at + 1), next: at + 5 };
  throw new RangeError('a length in parts');
}

/** Each block's base64, without its headers and its check sum; bytes that are no armour as they are. */
function dearmoured(content: Buffer): Buffer {
  const text = content.toString('latin1').replaceAll('\r', '');
  const blocks = [...text.matchAll(/-----BEGIN PGP PUBLIC KEY BLOCK-----\n((?:[^\n]+: [^\n]*\n)*)\n?([A-Za-z0-9+/=\s]*?)-----END PGP PUBLIC KEY BLOCK-----/g)];
  return blocks.length === 0 ? content : Buffer.concat(blocks.map(([, , body = '']) => Buffer.from(body.replace(/\n=[A-Za-z0-9+/]{4}\s*$/, ''), 'base64')));
}
