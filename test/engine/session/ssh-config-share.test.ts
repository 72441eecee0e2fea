/** Hosts that ssh's files cannot tell apart share one answer of `ssh -G`, and it is the one that each would have got. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { supportedOptions } from '../../../engine/session/ssh-args.ts';
import { readSshConfig } from '../../../engine/session/ssh-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'kplay-share-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const texts: Readonly<Record<string, string>> = {
  plain: 'Host *\n  User everybody\n  ServerAliveInterval 7\n',
  'told apart': 'Host web* !web3 db1\n  User deploy\n  Port 2200\nHost 10.0.?.* "quoted"\n  ConnectTimeout 3\nHost=db*\n  IdentitiesOnly yes\nHost *\n  User everybody\n',
  'one address for all': 'Host web*\n  HostName web2\nHost *\n  ProxyCommand nc %h %p\n',
  'made of the name': 'Host web*\n  HostName %h.example.org\n  UserKnownHostsFile ~/known_%h\nHost db*\n  IdentityFile ~/.ssh/%h\n',
  conditions: 'Match host web1\n  User one\nMatch originalhost db*\n  User data\nHost *\n  User everybody\n',
};
const names = ['web1', 'web2', 'web3', 'db1', 'db2', '10.0.1.1', '10.0.12.1', '10.0.2.7', 'quoted', 'WEB1'];

for (const [at, [what, text]] of Object.entries(texts).entries()) {
  const configFile = join(folder, `config${at}`);
  writeFileSync(configFile, text);
  const title = `the answer for each host is its own: ${what}`;
  if (spawnSync('ssh', ['-V']).status !== 0) test.skip(`NOT TRIED, there is no ssh program: ${title}`, (t) => t.pass());
  else {
    test.serial(title, async (t) => {
      for (const [turn, order] of [names, names.toReversed(), ['web2', ...names]].entries()) {
        for (const address of order) {
          const said = execFileSync('ssh', ['-G', '-F', configFile, '--', address], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
          const wanted = said.split('\n').filter((line) => supportedOptions.has(line.split(' ')[0]!)).map((line) => line.toLowerCase()).sort();
          const got = [...(await readSshConfig({ address, configFile }))].flatMap(([name, values]) => values.map((value) => `${name} ${value}`.toLowerCase())).sort();
          t.deepEqual(got, wanted, address);
        }
        // What was shared in this order is not to help in the next.
        writeFileSync(configFile, `${text}# turn ${turn}\n`);
      }
    });
  }
}

test.serial('ssh is asked once for hosts that are alike, and for each where that cannot be told', async (t) => {
  const log = join(folder, 'log');
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\necho "$*" >> ${log}\nfor last; do :; done\necho "hostname $last"\necho "user somebody"\n`);
  chmodSync(join(folder, 'ssh'), 0o755);
  const path = process.env['PATH'];
  process.env['PATH'] = `${folder}:${path}`;
  t.teardown(() => (process.env['PATH'] = path));
  const asked = async (text: string, more: object = {}): Promise<number> => {
    const configFile = join(folder, 'counted');
    writeFileSync(configFile, text);
    writeFileSync(log, '');
    const found = await Promise.all(names.map((address) => readSshConfig({ address, configFile, ...more })));
    t.deepEqual(found.map((options) => options.get('hostname')), names.map((name) => [name]));
    return readFileSync(log, 'utf8').trim().split('\n').filter(Boolean).length;
  };
  t.is(await asked(texts['plain']!), 1);
  t.is(await asked(texts['plain']!), 0, 'the same file says the same');
  t.is(await asked(texts['plain']!, { port: 2222 }), 1, 'but not of another port');
  t.is(await asked(`${texts['plain']!}\nHost web*\n  User deploy\n`), 2);
  t.is(await asked(`Include other\n${texts['plain']!}`), names.length);
  t.is(await asked(texts['made of the name']!), names.length);
  t.is(await asked(`CanonicalizeHostname yes\n${texts['plain']!}`), names.length);
});
