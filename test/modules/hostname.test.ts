/** hostname: what it decides. */
import test from 'ava';
import { rows } from '../support/plan-rows.ts';
import hostname, { readName } from '../../modules/hostname.ts';

rows('hostname', hostname, {
  'sets both names by hostnamectl where systemd runs': {
    given: { now: 'old', boot: 'old', systemd: true }, asked: { name: 'm1.example.org' },
    says: ['set the name at boot to m1.example.org, was old', 'set the name to m1.example.org, was old'],
    does: ['hostnamectl --static set-hostname m1.example.org', 'hostnamectl --transient set-hostname m1.example.org'],
    result: { ansible_facts: { ansible_hostname: 'm1', ansible_nodename: 'm1.example.org', ansible_fqdn: 'm1.example.org', ansible_domain: 'example.org' } },
  },
  'writes /etc/hostname where systemd does not run': { given: { now: 'old', boot: undefined, systemd: false }, asked: { name: 'm1' }, does: ['write /etc/hostname', 'script m1'] },
  'writes /etc/hostname where that is asked': { given: { now: 'm1', boot: 'old', systemd: true }, asked: { name: 'm1', use: 'debian' }, does: ['write /etc/hostname'] },
  'sets the one that differs': { given: { now: 'dhcp-7', boot: 'm1', systemd: true }, asked: { name: 'm1' }, says: ['set the name to m1, was dhcp-7'] },
  'leaves alone what is as asked': { given: { now: 'm1', boot: 'm1', systemd: true }, asked: { name: 'm1' }, says: [], result: { name: 'm1' } },
});

test('a name that no host can have is refused', (t) => {
  for (const name of ['a_b', '-a', 'a..b', 'a b', 'x'.repeat(65), '']) t.false(hostname.params.safeParse({ name }).success, name);
  for (const name of ['m1', 'M1.lab', '10']) t.true(hostname.params.safeParse({ name }).success, name);
});

test('the name in /etc/hostname is the first line that is no comment', (t) => {
  t.is(readName('# by hand\n\n  m1  \nother\n'), 'm1');
  t.is(readName(''), '');
});
