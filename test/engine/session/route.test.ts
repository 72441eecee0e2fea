import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { findRoute, type Route } from '../../../engine/session/route.ts';
import type { Target } from '../../../engine/session/session.ts';
import { sshHome } from '../../../engine/session/ssh-config.ts';
import { TextError } from '../../../engine/source/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'kplay-route-'));
const empty = mkdtempSync(join(tmpdir(), 'kplay-empty-'));
test.after.always(() => [folder, empty].forEach((each) => rmSync(each, { recursive: true, force: true })));

const config = join(folder, 'config');
writeFileSync(config, `
Host web
  HostName web.example.org
  User deploy
  Port 2200
  IdentityFile ~/.ssh/web_key
  IdentityFile ${folder}/%r_at_%h
  StrictHostKeyChecking accept-new
  UserKnownHostsFile ${folder}/known ${folder}/known2
  ConnectTimeout 3
  ServerAliveInterval 7
Host behind
  ProxyJump ops@bastion:2222,inner
Host bastion
  HostName 192.0.2.1
Host command
  ProxyCommand nc %h %p
Host *
  User everybody
  IdentitiesOnly yes
`);

const target = (address: string, more: Partial<Target> = {}): Target => ({ host: 'h', connection: 'ssh', address, sshArgs: `-F ${config}`, ...more });
const hasSsh = spawnSync('ssh', ['-V']).status === 0;

/** Finds a route with the ssh program and, by hiding it, without. */
const bothWays = (title: string, check: (t: ExecutionContext, find: (target: Target) => Promise<Route>) => Promise<void>) => {
  if (hasSsh) test.serial(`${title} (by ssh -G)`, (t) => check(t, findRoute));
  else test.skip(`NOT TRIED, there is no ssh program: ${title} (by ssh -G)`, (t) => t.pass());
  test.serial(`${title} (without the ssh program)`, async (t) => {
    const path = process.env['PATH'];
    process.env['PATH'] = empty;
    try {
      await check(t, findRoute);
    } finally {
      process.env['PATH'] = path;
    }
  });
};

bothWays('the configuration says where and how', async (t, find) => {
  const route = await find(target('web'));
  t.deepEqual([route.address, route.port, route.user, route.keyName], ['web.example.org', 2200, 'deploy', 'web.example.org']);
  t.deepEqual(route.identityFiles, [join(sshHome(), '.ssh/web_key'), `${folder}/deploy_at_web.example.org`]);
  t.deepEqual([route.identitiesOnly, route.connectTimeout, route.aliveInterval, route.aliveCount], [true, 3, 7, 3]);
  t.deepEqual(route.hostKeys.checking, 'accept-new');
  t.deepEqual(route.hostKeys.files.slice(0, 2), [`${folder}/known`, `${folder}/known2`]);
});

bothWays('inventory variables come before ssh options, those before the configuration', async (t, find) => {
  const args = `-F ${config} -o User=fromargs -o Port=1 -o ConnectTimeout=4 -o StrictHostKeyChecking=no -i ${folder}/args_key`;
  const byArgs = await find(target('web', { sshArgs: args }));
  t.deepEqual([byArgs.user, byArgs.port, byArgs.connectTimeout, byArgs.hostKeys.checking], ['fromargs', 1, 4, 'no']);
  t.deepEqual(byArgs.identityFiles[0], `${folder}/args_key`);
  const byVars = await find(target('web', { sshArgs: args, user: 'fromvars', port: 2, connectTimeout: 5, hostKeyChecking: 'yes', privateKeyFile: '~/vars_key', knownHostsFile: `${folder}/mine` }));
  t.deepEqual([byVars.user, byVars.port, byVars.connectTimeout, byVars.hostKeys], ['fromvars', 2, 5, { checking: 'yes' as const, files: [`${folder}/mine`] }]);
  t.deepEqual(byVars.identityFiles.slice(0, 2), [join(sshHome(), 'vars_key'), `${folder}/args_key`]);
});

bothWays('a jump host has its own configuration, and the target\'s way of checking keys', async (t, find) => {
  const route = await find(target('behind', { knownHostsFile: `${folder}/mine`, privateKeyFile: `${folder}/key`, password: 'for the target alone' }));
  t.deepEqual(route.jumps.map(({ address, port, user }) => [address, port, user]), [['192.0.2.1', 2222, 'ops'], ['inner', 22, 'everybody']]);
  t.deepEqual(route.jumps.map(({ hostKeys, identityFiles, password }) => [hostKeys.files, identityFiles, password ?? null]), [[[`${folder}/mine`], [`${folder}/key`], null], [[`${folder}/mine`], [`${folder}/key`], null]]);
  t.deepEqual((await find(target('behind', { sshArgs: `-F ${config} -o ProxyJump=none` }))).jumps.length, 0);
});

bothWays('a proxy command gets its values', async (t, find) => {
  t.deepEqual((await find(target('command', { port: 7 }))).proxyCommand, 'nc command 7');
});

test('without any configuration there are ssh\'s defaults', async (t) => {
  const route = await findRoute({ host: 'h', connection: 'ssh', address: 'a.example.org', sshArgs: '-F none' });
  t.deepEqual([route.address, route.port, route.user, route.hostKeys.checking, route.aliveInterval, route.aliveCount, route.connectTimeout], ['a.example.org', 22, userInfo().username, 'yes', 10, 3, 10]);
  t.is(route.hostKeys.files[0], join(sshHome(), '.ssh/known_hosts'));
  t.deepEqual([route.identityFiles, route.jumps, route.proxyCommand], [[], [], undefined]);
});

for (const [what, args, message] of [
  ['a file that is not there', '-F /no/such/file', /\/no\/such\/file cannot be read/],
  ['a jump host that is none', '-F none -J "a b"', /"a b" is not a jump host/],
  ['jump hosts that go in a circle', `-F ${folder}/circle`, /go in a circle/],
] as const) {
  test.serial(`${what} is an error of the text`, async (t) => {
    writeFileSync(join(folder, 'circle'), 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n');
    await t.throwsAsync(findRoute({ host: 'h', connection: 'ssh', address: 'a', sshArgs: args }), { instanceOf: TextError, message });
  });
}

test.serial('Include and Match without the ssh program are an error', async (t) => {
  writeFileSync(join(folder, 'include'), `Include ${config}\n`);
  const path = process.env['PATH'];
  process.env['PATH'] = empty;
  try {
    await t.throwsAsync(findRoute(target('web', { sshArgs: `-F ${folder}/include` })), { instanceOf: TextError, message: /Include or Match/ });
  } finally {
    process.env['PATH'] = path;
  }
});
