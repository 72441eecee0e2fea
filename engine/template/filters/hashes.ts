/** Filters that hash. */
import { createHash, getHashes, randomInt } from 'node:crypto';
import { nearestHint } from '../../source/nearest.ts';
import { toStr, toWhole } from '../convert.ts';
import { Fault } from '../fault.ts';
import { toText } from '../python-text.ts';
import { filter, type Filter } from '../registry.ts';
import type { Bound } from '../signature.ts';
import type { Value } from '../value.ts';
import { shaCrypt } from './sha-crypt.ts';

export const hashFilters: Readonly<Record<string, Filter>> = {
  hash: filter('hashtype?', (value, [type = 'sha1']) => digest(toText(value), toStr(type))),
  md5: filter('', (value) => digest(toText(value), 'md5')),
  sha1: filter('', (value) => digest(toText(value), 'sha1')),
  checksum: filter('', (value) => digest(toText(value), 'sha1')),
  password_hash: filter('hashtype? salt? salt_size? rounds? ident?', (value, args) => passwordHash(toText(value), args)),
  to_uuid: filter('namespace?', (value, [namespace = '361E6D51-FAEC-444A-9079-341386DA8E2E']) => uuid5(toText(value), toStr(namespace))),
};

function digest(text: string, name: string): string {
  const found = name.replace(/^sha3_/, 'sha3-').replace(/^blake2([bs])$/, (_all, kind: string) => (kind === 'b' ? 'blake2b512' : 'blake2s256'));
  const known = getHashes();
  if (!known.includes(found) && !known.includes(found.toLowerCase())) throw new Fault(`there is no hash "${name}"`, nearestHint(name, known));
  return createHash(found).update(text, 'utf8').digest('hex');
}

const saltCharacters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./';

function passwordHash(password: string, [type = 'sha512', given = null, size = null, rounds = null]: Bound): string {
  const name = toStr(type).replace(/_crypt$/, '');
  if (name !== 'sha512' && name !== 'sha256') throw new Fault(`password_hash cannot make "${name}"`, 'known: sha512, sha256');
  const salt = given === null || given === '' ? randomSalt(size === null ? 16 : toWhole(size)) : toText(given);
  if (!/^[./0-9A-Za-z]*$/.test(salt)) throw new Fault('a salt has only letters, digits, "." and "/"');
  if (salt.length > 16) throw new Fault('a salt has at most 16 characters');
  return shaCrypt(password, salt, name, rounds === null ? 5000 : toWhole(rounds));
}

function randomSalt(size: number): string {
  return Array.from({ length: size }, () => saltCharacters[randomInt(saltCharacters.length)]).join('');
}

function uuid5(text: string, namespace: string): Value {
  const hex = namespace.toLowerCase().replace(/^urn:uuid:|[{}-]/g, '');
  if (!/^[\da-f]{32}$/.test(hex)) throw new Fault(`"${namespace}" is no UUID`);
  const bytes = createHash('sha1').update(Buffer.from(hex, 'hex')).update(text, 'utf8').digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
