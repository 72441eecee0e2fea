/** Contenders on many hosts must leave the same files, and change nothing the second time. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { scaleFolder } from '../../bench/places.ts';
import { openCheck } from '../../bench/scale-check.ts';

const place = mkdtempSync(join(tmpdir(), 'kplay-check-'));
test.after.always(() => rmSync(place, { recursive: true, force: true }));

const hosts = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `h${at}`, address: '127.0.0.1' }));
for (const { name } of hosts(2)) {
  mkdirSync(join(place, name));
  writeFileSync(join(place, name, 'file'), name, { mode: 0o644 });
}
const fine = 'h0 : ok=3 changed=2 unreachable=0 failed=0';
const still = '2 hosts (h0 h1) : ok=3 changed=0 unreachable=0 failed=0';

test.serial('the same files are fine, and any difference in content or mode is not', async (t) => {
  const check = openCheck({ place, hosts }, 2);
  await check('kplay', 'first', fine);
  await check('Ansible', 'first', fine);
  chmodSync(join(place, 'h1/file'), 0o600);
  await t.throwsAsync(check('Ansible', 'first', fine), { message: /^Ansible and kplay leave different files:\n- h1\/file 644 .*\n\+ h1\/file 600 / });
  chmodSync(join(place, 'h1/file'), 0o644);
  writeFileSync(join(place, 'h0/file'), 'other');
  await t.throwsAsync(check('Mitogen', 'second', still), { message: /Mitogen and kplay leave different files:\n- h0\/file/ });
  writeFileSync(join(place, 'h0/file'), 'h0');
});

test.serial('a host that failed, was out of reach, or changed once more is told', async (t) => {
  const check = openCheck({ place, hosts }, 2);
  await check('kplay', 'second', still);
  await t.throwsAsync(check('kplay', 'first', 'h0 : ok=1 changed=0 unreachable=0 failed=1'), { message: 'kplay, first run of 2 hosts, reports failed=1' });
  await t.throwsAsync(check('kplay', 'first', 'h0 : ok=1 changed=0 unreachable=1 failed=0'), { message: 'kplay, first run of 2 hosts, reports unreachable=1' });
  await t.throwsAsync(check('kplay', 'second', fine), { message: 'kplay, second run of 2 hosts, reports changed=2' });
});

test('the script of the floor says of the copied file what the playbook says', (t) => {
  const read = (name: string): string => readFileSync(join(scaleFolder, name), 'utf8');
  t.true(read('floor.sh').includes(`${read('files/app.conf')}END\n`));
});
