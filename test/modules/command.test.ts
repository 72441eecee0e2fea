import { mkdir, readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import command from '../../modules/command.ts';
import shell from '../../modules/shell.ts';
import { splitWords } from '../../modules/shared/shell-words.ts';
import { sharedSession, snapshot } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);

test('command runs its words without a shell', async (t) => {
  const done = await tryModule(command, { cmd: `printf '%s|' a "b  c" '$(x)' ; > \\* ''` }, { session: await open() });
  t.is(done.kind, 'changed');
  t.like(done.result, { rc: 0, stdout: 'a|b  c|$(x)|;|>|*||', stderr: '' });
  t.deepEqual(done.result['cmd'], ['printf', '%s|', 'a', 'b  c', '$(x)', ';', '>', '*', '']);
});

test('command takes a list of words', async (t) => {
  const done = await tryModule(command, { argv: ['printf', '%s', 'a b\nc  '] }, { session: await open() });
  t.is(done.result['stdout'], 'a b\nc  ');
  t.deepEqual(done.result['stdout_lines'], ['a b', 'c  ']);
});

test('command fills in variables and a home, and nothing else', async (t) => {
  const session = await open();
  const said = async (more: object) => (await tryModule(command, { cmd: `printf %s| $HOME "\${HOME}/x" ~/y a~ $NOT_SET_HERE \${NOT_SET} '$(id)' '\`id\`'`, ...more }, { session })).result['stdout'];
  const home = process.env['HOME'];
  t.is(await said({}), `${home}|${home}/x|${home}/y|a~|$NOT_SET_HERE|\${NOT_SET}|$(id)|\`id\`|`);
  t.is(await said({ expand_argument_vars: false }), '$HOME|${HOME}/x|~/y|a~|$NOT_SET_HERE|${NOT_SET}|$(id)|`id`|');
});

test('a code other than 0 fails the command with its output', async (t) => {
  const session = await open();
  t.like((await tryModule(shell, { cmd: 'echo out; echo err >&2; exit 3' }, { session })).result, { failed: true, rc: 3, msg: 'non-zero return code', stdout: 'out', stderr: 'err' });
  t.like((await tryModule(command, { cmd: 'no-such-program-here' }, { session })).result, { failed: true, rc: 127 });
});

test('command gives when it ran and how long', async (t) => {
  const { result } = await tryModule(command, { cmd: 'sleep 0.1' }, { session: await open(), here: { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) } });
  t.is(result['end'], '2026-01-02 03:04:05.000000');
  t.regex(String(result['delta']), /^0:00:0\d\.\d{6}$/);
  t.true(String(result['start']) < String(result['end']));
});

test('creates and removes decide whether a command runs, also by patterns and in chdir', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/made-1`, '');
  const rows: [object, boolean][] = [
    [{ creates: `${folder}/made-1` }, false], [{ creates: `${folder}/none` }, true], [{ creates: `${folder}/made-*` }, false], [{ creates: `${folder}/none-*` }, true],
    [{ creates: 'made-?', chdir: folder }, false], [{ removes: `${folder}/made-1` }, true], [{ removes: `${folder}/none` }, false], [{ removes: `${folder}/mad[def]-1` }, true],
  ];
  for (const [params, runs] of rows) {
    const tried = await tryModule(command, { cmd: 'echo ran', ...params }, { session });
    t.is(tried.kind, runs ? 'changed' : 'ok', JSON.stringify(params));
    t.is(tried.result['rc'], 0);
    if (!runs) t.regex(String(tried.result['stdout']), /^skipped, since /);
  }
});

test('a dry run runs nothing, and knows what creates decides', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const before = await snapshot(folder);
  const cmd = `touch ${folder}/x`;
  t.deepEqual((await tryModule(shell, { cmd }, { session, check: true })).summaries, [`run ${cmd}`]);
  t.is((await tryModule(shell, { cmd, creates: folder }, { session, check: true })).kind, 'ok');
  t.deepEqual(await snapshot(folder), before);
});

test('a command reads stdin and runs in chdir', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(`${folder}/a b`);
  t.is((await tryModule(shell, { cmd: 'cat; pwd', stdin: 'in $x', chdir: `${folder}/a b` }, { session })).result['stdout'], `in $x\n${folder}/a b`);
  t.is((await tryModule(shell, { cmd: 'cat; echo .', stdin: 'x', stdin_add_newline: false }, { session })).result['stdout'], 'x.');
  t.is((await tryModule(shell, { cmd: 'cat' }, { session })).result['stdout'], '', 'without stdin there is nothing to read');
  t.is((await tryModule(command, { cmd: 'pwd', chdir: `${folder}/none` }, { session })).kind, 'missing');
});

test('shell takes any shell text and the shell that is named', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  t.is((await tryModule(shell, { cmd: `for i in 1 2; do echo $i; done > ${folder}/out\ncat <<X | tr a b\n"a"\nX` }, { session })).result['stdout'], '"b"');
  t.is(await readFile(`${folder}/out`, 'utf8'), '1\n2\n');
  t.is((await tryModule(shell, { cmd: 'set -o pipefail; false | true', executable: '/bin/bash' }, { session })).result['rc'], 1);
  t.is((await tryModule(shell, { cmd: 'exit' }, { session })).result['rc'], 0);
  t.like((await tryModule(shell, { cmd: 'echo "(' }, { session })).result, { failed: true });
});

test('output keeps its ends with strip_empty_ends: no', async (t) => {
  const session = await open();
  t.is((await tryModule(shell, { cmd: 'echo; echo x; echo' }, { session })).result['stdout'], '\nx');
  t.is((await tryModule(shell, { cmd: 'echo x; echo', strip_empty_ends: false }, { session })).result['stdout'], 'x\n\n');
});

const words: readonly [text: string, words: readonly string[]][] = [
  ['a b', ['a', 'b']], ["'a b'c", ['a bc']], ['"a \\" \\\\ \\n $x"', ['a " \\ \\n $x']], ['a\\ b', ['a b']], ["''", ['']], ['  ', []], ['a\n\tb', ['a', 'b']],
];
for (const [text, expected] of words) test(`${JSON.stringify(text)} is the words ${JSON.stringify(expected)}`, (t) => { t.deepEqual(splitWords(text), [...expected]); });
for (const text of ['"a', "'a", 'a\\']) test(`${text} is no list of words`, (t) => { t.throws(() => splitWords(text), { message: /opened|backslash/ }); });
