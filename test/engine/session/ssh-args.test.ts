import test from 'ava';
import { parseSshArgs } from '../../../engine/session/ssh-args.ts';
import { TextError } from '../../../engine/source/problem.ts';

const good: readonly (readonly [string, Record<string, readonly string[]>])[] = [
  ['', {}],
  ['-o StrictHostKeyChecking=no', { stricthostkeychecking: ['no'] }],
  ['-oStrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null', { stricthostkeychecking: ['no'], userknownhostsfile: ['/dev/null'] }],
  ['-o "ConnectTimeout 5"', { connecttimeout: ['5'] }],
  [`-o ProxyCommand="ssh -W %h:%p -q bastion"`, { proxycommand: ['ssh -W %h:%p -q bastion'] }],
  ['-J user@jump:2222,other -p 22 -l root', { proxyjump: ['user@jump:2222,other'], port: ['22'], user: ['root'] }],
  ['-i a -i b -o IdentityFile=c', { identityfile: ['a', 'b', 'c'] }],
  ['-o Port=1 -o Port=2', { port: ['1'] }],
  ['-C -o ControlMaster=auto -o ControlPersist=60s -o ForwardAgent=yes -o PreferredAuthentications=publickey -q', {}],
];

for (const [text, options] of good) test(`takes: ${text || 'nothing'}`, (t) => t.deepEqual(Object.fromEntries(parseSshArgs(text).options), options));

test('takes a file of configuration', (t) => t.is(parseSshArgs('-F /etc/my_ssh').configFile, '/etc/my_ssh'));

const bad: readonly (readonly [string, RegExp])[] = [
  ['-o LocalForward=1', /-o LocalForward is not supported/],
  ['-o UserKnownHostFile=/x', /UserKnownHostFile is not supported[\s\S]*did you mean "UserKnownHostsFile"/],
  ['-L 80:x:80', /-L is not supported/],
  ['-o Nothing', /not of the form Name=value/],
  ['-J', /-J needs a value/],
  [`-o "Port=1`, /a quote " that is not closed/],
  ['somehost', /somehost is not supported/],
];

for (const [text, message] of bad) test(`refuses: ${text}`, (t) => void t.throws(() => parseSshArgs(text), { instanceOf: TextError, message }));
