/** Fingerprints and lives of signing keys, held to gpg's own word. */
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { commandExists } from '../../../engine/mirror/command-path.ts';
import { readPublicKeys } from '../../../modules/shared/openpgp.ts';
import { isSuch, keyOf } from '../../../modules/shared/repository-keys.ts';
import { tempFolder } from '../../support/try-module.ts';

const withGpg = commandExists('gpg') ? test : test.skip;

withGpg('fingerprints and expiry are those that gpg tells, armoured or not, of one key or several', async (t) => {
  const home = await tempFolder(t);
  const gpg = (...argv: string[]): Buffer => execFileSync('gpg', ['--homedir', home, '--batch', '--passphrase', '', ...argv], { stdio: ['ignore', 'pipe', 'ignore'] });
  gpg('--quick-generate-key', 'one', 'ed25519', 'sign', 'never');
  gpg('--quick-generate-key', 'two', 'rsa2048', 'sign', '2030-01-02');
  const told = gpg('--with-colons', '--list-keys').toString().split('\n').map((line) => line.split(':'));
  const prints = told.filter(([kind]) => kind === 'fpr').map((fields) => fields[9]!);
  const ends = told.filter(([kind]) => kind === 'pub').map((fields) => fields[6]!);
  const wanted = prints.map((fingerprint, i) => ({ fingerprint, ...(ends[i] !== '' && { expires: Number(ends[i]) }) }));
  t.deepEqual(readPublicKeys(gpg('--export')), wanted);
  t.deepEqual(readPublicKeys(gpg('--armor', '--export')), wanted);
  gpg('--quick-set-expire', prints[1]!, '2040-01-02');
  const [, longer] = readPublicKeys(gpg('--export'));
  t.is(new Date(longer!.expires! * 1000).getUTCFullYear(), 2040, 'the newest word counts');
  gpg('--quick-add-key', prints[0]!, 'cv25519', 'encr', '2031-01-02');
  t.deepEqual(readPublicKeys(gpg('--export', prints[0]!)), [wanted[0]!], 'a subkey is no key of its own');

  const key = await keyOf({ name: 'x', state: 'present', types: ['deb'], enabled: true, gpgcheck: true, key_url: 'https://x/key', key_fingerprint: [prints[1]!.replace(/(.{4})/g, '$1 ').toLowerCase()] }, 'apt', {} as never);
  const exported = gpg('--export', prints[1]!);
  t.true(isSuch(key!, exported, Date.parse('2039-01-01')));
  t.false(isSuch(key!, exported, Date.parse('2041-01-01')), 'a key that has expired is fetched again');
  t.false(isSuch(key!, gpg('--export'), Date.parse('2039-01-01')), 'a file with a further key is not the key');
  t.false(isSuch(key!, Buffer.from('x'), 0));
});

test('what is no key says so', (t) => {
  for (const each of ['', '<html>no</html>', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n']) t.throws(() => readPublicKeys(Buffer.from(each)), { message: /^what should be a signing key is none/ }, each);
  t.throws(() => readPublicKeys(Buffer.from([0x99, 0x01, 0x0d, 4])), { message: /cut off/ });
});
