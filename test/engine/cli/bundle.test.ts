/** What users run is made of few files; what they rely on holds there too. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { readExtraVars } from '../../../engine/cli/extra-vars.ts';
import { sourceStack } from '../../../engine/cli/stack.ts';
import type { Event } from '../../../engine/event/event.ts';
import { complaints, kplay, root } from '../../support/kplay.ts';
import { writeFiles } from '../../support/play.ts';

const dist = path.join(root, 'dist');
const url = (file: string): string => pathToFileURL(path.join(dist, file)).href;

test('each module stands under its name in the folder that is the registry', (t) => {
  const names = (folder: string, ending: string): string[] => readdirSync(path.join(root, folder)).filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
  t.deepEqual(names('dist/modules', '.js').toSorted(), names('modules', '.ts').toSorted());
});

test('a module of a folder of one\'s own, made with the kit, fails as the engine\'s own modules do', async (t) => {
  const { play, prepare } = (await import(url('engine/kplay.js'))) as typeof import('../../../engine/kplay.ts');
  const folder = await writeFiles(t, {
    'modules/frown.js': `import { defineModule, ModuleFailure, z } from '${url('engine/module/kit.js')}';
      export default defineModule({ summary: 'Fail', params: z.object({ at: z.string() }), example: '- frown: {at: you}', controller: true, inspect: () => null, plan: ({ at }) => { throw new ModuleFailure('frowns at ' + at); } });`,
    'site.yml': '- hosts: localhost\n  gather_facts: false\n  tasks:\n    - frown: {at: you}\n',
  });
  const events: Event[] = [];
  await play(await prepare({
    playbooks: [path.join(folder, 'site.yml')], inventories: ['localhost,'], modules: path.join(folder, 'modules'), connect: () => Promise.reject(new Error('nobody connects')),
    check: false, diff: false, forks: 1, verbosity: 0, tags: { only: [], skip: [] }, extraVars: readExtraVars(), defaults: { become: false, becomeUser: 'root' },
    report: (event) => void events.push(event), signal: new AbortController().signal, now: Date.now,
  }));
  const outcome = events.find((event) => event.event === 'outcome');
  t.is(outcome?.outcome.failure?.message, 'frowns at you');
});

test('packages that are loaded when they are first needed are whole', async (t) => {
  const folder = await writeFiles(t, {
    'site.yml': `- hosts: localhost
  gather_facts: false
  tasks:
    - cert: {path: '{{ playbook_dir }}/leaf.crt', ca_path: '{{ playbook_dir }}/ca.crt', authority: '{{ playbook_dir }}/pki', profile: server, common_name: me}
    - toml: {path: '{{ playbook_dir }}/a.toml', values: {a: {b: 1}}}
    - copy: {dest: '{{ playbook_dir }}/b', content: "one\\ntwo\\n"}
`,
    'a.toml': '[a]\nb = 2\n',
  });
  const ran = await kplay(['run', path.join(folder, 'site.yml'), '-i', 'localhost,', '--diff', '--output', 'tree']);
  t.is(ran.code, 0, complaints(ran));
  t.regex(ran.stdout, /\+b = 1/);
  t.regex(readFileSync(path.join(folder, 'leaf.crt'), 'utf8'), /BEGIN CERTIFICATE/);
});

test('the stack of a crash names places in the sources', (t) => {
  const chunks = readdirSync(path.join(dist, 'engine/chunks')).filter((file) => file.endsWith('.js'));
  const chunk = chunks.find((file) => readFileSync(path.join(dist, 'engine/chunks', file), 'utf8').includes('function openCatalogue('))!;
  const before = readFileSync(path.join(dist, 'engine/chunks', chunk), 'utf8').split('function openCatalogue(')[0]!.split('\n');
  const place = `${url(`engine/chunks/${chunk}`)}:${before.length}:10`;
  const line = readFileSync(path.join(root, 'engine/module/catalogue.ts'), 'utf8').split('\n').findIndex((text) => text.includes('function openCatalogue(')) + 1;
  t.regex(sourceStack(`Error: x\n    at openCatalogue (${place})\n    at file:///nowhere/x.js:1:2`), new RegExp(`^Error: x\n    at openCatalogue \\(engine/module/catalogue\\.ts:${line}:\\d+\\)\n    at file:///nowhere/x\\.js:1:2$`));
});
