/** Holds the tree to its own rules: arrows one way, the folder is the registry, one importer for some packages. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const root = path.resolve(fileURLToPath(import.meta.url), '../../..');
/** The ground floor first: a room imports only from rooms before it. */
const rooms = ['source', 'template', 'session', 'module', 'event', 'inventory', 'playbook', 'run', 'report', 'mirror', 'lab', 'cli'];

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of a folder's TypeScript files; local ones as paths from the root. */
function importsOf(folder: string): Import[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const from = path.join(folder, name);
      const text = readFileSync(path.join(root, from), 'utf8');
      return [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm)].map((match) => {
        const to = (match[1] ?? match[2] ?? match[3])!;
        return { from, to: to.startsWith('.') ? path.join(path.dirname(from), to) : to };
      });
    });
}

function roomOf(file: string): number {
  const [top, room, ...rest] = file.split(path.sep);
  if (top !== 'engine') return -1;
  return rest.length === 0 ? rooms.indexOf('lab') : rooms.indexOf(room!);
}

test('a room imports only from rooms before it', (t) => {
  const wrong = importsOf('engine').filter(({ from, to }) => to.startsWith('engine') && roomOf(to) > roomOf(from) && !(to === 'engine/kplay.ts'));
  t.deepEqual(wrong, []);
  t.true(importsOf('engine').length > 200, 'the imports were found');
});

test('every folder of the engine is a room with a place in the order', (t) => {
  const folders = readdirSync(path.join(root, 'engine'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  t.deepEqual(folders.toSorted(), rooms.toSorted());
});

test('a module file imports the kit, shared files and packages, and nothing else of the engine', (t) => {
  const wrong = importsOf('modules').filter(({ from, to }) => {
    if (to.startsWith('engine')) return to !== 'engine/module/kit.ts';
    return to.startsWith('modules') && !to.startsWith('modules/shared/') && path.dirname(from) !== 'modules';
  });
  t.deepEqual(wrong, []);
});

test('the engine imports no module and nothing imports the tests', (t) => {
  const all = [...importsOf('engine'), ...importsOf('modules')];
  t.deepEqual(all.filter(({ from, to }) => (from.startsWith('engine') && to.startsWith('modules')) || to.startsWith('test')), []);
});

test('each of these packages is imported in its own rooms alone', (t) => {
  const owners: Record<string, RegExp> = {
    yaml: /^engine\/(source|template)\//, 'node-ssh': /^engine\/session\//, ssh2: /^engine\/session\//, listr2: /^engine\/report\//, commander: /^engine\/cli\//,
    diff: /^engine\/report\//, '@peculiar/x509': /^modules\/shared\//, 'reflect-metadata': /^modules\/shared\//, 'ssh-config': /^engine\/session\//, 'toml-eslint-parser': /^modules\/shared\//,
  };
  const wrong = [...importsOf('engine'), ...importsOf('modules')].filter(({ from, to }) => owners[to] && !owners[to].test(from));
  t.deepEqual(wrong, []);
});

test('each source file opens with a line that says what it is for', (t) => {
  const files = ['engine', 'modules'].flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => path.join(folder, name)));
  const silent = files.filter((file) => !/^(#!.*\n)?(\/\*\*\s|\/\/ ?\S)/.test(readFileSync(path.join(root, file), 'utf8')));
  t.deepEqual(silent, []);
});
