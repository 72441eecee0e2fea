/** Packages as tasks name them, and versions as tasks write them. */
import { ModuleFailure } from '../../engine/module/kit.ts';
import type { PackageParams } from './package-params.ts';

/** One package that was asked for. */
export interface Asked {
  /** As it was written. */
  readonly text: string;
  /** The package's name, with its architecture where one was written; a path for a file. */
  readonly name: string;
  /** The version asked for: exact, with *, or without revision. */
  readonly version?: string | undefined;
  readonly isFile: boolean;
}

/** The packages of a task for apt: names, `name=version`, `name:arch`, and paths of .deb files. Throws ModuleFailure. */
export function askedOfApt(params: PackageParams): Asked[] {
  return [...(params.name ?? []), ...(params.deb ?? [])].map((text) => {
    if (text.startsWith('/') && text.endsWith('.deb')) return { text, name: text, isFile: true };
    const [name = '', version, ...rest] = text.split('=').map((part) => part.trim());
    if (!/^[a-z0-9][a-z0-9+.-]*(:[a-z0-9-]+)?$/.test(name) || rest.length > 0) throw badName(text);
    return { text, name, version: checkedVersion(version ?? params.version), isFile: false };
  });
}

/** The packages of a task for dnf and yum: names, names with a version, paths of .rpm files. Throws ModuleFailure. */
export function askedOfDnf(params: PackageParams): Asked[] {
  return (params.name ?? []).map((text) => {
    if (text.startsWith('/') && text.endsWith('.rpm')) return { text, name: text, isFile: true };
    const [name = '', version, ...rest] = text.split('=').map((part) => part.trim());
    if (!/^[A-Za-z0-9][\w.+*?-]*$/.test(name) || rest.length > 0) throw badName(text);
    return { text, name, version: checkedVersion(version ?? params.version), isFile: false };
  });
}

function badName(text: string): ModuleFailure {
  return new ModuleFailure(`"${text}" does not name one package`, { hint: 'write a name, name=version, or the path of a package file on the host' });
}

function checkedVersion(version: string | undefined): string | undefined {
  if (version !== undefined && !/^[\w.+~:*?^-]+$/.test(version)) throw new ModuleFailure(`"${version}" is not a version of a package`);
  return version;
}

/** Whether a version is what was asked for: the same, by *, or with a revision or epoch that was left out. */
export function matchesVersion(version: string, asked: string): boolean {
  const pattern = new RegExp(`^(\\d+:)?${asked.replace(/[.+^~]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}(-.*)?$`);
  return pattern.test(version);
}
