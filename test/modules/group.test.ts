/** group: what it decides. */
import test from 'ava';
import { sharedSession } from '../support/settles.ts';
import { rows } from '../support/plan-rows.ts';
import { tryModule } from '../support/try-module.ts';
import group from '../../modules/group.ts';
import { readAccount, readGroup } from '../../modules/shared/accounts.ts';

const etcd = { name: 'etcd', gid: 997, members: [] };

rows('group', group, {
  'creates a group': { given: { group: undefined, holder: undefined }, asked: { name: 'etcd', system: true }, says: ['create the group etcd'], does: ['groupadd -r etcd', 'getent group etcd'] },
  'creates a group with a number': { given: { group: undefined, holder: undefined }, asked: { name: 'etcd', gid: '2000' }, says: ['create the group etcd with the number 2000'], result: { gid: 2000 } },
  'leaves a group alone that is there': { given: { group: etcd, holder: undefined }, asked: { name: 'etcd' }, says: [], result: { gid: 997 } },
  'gives a group another number': { given: { group: etcd, holder: undefined }, asked: { name: 'etcd', gid: 2000 }, says: ['set the number of the group etcd to 2000, was 997'], does: ['groupmod -g 2000 etcd'] },
  'takes no number that another group has': { given: { group: undefined, holder: { name: 'web', gid: 2000, members: [] } }, asked: { name: 'etcd', gid: 2000 }, fails: /the group web has the number 2000 already/ },
  'shares a number where that is asked': { given: { group: undefined, holder: { name: 'web', gid: 2000, members: [] } }, asked: { name: 'etcd', gid: 2000, non_unique: true }, does: ['groupadd -g 2000 -o etcd', 'getent group etcd'] },
  'removes a group': { given: { group: etcd, holder: undefined }, asked: { name: 'etcd', state: 'absent' }, does: ['groupdel etcd'] },
  'has nothing to remove where there is none': { given: { group: undefined, holder: undefined }, asked: { name: 'etcd', state: 'absent' }, says: [] },
});

test('lines of getent are read', (t) => {
  t.deepEqual(readGroup('adm:x:4:syslog,ann\n'), { name: 'adm', gid: 4, members: ['syslog', 'ann'] });
  t.deepEqual(readAccount('ann:x:1000:1001:Ann O\'Neil,,,:/home/ann:/bin/sh'), { name: 'ann', uid: 1000, gid: 1001, comment: 'Ann O\'Neil,,,', home: '/home/ann', shell: '/bin/sh' });
  t.is(readGroup(''), undefined);
  t.is(readAccount(undefined), undefined);
});

const session = sharedSession(test);
test('group knows the groups of a real host', async (t) => {
  t.is((await tryModule(group, { name: 'root', gid: 0 }, { session: await session() })).kind, 'ok');
  const taken = await tryModule(group, { name: 'kplay-none', gid: 0 }, { session: await session(), check: true });
  t.is(taken.message, 'the group root has the number 0 already');
});
