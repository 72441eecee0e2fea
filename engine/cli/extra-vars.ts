/** `-e`: variables from the command line, as `k=v` words, as JSON or YAML, or from `@file`. */
import path from 'node:path';
import type { VarsLayer } from '../playbook/playbook.ts';
import { isName } from '../playbook/reading.ts';
import { TextError } from '../source/problem.ts';
import { readYaml } from '../source/read-source.ts';
import type { Source } from '../source/source.ts';
import { keyText, type Scalar, type Tree } from '../source/tree.ts';
import { parseYaml } from '../source/yaml.ts';
import { compileTree, type CompiledTree } from '../template/compile-tree.ts';

/** All -e options as one layer, later ones stronger. Values of `k=v` are text, as in Ansible. Throws TextError. */
export function readExtraVars(options: readonly string[] = []): VarsLayer {
  const values = new Map<string, CompiledTree>();
  for (const option of options) {
    for (const [name, tree] of readOne(option)) {
      if (!isName(name)) throw new TextError({ message: `--extra-vars: "${name}" is not a variable name`, span: tree.span });
      values.set(name, compileTree(tree));
    }
  }
  return { label: '--extra-vars', values };
}

function readOne(option: string): [string, Tree][] {
  const text = option.trim();
  if (text.startsWith('@')) {
    const file = path.resolve(text.slice(1));
    return entries(readYaml(file), text.slice(1));
  }
  const source: Source = { name: '--extra-vars', text: option };
  if (text.startsWith('{')) return entries(parseYaml(source), '--extra-vars');
  return words(source);
}

function entries(tree: Tree | undefined, what: string): [string, Tree][] {
  if (!tree) return [];
  if (tree.kind !== 'map') throw new TextError({ message: `${what} must hold a mapping of variables`, span: tree.span });
  return tree.entries.map(({ key, value }) => [keyText(key), value]);
}

/** `a=1 b='two words'`. */
function words(source: Source): [string, Tree][] {
  const found: [string, Tree][] = [];
  const pattern = /\s*([^\s=]+)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)|\s*(\S+)/gy;
  for (let match = pattern.exec(source.text); match; match = pattern.exec(source.text)) {
    const [whole, name, raw = '', stray] = match;
    const end = match.index + whole.length;
    if (stray !== undefined || name === undefined) {
      throw new TextError({ message: `--extra-vars: "${stray}" is not of the form name=value`, span: { source, start: end - (stray?.length ?? 1), end }, hint: 'write name=value, a JSON object in one word, or @FILE' });
    }
    const quoted = /^["']/.test(raw);
    const value = quoted ? raw.slice(1, -1).replace(/\\(["\\])/g, '$1') : raw;
    const start = end - raw.length + (quoted ? 1 : 0);
    const scalar: Scalar = { kind: 'scalar', value, text: value, style: 'plain', span: { source, start, end: start + value.length } };
    found.push([name, scalar]);
  }
  return found;
}
