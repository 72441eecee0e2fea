/** Sets variables of a host for the rest of the run. */
import { defineModule, flag, ModuleFailure, z } from '../engine/module/kit.ts';

export default defineModule({
  summary: 'Set variables of the host for the rest of the run',
  params: z.looseObject({
    cacheable: flag().default(false).describe('taken for compatibility; facts live as long as the run (default no)'),
  }),
  example: `- set_fact:
    etcd_url: https://{{ ansible_host }}:2379
    etcd_is_first: "{{ inventory_hostname == groups.etcd[0] }}"`,
  returns: { ansible_facts: 'the variables that were set' },
  controller: true,
  inspect: () => undefined,
  plan({ cacheable: _, ...given }) {
    const names = Object.keys(given);
    if (names.length === 0) throw new ModuleFailure('set_fact was given no variable to set');
    const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
    if (wrong !== undefined) throw new ModuleFailure(`"${wrong}" is not a variable's name`, { hint: 'letters, digits and underscores, no digit first' });
    const facts = Object.fromEntries(names.map((name) => [name, wordAsFlag(given[name])]));
    return { changes: [], result: { ansible_facts: facts } };
  },
});

/** Ansible reads these four words as true and false here, so that `key=value` can say them. */
function wordAsFlag(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const word = value.toLowerCase();
  if (word === 'true' || word === 'yes') return true;
  return word === 'false' || word === 'no' ? false : value;
}
