/** toml: what becomes of a file, and what of it stays. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import test from 'ava';
import { ModuleFailure } from '../../engine/module/change.ts';
import toml from '../../modules/toml.ts';
import { editToml } from '../../modules/shared/toml-edit.ts';
import { leavesOf } from '../../modules/shared/toml-text.ts';
import { readTomlKey } from '../../modules/shared/toml-tree.ts';
import { playFiles } from '../support/play.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);

type Row = { given: string; asked: Record<string, unknown>; becomes: string };
const rows: Readonly<Record<string, Row>> = {
  'puts a value in place of another and leaves its comment': { given: 'a = 1 # one\nb = 2\n', asked: { a: 3 }, becomes: 'a = 3 # one\nb = 2\n' },
  'leaves a value alone that is there, however it is written': { given: "a = 0x10\nb = 'x'\nc = 1.50\nd = [ 1, # one\n 2 ]\ne = { f = true }\n", asked: { a: 16, b: 'x', c: 1.5, d: [1, 2], e: { f: true } }, becomes: "a = 0x10\nb = 'x'\nc = 1.50\nd = [ 1, # one\n 2 ]\ne = { f = true }\n" },
  'adds a value after the last of its table': { given: '[a]\n  b = 1\n\n[c]\nd = 1\n', asked: { a: { x: 'y' } }, becomes: '[a]\n  b = 1\n  x = "y"\n\n[c]\nd = 1\n' },
  'adds a value before the first table, and not in it': { given: '# the cri\n[a]\nb = 1\n', asked: { x: 1 }, becomes: 'x = 1\n\n# the cri\n[a]\nb = 1\n' },
  'adds a value to a table that has none, moved in as others are': { given: '[a]\n  b = 1\n\n  [a.c]\n\n[d]\n', asked: { a: { c: { x: 1 } } }, becomes: '[a]\n  b = 1\n\n  [a.c]\n    x = 1\n\n[d]\n' },
  'makes a table after those of its kin': { given: '[a]\n  [a.b]\n    x = 1\n  [a."c.d"]\n    x = 1\n[z]\n  x = 1\n', asked: { a: { e: { x: 2 } } }, becomes: '[a]\n  [a.b]\n    x = 1\n  [a."c.d"]\n    x = 1\n  [a.e]\n    x = 2\n[z]\n  x = 1\n' },
  'makes a table that was only named by those in it': { given: '[a.b.c]\nx = 1\n\n[z]\n', asked: { a: { y: 1 } }, becomes: '[a.b.c]\nx = 1\n\n[a]\ny = 1\n\n[z]\n' },
  'makes a table at the end, a blank line before it': { given: 'x = 1\n# tail', asked: { 'a.b': { c: true } }, becomes: 'x = 1\n# tail\n\n["a.b"]\nc = true\n' },
  'fills an empty file': { given: '', asked: { version: 2, a: { b: [] } }, becomes: 'version = 2\n\n[a]\nb = []\n' },
  'adds to inline tables where they stand': { given: 'a = { b = 1 } # x\nc = {}\n', asked: { a: { d: { e: 'f' } }, c: { g: 1 } }, becomes: 'a = { b = 1, d = { e = "f" } } # x\nc = { g = 1 }\n' },
  'adds to dotted keys where they stand': { given: '[s]\na.b = 1\nz = 1\n', asked: { s: { a: { c: 2 } } }, becomes: '[s]\na.b = 1\na.c = 2\nz = 1\n' },
  'keeps a list on lines of their own': { given: '  [a]\n  b = [\n    "x", # one\n    "y",\n  ]\n', asked: { a: { b: ['x', 'z'] } }, becomes: '  [a]\n  b = [\n    "x",\n    "z",\n  ]\n' },
  'keeps a literal literal, and a float a float': { given: "a = 'C:\\x'\nb = 2.5\n", asked: { a: 'D:\\y', b: 3 }, becomes: "a = 'D:\\y'\nb = 3.0\n" },
  'quotes what TOML would read otherwise': { given: '', asked: { 'x y': 'a"b\\\n\u007f\u0001é' }, becomes: '"x y" = "a\\"b\\\\\\n\\u007F\\u0001é"\n' },
  'writes whole numbers of 64 bits': { given: 'a = 1\n', asked: { a: 9223372036854775807n }, becomes: 'a = 9223372036854775807\n' },
  'keeps a date a date': { given: 'a = 1979-05-27T07:32:00Z\n', asked: { a: '2026-01-02T00:00:00Z' }, becomes: 'a = 2026-01-02T00:00:00Z\n' },
  'takes a value out': { given: 'a = 1\n# two\nb = 2 # b\nc = 3\n', asked: { b: null, nothing: null, c: 3 }, becomes: 'a = 1\n# two\nc = 3\n' },
  'takes a value out of inline tables': { given: 'a = { b = 1, c = 2, d = 3 }\ne = { f.g = 1, f.h = 2 }\n', asked: { a: { c: null }, e: { f: null } }, becomes: 'a = { b = 1, d = 3 }\ne = {}\n' },
  'takes a table out with all in it, and leaves what stands apart': { given: '[a]\nx = 1\n# of x\n\n# apart\n\n[a.b]\ny = 1\n\n[c]\nz = 1\n\n# tail\n', asked: { a: null }, becomes: '# apart\n\n[c]\nz = 1\n\n# tail\n' },
  'takes the last table out': { given: 'x = 1\n\n[a]\ny = 1\n', asked: { a: null }, becomes: 'x = 1\n' },
  'puts a list of tables in place of another': { given: '[[r]]\nl = "a"\n[[r.m]]\nl = "b"\n\n[z]\n', asked: { r: [{ l: 'c' }, { l: 'd', m: [{ l: 'e' }] }] }, becomes: '[z]\n\n[[r]]\nl = "c"\n\n[[r]]\nl = "d"\nm = [{ l = "e" }]\n' },
  'leaves a list of tables that is as asked': { given: '[[r]]\nl = "a"\n  [[r.m]]\n  l = "b"\n[[r]]\n', asked: { r: [{ l: 'a', m: [{ l: 'b' }] }, {}] }, becomes: '[[r]]\nl = "a"\n  [[r.m]]\n  l = "b"\n[[r]]\n' },
  'keeps the ends of lines': { given: '[a]\r\nb = 1\r\n', asked: { a: { c: 1 }, d: { e: 1 } }, becomes: '[a]\r\nb = 1\r\nc = 1\r\n\r\n[d]\r\ne = 1\r\n' },
};
for (const [claim, { given, asked, becomes }] of Object.entries(rows)) {
  test(`toml ${claim}`, (t) => {
    const edit = (text: string) => editToml(text, leavesOf(asked), 'f');
    t.is(edit(given).text, becomes);
    t.is(edit(becomes).text, becomes, 'twice is once');
  });
}

const wrong: Readonly<Record<string, { given: string; asked: Record<string, unknown>; says: string; hint?: string }>> = {
  'a file that is not TOML': { given: 'a = 1\nb = = 2\n', asked: { a: 2 }, says: '/etc/x.toml:2:5: not TOML: Unexpected token', hint: 'the line is: b = = 2' },
  'a key that stands twice': { given: 'a = 1\na = 2\n', asked: { b: 2 }, says: '/etc/x.toml:2:1: not TOML: Defining a key multiple times is invalid' },
  'what only a later TOML takes, and programs do not': { given: 'a = { b = 1, }\n', asked: { b: 2 }, says: '/etc/x.toml:1:14: not TOML: Trailing comma is not permitted in an inline table' },
  'a table where a text is': { given: 'x = 1\n  a = "b"\n', asked: { a: { c: 1 } }, says: '/etc/x.toml:2:3: a is text there, and a table is asked for' },
  'a text where a table is': { given: 'x = 1\n[a.b]\n', asked: { a: { b: 'x' } }, says: '/etc/x.toml:2:1: a.b is a table there, and text is asked for' },
  'a text where a number is': { given: '[a]\nuid = 0\n', asked: { a: { uid: '0' } }, says: '/etc/x.toml:2:1: a.uid is a number there, and text is asked for', hint: 'write it without quotes, or as {{ name | int }}' },
  'a value in a member of a list': { given: '[[a]]\nb = 1\n', asked: { a: { b: 2 } }, says: '/etc/x.toml:1:1: a is a list there, and a table is asked for' },
  'a date that is none': { given: 'a = 1979-05-27\n', asked: { a: 'tomorrow' }, says: '/etc/x.toml:1:1: a is a date or time there, and text is asked for' },
  'a number of more than 64 bits': { given: '', asked: { a: 2n ** 64n }, says: '18446744073709551616 has more than 64 bits, and TOML has no such number' },
  'nothing in a list': { given: '', asked: { a: [null] }, says: 'TOML has no word for an empty value in a list' },
};
for (const [claim, { given, asked, says, hint }] of Object.entries(wrong)) {
  test(`toml refuses ${claim}`, (t) => {
    const error = t.throws(() => editToml(given, leavesOf(asked), '/etc/x.toml'), { instanceOf: ModuleFailure });
    t.is(error?.message, says);
    if (hint !== undefined) t.is(error?.hint, hint);
  });
}

test('toml reads the paths that TOML writes', (t) => {
  t.deepEqual(readTomlKey('plugins."io.containerd.grpc.v1.cri".sandbox_image'), ['plugins', 'io.containerd.grpc.v1.cri', 'sandbox_image']);
  t.deepEqual(readTomlKey("a . 'b.c'"), ['a', 'b.c']);
  for (const text of ['', 'a..b', 'a b', 'a = 1', 'a = 1\nb', '[a]', 'a #', '"a']) t.is(readTomlKey(text), undefined, text);
});

test('toml edits a file for real, once, and keeps its mode; create makes it', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const path = `${folder}/a.toml`;
  await writeFile(path, '\ufeff# é\nversion = 2\n', { mode: 0o640 });
  const done = await settles(t, toml, { dest: path, set: { 'plugins."a.b".c': true }, values: { version: 3, gone: null } }, { session, folder });
  t.deepEqual(done.summaries, [`set version, plugins."a.b".c in ${path}`]);
  t.deepEqual(done.result['set'], ['version', 'plugins."a.b".c']);
  t.is(await readFile(path, 'utf8'), '\ufeff# é\nversion = 3\n\n[plugins."a.b"]\nc = true\n');
  t.is((await stat(path)).mode & 0o777, 0o640);
  t.deepEqual((await settles(t, toml, { path, values: { plugins: null }, mode: '0600', backup: true }, { session, folder })).summaries, [`take out plugins in ${path}`]);
  t.is((await stat(path)).mode & 0o777, 0o600);

  t.is((await tryModule(toml, { path: `${folder}/none`, values: { a: 1 } }, { session })).kind, 'missing');
  t.is((await tryModule(toml, { path: `${folder}/none`, values: { a: null } }, { session })).kind, 'ok');
  await settles(t, toml, { path: `${folder}/sub/new.toml`, values: { a: { b: [1, 2] } }, create: true }, { session, folder });
  t.is(await readFile(`${folder}/sub/new.toml`, 'utf8'), '[a]\nb = [1, 2]\n');
});

test('toml refuses what is not UTF-8, and a value that is asked for twice', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/a`, Buffer.from([0x61, 0xff]));
  t.is((await tryModule(toml, { path: `${folder}/a`, values: { a: 1 } }, { session })).message, `${folder}/a is not UTF-8, and so no TOML`);
  const twice = (params: object) => tryModule(toml, { path: `${folder}/b`, create: true, ...params }, { session });
  t.is((await twice({ values: { a: { b: 1 } }, set: { 'a.b': 2 } })).message, 'a.b is asked for twice');
  t.is((await twice({ values: { a: { b: 1 } }, set: { a: null } })).message, 'a.b is asked for twice: also by a');
});

test('toml takes values from a playbook as they are: templates, null, numbers, nested lists', async (t) => {
  const site = `- hosts: h1
  gather_facts: false
  vars: { image: "pause:3.10", score: -999, table: { x: 1.5, y: [a, { b: 2 }] } }
  tasks:
    - name: Set
      toml:
        path: "{{ dir }}/a.toml"
        set:
          plugins."io.containerd.grpc.v1.cri".sandbox_image: "{{ image }}"
          oom_score: "{{ score }}"
          table: "{{ table }}"
          old: null
`;
  const { folder, outcome } = await playFiles(t, { 'site.yml': site, 'a.toml': 'old = 1\noom_score = 0\n' });
  t.is(outcome('h1', 'Set').status, 'changed');
  t.is(await readFile(`${folder}/a.toml`, 'utf8'), 'oom_score = -999\n\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "pause:3.10"\n\n[table]\nx = 1.5\ny = ["a", { b = 2 }]\n');
});
