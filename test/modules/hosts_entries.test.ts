/** hosts_entries: which lines of /etc/hosts it writes, moves and leaves. */
import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import hostsEntries from '../../modules/hosts_entries.ts';
import { sameAddress, withHosts, withoutHosts, type HostsEntry } from '../../modules/shared/hosts-file.ts';
import { rows } from '../support/plan-rows.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);
const m1 = { address: '10.0.0.11', names: ['m1.lab', 'm1'] };
const m2 = { address: '10.0.0.12', names: ['m2'] };
const debian = '127.0.0.1\tlocalhost\n127.0.1.1\tm1.old m1\n\n# IPv6\n::1     localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\n';

type Edit = { given: string; asked: readonly HostsEntry[]; exclusive?: boolean; becomes: string };
const present: Readonly<Record<string, Edit>> = {
  'appends what is new': { given: debian, asked: [m2], becomes: `${debian}10.0.0.12 m2\n` },
  'takes a name from the line where it stood, and leaves that line its others': { given: debian, asked: [m1], becomes: `${debian.replace('m1.old m1', 'm1.old')}10.0.0.11 m1.lab m1\n` },
  'takes out a line that has no other name': { given: '10.9.9.9 m2 # of last year\n# end\n', asked: [m2], becomes: '# end\n10.0.0.12 m2\n' },
  'leaves a line as it is written where it says the same': { given: '  10.0.0.11 \t m1.lab  m1   # mine\n', asked: [m1], becomes: '  10.0.0.11 \t m1.lab  m1   # mine\n' },
  'puts the canonical name first, and keeps others of that line behind it': { given: '10.0.0.11\tregistry m1 # both\n', asked: [m1], becomes: '10.0.0.11\tm1.lab m1 registry # both\n' },
  'leaves a line of the same address that has none of the names': { given: '10.0.0.11 registry\n', asked: [m1], becomes: '10.0.0.11 registry\n10.0.0.11 m1.lab m1\n' },
  'makes one line of two': { given: '10.0.0.11 m1\n10.0.0.11 m1.lab other\n', asked: [m1], becomes: '10.0.0.11 m1.lab m1\n10.0.0.11 other\n' },
  'swaps two names': { given: '10.0.0.11 m2\n10.0.0.12 m1\n', asked: [{ address: '10.0.0.11', names: ['m1'] }, m2], becomes: '10.0.0.11 m1\n10.0.0.12 m2\n' },
  'knows a name in capital letters': { given: '10.0.0.9 M2\n', asked: [m2], becomes: '10.0.0.12 m2\n' },
  'knows an IPv6 address however it is written': { given: 'FD00:0::0B m2\n', asked: [{ address: 'fd00::b', names: ['m2'] }], becomes: 'FD00:0::0B m2\n' },
  'keeps a name at an IPv4 and an IPv6 address': { given: '', asked: [m2, { address: 'fd00::c', names: ['m2'] }], becomes: '10.0.0.12 m2\nfd00::c m2\n' },
  'does not take localhost from ::1': { given: debian, asked: [{ address: '127.0.0.1', names: ['localhost', 'me'] }], becomes: debian.replace('\tlocalhost\n', '\tlocalhost me\n') },
  'puts the names of an address that is given twice together': { given: '', asked: [m2, { address: '10.0.0.12', names: ['M2', 'api'] }], becomes: '10.0.0.12 m2 api\n' },
  'ends a last line that is open': { given: '# caf\xe9', asked: [m2], becomes: '# caf\xe9\n10.0.0.12 m2\n' },
  'keeps Windows line ends': { given: '10.0.0.11 x m1\r\n', asked: [m1], becomes: '10.0.0.11 m1.lab m1 x\r\n' },
  'leaves alone what is no entry': { given: 'not-an-address m2\nm2\n10.0.0.9\n', asked: [m2], becomes: 'not-an-address m2\nm2\n10.0.0.9\n10.0.0.12 m2\n' },
  'leaves nothing of other hosts where that is asked': { given: `${debian}10.0.0.99 gone\n10.0.0.12 m2 old-alias # c\n`, asked: [m2], exclusive: true, becomes: `${debian}10.0.0.12 m2 # c\n` },
};
for (const [claim, { given, asked, exclusive = false, becomes }] of Object.entries(present)) {
  test(`hosts_entries ${claim}`, (t) => {
    t.is(withHosts(given, asked, exclusive), becomes);
    t.is(withHosts(becomes, asked, exclusive), becomes, 'twice is once');
  });
}

