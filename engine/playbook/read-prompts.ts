/** `vars_prompt`: variables that are asked for before the run begins. */
import { field, keyText, type Tree } from '../source/tree.ts';
import type { VarsPrompt } from './playbook.ts';
import { isName, itemsOf, mappingOf, report, textOfTree, type Where } from './reading.ts';

const known = ['name', 'prompt', 'default', 'private', 'confirm'];

/** Reads a play's `vars_prompt`. https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_prompts.html */
export function readPrompts(where: Where, tree: Tree | undefined): VarsPrompt[] {
  return itemsOf(where, tree, '"vars_prompt"').flatMap((item) => readPrompt(where, item) ?? []);
}

function readPrompt(where: Where, item: Tree): VarsPrompt | undefined {
  const map = mappingOf(where, item, 'an entry of vars_prompt');
  const named = map && field(map, 'name');
  if (!map) return undefined;
  if (!named) return report(where, 'this entry of vars_prompt has no `name:`', map.span, 'name the variable that the answer goes to');
  for (const { key } of map.entries) if (!known.includes(keyText(key))) report(where, `"${keyText(key)}" is not supported in vars_prompt`, key.span, `known: ${known.join(', ')}`);
  const name = textOfTree(where, named, 'a name');
  if (name === undefined) return undefined;
  if (!isName(name)) return report(where, `"${name}" is not a variable name`, named.span, 'letters, digits and underscores');
  const text = (key: string): string | undefined => { const value = field(map, key); return value && textOfTree(where, value, `"${key}"`); };
  const flag = (key: string, usual: boolean): boolean => {
    const value = field(map, key);
    if (!value) return usual;
    if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
    report(where, `"${key}" is yes or no`, value.span);
    return usual;
  };
  return { name, text: text('prompt') ?? name, usual: text('default'), isPrivate: flag('private', true), isConfirmed: flag('confirm', false), span: map.span };
}
