/** What every command is handed: the world outside, so that commands do not reach for it themselves. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Context {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Folder of the modules that come with kplay. */
  readonly modules: string;
  readonly version: string;
}

/** The folder `modules/` beside `engine/`, in the source tree and in the built one. */
export function modulesFolder(): string {
  return fileURLToPath(new URL('../../modules/', import.meta.url));
}

/** The inventories to use: those given, else ANSIBLE_INVENTORY, else `inventory/` here or beside kplay itself. */
export function inventoriesOf(given: readonly string[] = [], playbooks: readonly string[] = []): string[] {
  if (given.length > 0) return [...given];
  const named = process.env['KPLAY_INVENTORY'] ?? process.env['ANSIBLE_INVENTORY'];
  if (named) return named.split(':');
  const beside = playbooks.map((file) => path.resolve(path.dirname(file), '..', 'inventory'));
  return [[path.resolve('inventory'), ...beside].find((folder) => existsSync(folder)) ?? 'inventory'];
}
