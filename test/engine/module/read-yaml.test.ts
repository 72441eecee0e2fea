import test from 'ava';
import { readYaml } from '../../../engine/module/read-yaml.ts';

test('documents of a text are read, empty ones and comments left out', (t) => {
  const text = '# first\n---\na: 1\n---\n\n---\n# nothing\n--- # second\nb: |\n  x\n  --- inside\n  y\n---\n';
  t.deepEqual(readYaml(text, 'x'), [{ a: 1 }, { b: 'x\n--- inside\ny\n' }]);
  t.deepEqual(readYaml('', 'x'), []);
  t.deepEqual(readYaml('\ufeffa: 1', 'x'), [{ a: 1 }]);
  t.deepEqual(readYaml('--- {a: [1, "2"]}\n', 'x'), [{ a: [1, '2'] }]);
});

test('plain words are read as Kubernetes reads them', (t) => {
  t.deepEqual(readYaml('a: yes\nb: 0644\nc: "1"\nd: 1.5\ne: null\nf: 2024-01-02\ng: 22:22\n', 'x'), [{ a: true, b: 420, c: '1', d: 1.5, e: null, f: '2024-01-02', g: '22:22' }]);
});

test('JSON is taken, indented by tabs too', (t) => {
  t.deepEqual(readYaml('{\n\t"a": [1]\n}\n', 'x'), [{ a: [1] }]);
});

test('what is wrong is told with its true place, and without the line, which may be a secret', (t) => {
  const error = t.throws(() => readYaml('a: 1\n---\nb: 1\nsecret: [hidden\n', 'm.yml'));
  t.regex(error!.message, /^m.yml:[45]:\d+: not valid YAML/);
  t.false(error!.message.includes('hidden'));
  t.throws(() => readYaml('a: 1\n---\nb: 1\nb: 2\n', 'm.yml'), { message: 'm.yml:4:1: the key "b" stands twice in this mapping' });
});
