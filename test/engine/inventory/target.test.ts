import { homedir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { becomeOf, type BecomeDefaults } from '../../../engine/inventory/become.ts';
import { targetOf, type TargetDefaults } from '../../../engine/inventory/target.ts';
import { TextError } from '../../../engine/source/problem.ts';

type Vars = Readonly<Record<string, unknown>>;

function target(host: string, vars: Vars = {}, defaults?: TargetDefaults): object {
  const given = Object.entries(targetOf(host, (name) => vars[name], defaults)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

const rows: readonly (readonly [string, Vars, TargetDefaults, object])[] = [
  ['a bare host is reached with ssh by its name', {}, {}, { connection: 'ssh', address: 'h' }],
  ['variables say where and as whom', { ansible_host: '10.0.0.1', ansible_port: '2222', ansible_user: 'ops', ansible_password: 's' }, {}, { connection: 'ssh', address: '10.0.0.1', port: 2222, user: 'ops', password: 's' }],
  ['the old ssh names work', { ansible_ssh_host: 'x', ansible_ssh_port: 1, ansible_ssh_user: 'u', ansible_ssh_pass: 'p' }, {}, { connection: 'ssh', address: 'x', port: 1, user: 'u', password: 'p' }],
  ['variables win over defaults', { ansible_user: 'ops', ansible_connection: 'local' }, { user: 'root', port: 22, connection: 'ssh' }, { connection: 'local', address: 'h', user: 'ops', port: 22 }],
  ['empty and null variables are not set', { ansible_user: '', ansible_port: null }, { user: 'root' }, { connection: 'ssh', address: 'h', user: 'root' }],
  ['smart and paramiko are ssh', { ansible_connection: 'smart' }, {}, { connection: 'ssh', address: 'h' }],
  ['full names of connections work', { ansible_connection: 'ansible.builtin.local' }, {}, { connection: 'local', address: 'h' }],
  ['whole numbers are taken as text', { ansible_user: 1000, ansible_password: 12345 }, {}, { connection: 'ssh', address: 'h', user: '1000', password: '12345' }],
  ['ssh arguments join', { ansible_ssh_common_args: '-o A=b', ansible_ssh_extra_args: '-J jump' }, { sshArgs: '-F x' }, { connection: 'ssh', address: 'h', sshArgs: '-o A=b -J jump' }],
  ['ssh arguments of the command line stand where no variable does', { ansible_ssh_common_args: '' }, { sshArgs: '-F x' }, { connection: 'ssh', address: 'h', sshArgs: '-F x' }],
  ['host keys may go unchecked', { ansible_host_key_checking: 'no' }, {}, { connection: 'ssh', address: 'h', hostKeyChecking: 'no' }],
  ['host keys may be accepted once', { ansible_ssh_host_key_checking: 'accept-new' }, { hostKeyChecking: 'yes' }, { connection: 'ssh', address: 'h', hostKeyChecking: 'accept-new' }],
  ['a home folder is filled in', { ansible_ssh_private_key_file: '~/.ssh/k', ansible_ssh_known_hosts_file: '/k' }, {}, { connection: 'ssh', address: 'h', privateKeyFile: path.join(homedir(), '.ssh/k'), knownHostsFile: '/k' }],
  ['a timeout may be given', { ansible_timeout: 5 }, {}, { connection: 'ssh', address: 'h', connectTimeout: 5 }],
];

for (const [title, vars, defaults, expected] of rows) test(title, (t) => t.deepEqual(target('h', vars, defaults), { host: 'h', ...expected }));

test('localhost is this machine unless something says how to reach it', (t) => {
  t.like(target('localhost'), { connection: 'local' });
  t.like(target('localhost', { ansible_connection: 'ssh' }), { connection: 'ssh' });
  t.like(target('localhost', { ansible_host: '10.0.0.1' }), { connection: 'ssh' });
  t.like(target('localhost', { ansible_port: 2222 }), { connection: 'ssh' });
  t.like(target('localhost', {}, { connection: 'ssh' }), { connection: 'ssh' });
  t.like(target('127.0.0.1'), { connection: 'ssh' });
});

const faults: readonly (readonly [Vars, RegExp])[] = [
  [{ ansible_port: 'abc' }, /host "h": ansible_port must be a whole number from 1 to 65535, not "abc"/],
  [{ ansible_port: 0 }, /not 0/],
  [{ ansible_port: 22.5 }, /not 22.5/],
  [{ ansible_connection: 'winrm' }, /ansible_connection "winrm" is not supported/],
  [{ ansible_connection: 'locl' }, /did you mean "local"/],
  [{ ansible_host: 'a b' }, /no host name or address/],
  [{ ansible_host: '-oProxyCommand=x' }, /no host name or address/],
  [{ ansible_user: true }, /must be text, but YAML and INI read it as yes or no/],
  [{ ansible_user: ['a'] }, /a list or mapping/],
  [{ ansible_host_key_checking: 'maybe' }, /must be yes or no, not "maybe"/],
  [{ ansible_timeout: 0 }, /from 1 to 3600/],
];

for (const [vars, message] of faults) test(`${JSON.stringify(vars)} is an error`, (t) => void t.throws(() => target('h', vars), { instanceOf: TextError, message }));

test('all that is wrong with a host is told at once', (t) => {
  const error = t.throws(() => target('h', { ansible_port: 'x', ansible_connection: 'x', ansible_user: true }), { instanceOf: TextError });
  t.is(error.problems.length, 3);
});

test('a password that is no text is an error that does not show it', (t) => {
  const error = t.throws(() => target('h', { ansible_password: 1.5 }), { instanceOf: TextError, message: /quote it/ });
  t.false(error.message.includes('1.5'));
  t.throws(() => target('h', { ansible_password: 'top\nsecret' }), { message: /^(?!.*secret)[^]*must be one line/ });
});

test('a number that is not what was written is an error at its place', (t) => {
  const source = { name: 'hosts.yml', text: 'ansible_password: 0755' };
  const place = (): { source: typeof source; start: number; end: number } => ({ source, start: 18, end: 22 });
  t.throws(() => targetOf('h', (name) => (name === 'ansible_password' ? 493 : undefined), {}, place), { message: /^hosts.yml:1:19: host "h": ansible_password must be text/ });
});

function become(vars: Vars, defaults?: BecomeDefaults): unknown {
  return becomeOf('h', (name) => vars[name], defaults);
}

test('become comes from variables, then from the defaults', (t) => {
  t.is(become({}), undefined);
  t.deepEqual(become({ ansible_become: 'yes' }), { user: 'root', method: 'sudo', password: undefined });
  t.deepEqual(become({ ansible_become_user: 'app', ansible_become_pass: 'p' }, { become: true, user: 'x' }), { user: 'app', method: 'sudo', password: 'p' });
  t.deepEqual(become({ ansible_become_password: 1234 }, { become: true, user: 'x' }), { user: 'x', method: 'sudo', password: '1234' });
  t.is(become({ ansible_become: false }, { become: true }), undefined);
});

test('what sudo cannot do is an error where become is on', (t) => {
  t.throws(() => become({ ansible_become: true, ansible_become_method: 'su', ansible_become_flags: '-H' }), { instanceOf: TextError, message: /ansible_become_method "su" is not supported[^]*ansible_become_flags is not supported/ });
  t.throws(() => become({ ansible_become: 'perhaps' }), { message: /must be yes or no/ });
  t.is(become({ ansible_become_method: 'su' }), undefined);
});
