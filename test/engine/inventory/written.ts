/** Inventories written to a folder of their own, and what the engine makes of them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Inventory, VariableValue } from '../../../engine/inventory/inventory.ts';
import { readInventory, type ReadOptions } from '../../../engine/inventory/read-inventory.ts';
import { variableLayers } from '../../../engine/inventory/variables.ts';
import { TextError, type Problem } from '../../../engine/source/problem.ts';
import { placeText } from '../../../engine/source/source.ts';
import { plain } from '../../../engine/source/tree.ts';

export type Files = Readonly<Record<string, string>>;

/** A new folder with these files, gone after the test. A file that begins with `#!` is made executable. */
export function folderOf(t: ExecutionContext, files: Files): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'kplay-inventory-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (text.startsWith('#!')) chmodSync(file, 0o755);
  }
  return folder;
}

/** The inventory of some of the files; of the first of them by default. */
export async function inventoryOf(t: ExecutionContext, files: Files, sources: readonly string[] = [Object.keys(files)[0]!], options?: ReadOptions): Promise<Inventory & { readonly folder: string }> {
  const folder = folderOf(t, files);
  return { ...(await readInventory(sources.map((source) => path.join(folder, source)), options)), folder };
}

/** What is wrong with an inventory, each as `file:line:column message`; the name of the file alone is kept. */
export async function problemsOf(t: ExecutionContext, files: Files, sources?: readonly string[], options?: ReadOptions): Promise<readonly string[]> {
  const error = await t.throwsAsync(() => inventoryOf(t, files, sources, options), { instanceOf: TextError });
  return (error as TextError).problems.map(shown);
}

/** A problem as `file:line:column message`. */
export function shown({ message, span }: Problem): string {
  return span ? `${path.basename(placeText(span))} ${message}` : message;
}

/** A host's variables as the inventory alone has them, plain. */
export function varsOf(inventory: Inventory, host: string, playbook?: string): Record<string, unknown> {
  const vars: Record<string, unknown> = {};
  for (const layer of variableLayers(inventory, host, playbook)) for (const [name, value] of layer.values) vars[name] = dataOf(value);
  return vars;
}

/** A variable's value as plain data. */
export function dataOf(value: VariableValue): unknown {
  return 'tree' in value ? plain(value.tree) : value.data;
}
