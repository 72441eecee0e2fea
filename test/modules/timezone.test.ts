/** timezone: what it decides, and which zones may have been meant. */
import test from 'ava';
import type { ModuleFailure } from '../../engine/module/change.ts';
import timezone, { nearZones } from '../../modules/timezone.ts';
import { rows } from '../support/plan-rows.ts';
import { sharedSession } from '../support/settles.ts';
import { tryModule } from '../support/try-module.ts';

const utc = { zone: 'Etc/UTC', file: 'Etc/UTC', adjtime: undefined, timedatectl: false, wanted: 'known', near: [] } as const;
const berlin = { ...utc, zone: 'Europe/Berlin', file: 'Europe/Berlin' } as const;

rows('timezone', timezone, {
  'sets the zone by timedatectl where there is one': {
    given: { ...utc, timedatectl: true, file: undefined }, asked: { name: 'Europe/Berlin' }, says: ['set the time zone to Europe/Berlin, was Etc/UTC'], does: ['timedatectl set-timezone Europe/Berlin'], result: { name: 'Europe/Berlin', was: 'Etc/UTC' },
  },
  'links /etc/localtime where there is none': { given: { ...utc, file: undefined }, asked: { name: 'Europe/Berlin' }, does: ['link /etc/localtime'] },
  'keeps /etc/timezone in step where it is there': { given: utc, asked: { name: 'Europe/Berlin' }, does: ['link /etc/localtime', 'write /etc/timezone'] },
  'mends /etc/timezone alone': { given: { ...berlin, file: 'Etc/UTC' }, asked: { name: 'Europe/Berlin' }, says: ['write Europe/Berlin into /etc/timezone, was Etc/UTC'], does: ['write /etc/timezone'] },
  'makes a link of a file that is a copy': { given: { ...utc, zone: undefined, file: undefined }, asked: { name: 'Europe/Berlin' }, says: ['set the time zone to Europe/Berlin'] },
  'leaves alone what is as asked': { given: berlin, asked: { name: 'Europe/Berlin' }, says: [] },
  'says which zones may have been meant': { given: { ...utc, wanted: 'unknown', near: ['Asia/Shanghai', 'Asia/Beirut'] }, asked: { name: 'Asia/Beijing' }, fails: /^there is no time zone Asia\/Beijing on the host$/ },
  'depends on tzdata where the host has no zones': {
    given: { ...utc, zone: 'UTC', file: undefined, wanted: 'none' }, asked: { name: 'Europe/Berlin' }, fails: /^missing package tzdata: the host has no time zones/, says: ['set the time zone to Europe/Berlin, was UTC'],
  },
  'needs no tzdata for UTC where that is so': { given: { ...utc, zone: 'UTC', file: undefined, wanted: 'none' }, asked: { name: 'UTC' }, says: [] },
  'lets the hardware clock run in local time': { given: { ...utc, adjtime: '0.1 5 0\n5\nUTC\n' }, asked: { hwclock: 'local' }, says: ['let the hardware clock run in local time'], does: ['write /etc/adjtime'], result: { hwclock: 'local' } },
  'lets timedatectl set the hardware clock': { given: { ...utc, adjtime: '0.0 0 0\n0\nLOCAL\n', timedatectl: true }, asked: { hwclock: 'UTC' }, does: ['timedatectl set-local-rtc 0', 'write /etc/adjtime'] },
  'takes a hardware clock that nobody spoke of for UTC': { given: utc, asked: { hwclock: 'UTC' }, says: [] },
});

test('the drift of the hardware clock is kept', (t) => {
  const plan = timezone.plan(timezone.params.parse({ hwclock: 'local' }), { ...utc, adjtime: '0.25 17 0.0\n17\nUTC\n' }, undefined as never);
  t.is(plan.changes[0]!.after, '0.25 17 0.0\n17\nLOCAL\n');
});

test('a zone that is not there brings up those of the same city, of a place the database tells of, and those spelt alike', (t) => {
  const names = ['Europe/Berlin', 'Asia/Shanghai', 'Asia/Beirut', 'America/Argentina/Ushuaia', 'America/Argentina/Salta', 'UTC'];
  const places = ['Asia/Shanghai\tBeijing Time', 'Europe/Berlin\tmost of Germany'];
  t.deepEqual(nearZones('Berlin', names, places), ['Europe/Berlin']);
  t.deepEqual(nearZones('europe/berlin', names, places), ['Europe/Berlin']);
  t.deepEqual(nearZones('Europe/Berln', names, places), ['Europe/Berlin']);
  t.is(nearZones('Asia/Beijing', names, places)[0], 'Asia/Shanghai');
  t.deepEqual(nearZones('America/Argentina', names, places), ['America/Argentina/Ushuaia', 'America/Argentina/Salta']);
  t.deepEqual(nearZones('Nowhere/Atall', names, places), []);
});

test('an unknown zone is an error that names the nearest', (t) => {
  const error = t.throws(() => timezone.plan({ name: 'Asia/Beijing' }, { ...utc, wanted: 'unknown', near: ['Asia/Shanghai', 'Asia/Beirut'] }, undefined as never)) as ModuleFailure;
  t.is(error.hint, 'did you mean Asia/Shanghai or Asia/Beirut?');
});

test('what cannot be the name of a zone is refused', (t) => {
  for (const name of ['../passwd', '/etc/passwd', 'Europe/../x', 'a b', '', 'Europe//Berlin']) t.false(timezone.params.safeParse({ name }).success, name);
  for (const name of ['UTC', 'Etc/GMT+1', 'America/Port-au-Prince', 'EST5EDT']) t.true(timezone.params.safeParse({ name }).success, name);
});

const open = sharedSession(test);
test('timezone tells what a real host does not know', async (t) => {
  const tried = await tryModule(timezone, { name: 'Mars/Olympus' }, { session: await open(), check: true });
  t.regex(tried.message!, /^(there is no time zone Mars\/Olympus on the host|the host has no time zones)/);
});
