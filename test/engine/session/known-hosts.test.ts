import { createHmac } from 'node:crypto';
import test from 'ava';
import { fingerprint, indexEntries, judge, keyType, knownName, orderAlgorithms, parseKnownHosts, type Verdict } from '../../../engine/session/known-hosts.ts';

/** A key in wire format: its type, then something of its own. */
function keyOf(type: string, body: string): Buffer {
  const field = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
  return Buffer.concat([field(type), field(body)]);
}

const one = keyOf('ssh-ed25519', 'one');
const two = keyOf('ssh-ed25519', 'two');
const rsa = keyOf('ssh-rsa', 'rsa');
const line = (hosts: string, key: Buffer, mark = '') => `${mark}${mark && ' '}${hosts} ${keyType(key)} ${key.toString('base64')} a comment`;
const hashed = (name: string) => {
  const salt = Buffer.from('0123456789abcdef0123');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};

const verdicts: readonly (readonly [string, string, string, number, Buffer, Verdict['kind']])[] = [
  ['a plain name', line('web1', one), 'web1', 22, one, 'known'],
  ['a name in another case', line('web1', one), 'WEB1', 22, one, 'known'],
  ['one of several names', line('a,web1,10.0.0.1', one), '10.0.0.1', 22, one, 'known'],
  ['another port', line('[web1]:2222', one), 'web1', 2222, one, 'known'],
  ['another port than the entry has', line('web1', one), 'web1', 2222, one, 'unknown'],
  ['a hashed name', line(hashed('web1'), one), 'web1', 22, one, 'known'],
  ['a hashed name with a port', line(hashed('[web1]:2222'), one), 'web1', 2222, one, 'known'],
  ['a hashed other name', line(hashed('web2'), one), 'web1', 22, one, 'unknown'],
  ['a wildcard', line('*.example.org', one), 'a.example.org', 22, one, 'known'],
  ['a wildcard and a negation', line('*.example.org,!bad.example.org', one), 'bad.example.org', 22, one, 'unknown'],
  ['a question mark', line('web?', one), 'web7', 22, one, 'known'],
  ['a dot that is no wildcard', line('a.b', one), 'axb', 22, one, 'unknown'],
  ['a changed key', line('web1', two), 'web1', 22, one, 'changed'],
  ['a second key of the type', `${line('web1', two)}\n${line('web1', one)}`, 'web1', 22, one, 'known'],
  ['a key of another type', line('web1', rsa), 'web1', 22, one, 'unknown'],
  ['a revoked key, though it is listed', `${line('web1', one)}\n${line('*', one, '@revoked')}`, 'web1', 22, one, 'revoked'],
  ['a cert-authority', line('*', one, '@cert-authority'), 'web1', 22, one, 'unknown'],
  ['comments and broken lines', `# x\n\nweb1\nweb1 ssh-ed25519\n@what web1 ssh-ed25519 AAAA\n${line('web1', one)}`, 'web1', 22, one, 'known'],
];

for (const [what, text, host, port, key, kind] of verdicts) {
  test(`${what}: ${kind}`, (t) => t.is(judge(indexEntries(parseKnownHosts(text, 'f'))(knownName(host, port)), key).kind, kind));
}

test('entries are found in the order of their lines, whether by name, by pattern or by hash', (t) => {
  const find = indexEntries(parseKnownHosts([line('other,web1', one), line('web*', two), line(hashed('web1'), rsa), line('WEB1,web1', one), line(hashed('web2'), two)].join('\n'), 'f'));
  t.deepEqual(find('web1').map((each) => each.line), [1, 2, 3, 4]);
  t.deepEqual(find('web2').map((each) => each.line), [2, 5]);
  t.deepEqual(find('web1').map((each) => each.line), [1, 2, 3, 4], 'asked once more');
  t.deepEqual(find('constructor'), []);
});

test('an entry knows its file and line', (t) => {
  const entry = parseKnownHosts(`# a\n\n${line('web1', one)}`, '/etc/known')[0]!;
  t.is(`${entry.file}:${entry.line}`, '/etc/known:3');
});

test('a cert-authority is named where no key is known', (t) => {
  const verdict = judge(parseKnownHosts(line('*', one, '@cert-authority'), 'f'), two);
  t.is(verdict.kind === 'unknown' ? verdict.authorities.length : -1, 1);
});

test('algorithms of known keys come first, rsa by its newer names', (t) => {
  const all = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];
  t.deepEqual(orderAlgorithms(parseKnownHosts(line('x', rsa), 'f'), all), ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-ed25519', 'ecdsa-sha2-nistp256']);
  t.deepEqual(orderAlgorithms([], all), all);
});

test('a fingerprint is as ssh-keygen prints it', (t) => t.regex(fingerprint(one), /^SHA256:[A-Za-z0-9+/]{43}$/));
