/** A host's inventory variables, rendered, for those who only show them. */
import type { Inventory } from '../inventory/inventory.ts';
import { variableLayers } from '../inventory/variables.ts';
import type { VarsLayer } from '../playbook/playbook.ts';
import { TemplateError } from '../template/fault.ts';
import { openHider } from './hider.ts';
import { newHostState } from './host-state.ts';
import { toPlain } from './result.ts';
import { hostState, type Run } from './run.ts';
import { openScope } from './variables.ts';

/**
 * Every variable of a host by name, for each host that is asked for. Templates that need what only a run gives (facts, play vars) stand
 * as written. Extra vars are stronger than all. Throws TextError for inventory files that are wrong.
 */
export function hostVariables(inventory: Inventory, extraVars: VarsLayer): (host: string) => Record<string, unknown> {
  let run: Run | undefined;
  return (host) => variablesOf((run ??= stillRun(inventory, extraVars)), host);
}

/** What of a run the variables are asked of. */
function stillRun(inventory: Inventory, extraVars: VarsLayer): Run {
  return {
    inventory, hosts: new Map([...inventory.hosts.keys()].map((name) => [name, newHostState(name)])), hider: openHider(),
    options: { extraVars, check: false, diff: false, verbosity: 0, forks: 1, tags: { only: [], skip: [] } },
  } as unknown as Run;
}

function variablesOf(run: Run, host: string): Record<string, unknown> {
  const scope = openScope({ run, host: hostState(run, host) });
  const layers = variableLayers(run.inventory, host);
  const names = new Set([...layers.flatMap((layer) => [...layer.values.keys()]), ...run.options.extraVars.values.keys()]);
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
