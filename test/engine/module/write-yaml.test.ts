import test from 'ava';
import { parseDocument } from 'yaml';
import { writeYaml } from '../../../engine/module/write-yaml.ts';

test('fields that are undefined are left out, empty lists and mappings stay', (t) => {
  t.is(writeYaml({ b: undefined, a: { c: undefined, d: [] }, e: {}, f: [{ g: undefined, h: 1 }] }), 'a:\n  d: []\ne: {}\nf:\n- h: 1\n');
});

test('texts that would read as something else are quoted, long ones stay on one line', (t) => {
  const long = 'word '.repeat(60).trim();
  t.is(writeYaml({ yes: 'yes', octal: '0755', time: '12:30', number: 4, flag: true, nothing: null, long }), `'yes': 'yes'\noctal: '0755'\ntime: '12:30'\nnumber: 4\nflag: true\nnothing: null\nlong: ${long}\n`);
});

test('texts that Go alone would read as numbers are quoted', (t) => {
  for (const text of ['1e5', '123456.78901e2345678', '.5E3', '0o17']) {
    t.is(writeYaml([text]), `- "${text}"\n`, text);
    t.is((parseDocument(writeYaml({ a: text }), { version: '1.2' }).toJS() as { a: unknown }).a, text);
  }
});