test('hosts_entries takes out names wherever they stand, at one address, or all of an address', (t) => {
  const given = '10.0.0.11 m1.lab m1\n# m1\n10.0.0.12 m1 x\n10.0.0.12 y\n';
  t.is(withoutHosts(given, [{ names: ['m1'] }]), '10.0.0.11 m1.lab\n# m1\n10.0.0.12 x\n10.0.0.12 y\n');
  t.is(withoutHosts(given, [{ address: '10.0.0.12', names: ['m1'] }]), '10.0.0.11 m1.lab m1\n# m1\n10.0.0.12 x\n10.0.0.12 y\n');
  t.is(withoutHosts(given, [{ address: '10.0.0.12' }]), '10.0.0.11 m1.lab m1\n# m1\n');
  t.is(withoutHosts(given, [{ names: ['nobody'] }]), given);
});

test('an address has one form', (t) => {
  t.is(sameAddress('FD00:0:0::0B'), 'fd00::b');
  t.is(sameAddress('fe80::1%eth0'), 'fe80::1%eth0');
  t.is(sameAddress('10.0.0.1'), '10.0.0.1');
});

const file = (content: string) => ({ path: '/etc/hosts', real: '/etc/hosts', content, folders: [], ids: {} });
rows('hosts_entries', hostsEntries, {
  'says which names it sets': { given: file(debian), asked: { entries: [m1, m2] }, says: ['set m1.lab, m1, m2 in /etc/hosts'], does: ['write /etc/hosts'], result: { added: ['10.0.0.11 m1.lab', '10.0.0.11 m1', '10.0.0.12 m2'], removed: ['127.0.1.1 m1'] } },
  'says which names it takes out': { given: file('10.0.0.12 m2\n'), asked: { entries: [m2], state: 'absent' }, says: ['take m2 out of /etc/hosts'], result: { added: [], removed: ['10.0.0.12 m2'] } },
  'says that only the order differs': { given: file('10.0.0.11 m1 m1.lab\n'), asked: { entries: [m1] }, says: ['put names in order in /etc/hosts'] },
  'counts many names': { given: file(''), asked: { entries: Array.from({ length: 9 }, (_, at) => ({ address: `10.0.0.${at}`, names: `n${at}` })) }, says: ['set n0, n1, n2 and 6 more in /etc/hosts'] },
  'leaves alone what is as asked': { given: file('10.0.0.12 m2\n'), asked: { entries: [m2] }, says: [] },
  'splits names that are written as in the file': { given: file('10.0.0.11 m1.lab m1\n'), asked: { entries: [{ address: '10.0.0.11', names: 'm1.lab  m1' }] }, says: [] },
  'warns of a name at two addresses': { given: file(''), asked: { entries: [m2, { address: '10.0.0.13', names: ['M2'] }] }, warns: [/^M2 is given at 10\.0\.0\.12 and at 10\.0\.0\.13/] },
  'needs both an address and names': { given: file(''), asked: { entries: [{ names: ['m1'] }] }, fails: /^m1 needs both an address and names/ },
  'needs something to take out': { given: file(''), asked: { entries: [{}], state: 'absent' }, fails: /needs an address or names/ },
  'does not leave a host without any entry': { given: file(debian), asked: { entries: [], exclusive: true }, fails: /would leave no host at all/ },
});

test('what cannot be an address or a name is refused', (t) => {
  for (const entry of [{ address: '10.0.0.300', names: ['a'] }, { address: 'm1', names: ['a'] }, { address: '10.0.0.1', names: ['a b'] }, { address: '10.0.0.1', names: ['#'] }, { address: '10.0.0.1', names: [] }, { address: '10.0.0.1', name: 'a' }]) {
    t.false(hostsEntries.params.safeParse({ entries: [entry] }).success, JSON.stringify(entry));
  }
});

test('hosts_entries edits a real file, foretells it, and finds nothing to do then', async (t) => {
  const folder = await tempFolder(t);
  const path = `${folder}/hosts`;
  await writeFile(path, Buffer.from(`${debian}# caf\xe9\n`, 'latin1'), { mode: 0o640 });
  const session = await open();
  await settles(t, hostsEntries, { path, entries: [m1, m2] }, { session, folder });
  t.is(await readFile(path, 'latin1'), `${debian.replace('m1.old m1', 'm1.old')}# caf\xe9\n10.0.0.11 m1.lab m1\n10.0.0.12 m2\n`);
  await settles(t, hostsEntries, { path, entries: [m1, m2], state: 'absent' }, { session, folder });
  const kept = await tryModule(hostsEntries, { path, entries: [m1], backup: true }, { session });
  t.is(await readFile(String(kept.result['backup']), 'latin1'), `${debian.replace('m1.old m1', 'm1.old')}# caf\xe9\n`);
  await settles(t, hostsEntries, { path: `${folder}/new`, entries: [m2] }, { session, folder });
});
