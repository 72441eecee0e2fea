/** A host's inventory variables, rendered, for those who only show them. */
import type { Inventory } from '../inventory/inventory.ts';
import { variableLayers } from '../inventory/variables.ts';
import type { VarsLayer } from '../playbook/playbook.ts';
import { TemplateError } from '../template/fault.ts';
import { openHider } from './hider.ts';
import { newHostState } from './host-state.ts';
import { toPlain } from './result.ts';
import type { Run } from './run.ts';
import { openScope } from './variables.ts';

/**
 * Every variable of a host by name. Templates that need what only a run gives (facts, play vars) stand as written.
 * Extra vars are stronger than all. Throws TextError for inventory files that are wrong.
 */
export function hostVariables(inventory: Inventory, host: string, extraVars: VarsLayer): Record<string, unknown> {
  const state = newHostState(host);
  const run = {
    inventory, hosts: new Map([...inventory.hosts.keys()].map((name) => [name, name === host ? state : newHostState(name)])), hider: openHider(),
    options: { extraVars, check: false, diff: false, verbosity: 0, forks: 1, tags: { only: [], skip: [] } },
  } as unknown as Run;
  const scope = openScope({ run, host: state });
  const layers = variableLayers(inventory, host);
  const names = new Set([...layers.flatMap((layer) => [...layer.values.keys()]), ...extraVars.values.keys()]);
  const written = (name: string): unknown => {
    const value = layers.findLast((layer) => layer.values.has(name))?.values.get(name);
    return value && 'tree' in value && value.tree.kind === 'scalar' ? value.tree.value : null;
  };
  return Object.fromEntries([...names].map((name) => {
    try {
      return [name, toPlain(scope.get(name))];
    } catch (error) {
      if (error instanceof TemplateError) return [name, written(name)];
      throw error;
    }
  }));
}
