/** Questions in shell text, and answers in parts. */
import test from 'ava';
import { readRecords } from '../../../modules/shared/records.ts';
import { askRecords, scriptStep } from '../../../modules/shared/script.ts';
import { sharedSession } from '../../support/settles.ts';

const session = sharedSession(test);

test('parts are told by their names, and no content is taken for a name', (t) => {
  t.deepEqual(readRecords('@a\n one\n  two\n@b\n@c\n @d\n'), { a: 'one\n two', b: '', c: '@d' });
  t.deepEqual(readRecords('@__proto__\n x\n@constructor\n y\n'), { ['__proto__']: 'x', constructor: 'y' });
});

test('a script gets its arguments as values, whatever they hold', async (t) => {
  const hostile = ['$(touch /tmp/kplay-was-here)', `'"; exit 3 #`, 'a\nb', '-n', ''];
  const records = await askRecords(await session(), 'for each do printf "@%s\\n" "$#"; printf "%s\\n" "$each" | sed "s/^/ /"; shift; done', hostile);
  t.deepEqual(records, { 5: hostile[0]!, 4: hostile[1]!, 3: 'a\nb', 2: '-n', 1: '' });
  const [done] = await (await session()).perform([scriptStep('printf "%s|" "$@"', hostile)]);
  t.is(done!.stdout.toString(), `${hostile.join('|')}|`);
});

test('an answer that is cut off is an error, not a host on which things are missing', async (t) => {
  await t.throwsAsync(askRecords(await session(), 'printf "@a\\n"; exit 0'), { message: /^looking at the host was cut off/ });
  await t.throwsAsync(askRecords(await session(), 'printf "@a\\n"; sleep 9', [], { timeout: 0.3 }), { message: 'looking at the host was cut off: it took longer than 0.3 s' });
  await t.throwsAsync(askRecords(await session(), 'printf "@a\\n"; head -c 5000 /dev/zero | tr "\\0" x', [], { cap: 100 }), { message: 'looking at the host was cut off: it is too long' });
});
