/** An inventory as `ansible-inventory --graph` draws it. */
import { nearestHint } from '../source/nearest.ts';
import { TextError } from '../source/problem.ts';
import type { Inventory } from './inventory.ts';

/** The most lines that are drawn: a group that many groups share is drawn in each. */
const maxLines = 200_000;

/**
 * The groups below `start` as a tree, one line each, hosts after the groups within; `vars`, where given, adds each
 * host's and group's variables. Throws TextError where there is no such group.
 */
export function inventoryGraph(inventory: Inventory, start = 'all', vars?: GraphVars): string {
  if (!inventory.groups.has(start)) throw new TextError({ message: `there is no group "${start}"`, hint: nearestHint(start, inventory.groups.keys()) });
  const lines: string[] = [];
  draw(inventory, start, 0, vars, lines);
  return lines.join('\n');
}

export interface GraphVars {
  readonly host: (name: string) => Readonly<Record<string, unknown>>;
  readonly group: (name: string) => Readonly<Record<string, unknown>>;
}

function draw(inventory: Inventory, name: string, depth: number, vars: GraphVars | undefined, lines: string[]): void {
  if (lines.length > maxLines) throw new TextError({ message: `the graph has more than ${maxLines} lines`, hint: 'draw one group: --graph GROUP' });
  const group = inventory.groups.get(name)!;
  lines.push(line(`@${name}:`, depth));
  for (const child of group.children) draw(inventory, child, depth + 1, vars, lines);
  for (const host of name === 'all' ? [] : group.hosts) {
    lines.push(line(host, depth + 1));
    if (vars) lines.push(...varLines(vars.host(host), depth + 2));
  }
  if (vars) lines.push(...varLines(vars.group(name), depth + 1));
}

function varLines(vars: Readonly<Record<string, unknown>>, depth: number): string[] {
  const names = Object.keys(vars).sort();
  return names.map((name) => line(`{${name} = ${typeof vars[name] === 'string' ? vars[name] : JSON.stringify(vars[name])}}`, depth));
}

function line(text: string, depth: number): string {
  return depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`;
}
