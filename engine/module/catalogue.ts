/** A folder of module files as modules by name: the folder is the registry. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Module } from './module.ts';

export interface Catalogue {
  /** Every module's name, sorted. */
  readonly names: readonly string[];
  /** The name under which a task's action word stands in the catalogue: `ansible.builtin.copy` is `copy`. */
  resolve(word: string): string | undefined;
  /** The module; loaded on first mention. Throws where the file is not a module: a mistake of its author. */
  load(name: string): Promise<Module>;
}

/** Opens a folder of modules: each `NAME.js` (or `.ts`) is the module NAME. */
export function openCatalogue(folder: string): Catalogue {
  const files = new Map(readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[a-z]\w*\.(js|ts)$/.test(entry.name))
    .map((entry) => [entry.name.replace(/\.(js|ts)$/, ''), path.join(folder, entry.name)] as const));
  const names = [...files.keys()].sort();
  const loaded = new Map<string, Promise<Module>>();
  const resolve = (word: string): string | undefined => {
    const name = word.replace(/^(ansible\.(builtin|legacy|posix)|community\.general|kubernetes\.core|kplay)\./, '');
    return files.has(name) ? name : undefined;
  };
  return {
    names,
    resolve,
    load(name) {
      const file = files.get(name);
      if (!file) throw new Error(`no module named ${name}`);
      let module = loaded.get(name);
      if (!module) loaded.set(name, (module = loadModule(file)));
      return module;
    },
  };
}

async function loadModule(file: string): Promise<Module> {
  const { default: module } = (await import(pathToFileURL(file).href)) as { default?: Module };
  if (!module?.params || !module.inspect || !module.plan) throw new Error(`${file} has no default export made by defineModule`);
  return module;
}
