/** Finds files of roles and playbooks where Ansible finds them. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Role } from './playbook.ts';

/** Where a task stands: its role, its tasks file, its playbook's folder; paths are absolute. */
export interface Standing {
  readonly role?: Role | undefined;
  readonly file: string;
  readonly folder: string;
}

/** The places in which a file of some kind is looked for, first match wins. */
export function candidates(name: string, kind: 'files' | 'templates' | 'tasks' | 'vars', at: Standing): string[] {
  if (path.isAbsolute(name)) return [name];
  if (name.startsWith('~/')) return [path.join(process.env['HOME'] ?? '/root', name.slice(2))];
  const folders: string[] = [];
  for (const role of at.role ? [at.role, ...at.role.dependencies] : []) folders.push(path.join(role.folder, kind), role.folder);
  const beside = path.dirname(at.file);
  if (kind === 'tasks') folders.unshift(beside);
  else folders.push(path.join(beside, kind), beside);
  folders.push(path.join(at.folder, kind), at.folder);
  return [...new Set(folders.map((folder) => path.resolve(folder, name)))];
}

/** The first candidate that is there. */
export function findFile(name: string, kind: 'files' | 'templates' | 'tasks' | 'vars', at: Standing): string | undefined {
  return candidates(name, kind, at).find((file) => existsSync(file));
}

/** `main.yml` or `main.yaml`, or the name itself, in a folder of a role. */
export function findMain(folder: string, name = 'main'): string | undefined {
  return [`${name}.yml`, `${name}.yaml`, name].map((each) => path.join(folder, each)).find((file) => existsSync(file) && statSync(file).isFile());
}

/** The folder of a role: beside the playbook in roles/, beside the playbook, or a path. */
export function findRole(name: string, folder: string, from?: Role): string | undefined {
  const short = name.split('.').at(-1)!;
  const places = [path.resolve(folder, 'roles', name), ...(from ? [path.resolve(from.folder, '..', name)] : []), path.resolve(folder, name), path.resolve(folder, 'roles', short), path.resolve(folder, '..', 'roles', name)];
  return places.find((each) => existsSync(each) && statSync(each).isDirectory());
}
