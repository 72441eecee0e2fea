/** fstab: what its lines say, and that an edit leaves every other byte alone. */
import test from 'ava';
import { entryBytes, readFstab, withEntry, withoutEntries } from '../../../modules/shared/fstab.ts';

const data = { src: 'LABEL=data', path: '/data', fstype: 'xfs', opts: 'noatime', dump: '0', passno: '2' };
const isData = ({ path }: { path: string }): boolean => path === '/data';

/** A file as hands write it: tabs, comments, a Latin-1 byte, a Windows line end, no newline at its end. */
const file = '# /etc/fstab\t\xa0 caf\xe9\n\nUUID=1 /\text4  errors=remount-ro 0 1\r\n\tLABEL=data   /data\t xfs  noatime 0  2   # the disk\n/swap none swap sw\ntmpfs\t/tmp tmpfs size=1G';

test('an entry is read with its defaults, its blanks and its escapes; what is no entry is passed over', (t) => {
  t.deepEqual(readFstab('a\\040b /mnt/x\\134y auto\n# c d e\nonly two\n\nd /d ext4 ro # 0 2\n'), [
    { src: 'a b', path: '/mnt/x\\y', fstype: 'auto', opts: 'defaults', dump: '0', passno: '0' },
    { src: 'd', path: '/d', fstype: 'ext4', opts: 'ro', dump: '0', passno: '0' },
  ]);
  t.deepEqual(readFstab(file).map(({ path }) => path), ['/', '/data', 'none', '/tmp']);
});

const edits: Readonly<Record<string, { given: string; entry?: Partial<typeof data>; becomes: string }>> = {
  'a line that says the same stays as it is written': { given: file, becomes: file },
  'a line that differs is changed where it differs, its blanks and its comment stay': { given: file, entry: { opts: 'ro,noatime' }, becomes: file.replace('noatime', 'ro,noatime') },
  'a new line goes to the end, and ends the line before it': { given: 'a /a ext4', becomes: 'a /a ext4\nLABEL=data /data xfs noatime 0 2\n' },
  'a new file is one line': { given: '', becomes: 'LABEL=data /data xfs noatime 0 2\n' },
  'blanks are escaped': { given: '', entry: { path: '/data', src: '//nas/my share' }, becomes: '//nas/my\\040share /data xfs noatime 0 2\n' },
  'a second line of the same path goes': { given: 'LABEL=data /data xfs noatime 0 2\nb /b ext4\nold /data ext4 ro 0 0\n', becomes: 'LABEL=data /data xfs noatime 0 2\nb /b ext4\n' },
  'fields that a line lacks and that say the default stay away': { given: 'LABEL=data /data xfs # x\n', entry: { opts: 'defaults', passno: '0' }, becomes: 'LABEL=data /data xfs # x\n' },
  'fields that a line lacks come before its comment': { given: 'LABEL=data /data xfs # x\n', becomes: 'LABEL=data /data xfs noatime 0 2 # x\n' },
};
for (const [claim, { given, entry, becomes }] of Object.entries(edits)) {
  test(`in fstab, ${claim}`, (t) => {
    const once = withEntry(given, { ...data, ...entry }, isData);
    t.is(once, becomes);
    t.is(withEntry(once, { ...data, ...entry }, isData), becomes, 'twice is once');
  });
}

test('entries that go leave every other byte, and are told', (t) => {
  const isSwap = ({ fstype }: { fstype: string }): boolean => fstype === 'swap';
  const commented = withoutEntries(file, isSwap, 'comment');
  t.is(commented.content, file.replace('/swap', '# /swap'));
  t.deepEqual(commented.lines, ['/swap none swap sw']);
  t.deepEqual(withoutEntries(commented.content, isSwap, 'comment'), { content: commented.content, lines: [] });
  t.is(withoutEntries(file, isSwap, 'remove').content, file.replace('/swap none swap sw\n', ''));
});

test('what is asked is compared as the bytes that the file holds', (t) => {
  const entry = entryBytes({ ...data, src: 'LABEL=größe' });
  t.is(Buffer.from(withEntry('', entry, isData), 'latin1').toString('utf8'), 'LABEL=größe /data xfs noatime 0 2\n');
});
