/** user: what it decides. */
import test from 'ava';
import { sharedSession } from '../support/settles.ts';
import { rows } from '../support/plan-rows.ts';
import { tryModule } from '../support/try-module.ts';
import user from '../../modules/user.ts';
import type { UserFound } from '../../modules/shared/user-account.ts';

const none: UserFound = { account: undefined, holder: undefined, ownGroup: undefined, primary: undefined, member: [], groups: new Map(), hasHome: false, hasHomeParent: true, publicKey: undefined, shadow: undefined };
const ann: UserFound = {
  ...none, account: { name: 'ann', uid: 1000, gid: 1000, comment: 'Ann', home: '/home/ann', shell: '/bin/bash' }, primary: 'ann', member: ['ann', 'adm', 'sudo'], hasHome: true,
  shadow: { same: true, locked: false, min: '0', max: '99999', warn: '7', expires: '' },
};
const groups = (...names: string[]) => new Map(names.map((name, i) => [name, { name, gid: 100 + i, members: [] }]));

rows<UserFound>('user', user, {
  'creates an account': { given: none, asked: { name: 'ann' }, says: ['create the user ann'], does: ['useradd -m ann'], waits: ['getent passwd ann', 'id -Gn ann'] },
  'creates a system account as it is described': {
    given: { ...none, groups: groups('etcd', 'adm') }, asked: { name: 'etcd', system: true, group: 'etcd', groups: 'adm', home: '/var/lib/etcd', create_home: false, shell: '/usr/sbin/nologin', uid: 900, comment: 'etcd' },
    does: ['useradd -u 900 -g etcd -G adm -c etcd -d /var/lib/etcd -s /usr/sbin/nologin -r -M etcd'],
  },
  'takes a group of the user\'s own name that is there already': { given: { ...none, ownGroup: { name: 'ann', gid: 5, members: [] } }, asked: { name: 'ann' }, does: ['useradd -g ann -m ann'] },
  'makes the folder above a home': { given: { ...none, hasHomeParent: false }, asked: { name: 'ann', home: '/srv/people/ann' }, does: ['directory /srv/people', 'useradd -d /srv/people/ann -m ann'] },
  'leaves an account alone that is as asked': {
    given: { ...ann, groups: groups('adm', 'sudo') }, asked: { name: 'ann', comment: 'Ann', shell: '/bin/bash', groups: ['sudo', 'adm'], home: '/home/ann', uid: 1000 },
    says: [], result: { uid: 1000, group: 1000, groups: ['adm', 'sudo'], home: '/home/ann' },
  },
  'changes what differs, each by itself': {
    given: ann, asked: { name: 'ann', shell: '/bin/sh', comment: 'Ann B.', uid: 1001 },
    says: ['set the number of ann to 1001, was 1000', 'set the full name of ann to Ann B., was Ann', 'set the shell of ann to /bin/sh, was /bin/bash'],
    does: ['usermod -u 1001 ann', 'usermod -c Ann B. ann', 'usermod -s /bin/sh ann'],
  },
  'adds groups beside those there are': { given: { ...ann, groups: groups('docker', 'adm') }, asked: { name: 'ann', groups: 'docker,adm', append: true }, says: ['add ann to docker'], does: ['usermod -a -G docker ann'] },
  'leaves exactly the groups that are asked': { given: { ...ann, groups: groups('docker') }, asked: { name: 'ann', groups: ['docker'] }, says: ['set the groups of ann to docker, was adm, sudo'], does: ['usermod -G docker ann'] },
  'takes all other groups away': { given: ann, asked: { name: 'ann', groups: [] }, does: ['usermod -G  ann'] },
  'does not count the primary group among the others': { given: { ...ann, groups: groups('ann', 'adm', 'sudo') }, asked: { name: 'ann', groups: 'ann,adm,sudo' }, says: [] },
  'sets a password that differs': { given: { ...ann, shadow: { ...ann.shadow!, same: false } }, asked: { name: 'ann', password: '$6$x$y' }, says: ['set the password of ann'], does: ['chpasswd -e'] },
  'sets no password of an account that is there, where only new ones get it': { given: { ...ann, shadow: { ...ann.shadow!, same: false } }, asked: { name: 'ann', password: '$6$x$y', update_password: 'on_create' }, says: [] },
  'warns of a password that is no hash': { given: { ...ann, shadow: { ...ann.shadow!, same: false } }, asked: { name: 'ann', password: 'hunter2' }, warns: [/not a crypt hash/] },
  'locks and unlocks': { given: ann, asked: { name: 'ann', password_lock: true }, does: ['usermod -L ann'] },
  'leaves a lock that is there': { given: { ...ann, shadow: { ...ann.shadow!, locked: true } }, asked: { name: 'ann', password_lock: true }, says: [] },
  'lets an account expire on a day': { given: ann, asked: { name: 'ann', expires: 1900000000 }, says: ['let the account ann expire on 2030-03-17'], does: ['usermod -e 2030-03-17 ann'] },
  'leaves an expiry alone that is as asked': { given: { ...ann, shadow: { ...ann.shadow!, expires: '21990' } }, asked: { name: 'ann', expires: 1900000000.5, password_expire_max: 99999 }, says: [] },
  'makes a home that is missing': { given: { ...ann, hasHome: false }, asked: { name: 'ann' }, says: ['make the home /home/ann of ann'], does: ['script ann /home/ann /etc/skel \'\''] },
  'moves a home': { given: { ...ann, hasHome: false }, asked: { name: 'ann', home: '/srv/ann', move_home: true }, does: ['usermod -d /srv/ann -m ann'] },
  'says which group is not there, and what would be done with it': { given: { ...none, groups: new Map([['web', undefined]]) }, asked: { name: 'ann', group: 'web' }, fails: /^missing group web: there is no group web$/, says: ['create the user ann'] },
  'takes no number that another has': { given: { ...none, holder: { ...ann.account!, name: 'bob' } }, asked: { name: 'ann', uid: 1000 }, fails: /the user bob has the number 1000 already/ },
  'removes an account with its home': { given: ann, asked: { name: 'ann', state: 'absent', remove: true }, does: ['userdel -r ann'] },
  'has nothing to remove where there is none': { given: none, asked: { name: 'ann', state: 'absent' }, says: [] },
});

test('a password goes in by stdin alone, and a locked account stays locked', (t) => {
  const found = { ...ann, shadow: { ...ann.shadow!, same: false, locked: true } };
  const plan = user.plan(user.params.parse({ name: 'ann', password: '$6$salt$hash' }), found, {} as never);
  const steps = plan.changes.flatMap((change) => change.steps);
  t.deepEqual(steps.map((step) => step.kind === 'run' && step.stdin), ['ann:!$6$salt$hash\n']);
  t.false(JSON.stringify({ ...plan, changes: plan.changes.map(({ summary }) => summary) }).includes('hash'));
});

const session = sharedSession(test);
test('user knows the accounts of a real host', async (t) => {
  const root = await tryModule(user, { name: 'root', uid: 0, home: '/root', group: '0' }, { session: await session(), check: true });
  t.is(root.kind, 'ok', root.summaries.join('; '));
  t.like(root.result, { uid: 0, group: 0, home: '/root' });
  const missing = await tryModule(user, { name: 'kplay-none', groups: 'kplay-nothing' }, { session: await session(), check: true });
  t.is(missing.kind, 'missing');
});

test('a password with a line end is refused before it could name another account', async (t) => {
  const tried = await tryModule(user, { name: 'root', password: 'x\nann:y' }, { session: await session(), check: true });
  t.regex(tried.message!, /colon or a line end/);
});
