/** Filters on paths. Only `realpath` and `expanduser` ask the controller. */
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { toStr } from '../convert.ts';
import { Fault } from '../fault.ts';
import { filter, type Filter } from '../registry.ts';
import { tuple, type Value } from '../value.ts';

const onPath = (change: (text: string) => Value): Filter => filter('', (value) => change(toStr(value, 'a path')));

export const pathFilters: Readonly<Record<string, Filter>> = {
  basename: onPath((text) => text.slice(text.lastIndexOf('/') + 1)),
  dirname: onPath(dirname),
  splitext: onPath(splitExtension),
  path_join: filter('', (value) => (Array.isArray(value) ? joinPaths(value.map((part) => toStr(part, 'a path'))) : toStr(value, 'a path'))),
  normpath: onPath((text) => (text === '' ? '.' : path.posix.normalize(text).replace(/(?<=.)\/$/, ''))),
  relpath: filter('start?', (value, [start = '.']) => path.posix.relative(toStr(start), toStr(value, 'a path')) || '.'),
  realpath: onPath(realPath),
  expanduser: onPath((text) => (text === '~' || text.startsWith('~/') ? homedir() + text.slice(1) : text)),
  win_basename: onPath((text) => splitDrive(text)[1].replace(/^.*[\\/]/s, '')),
  win_dirname: onPath(winDirname),
  win_splitdrive: onPath((text) => tuple(splitDrive(text))),
};

/** os.path.dirname: all before the last slash, slashes at its end dropped unless there is nothing else. */
function dirname(text: string): string {
  const head = text.slice(0, text.lastIndexOf('/') + 1);
  return /^\/*$/.test(head) ? head : head.replace(/\/+$/, '');
}

/** os.path.splitext: leading points belong to the name. */
function splitExtension(text: string): Value {
  const name = text.slice(text.lastIndexOf('/') + 1);
  const at = name.lastIndexOf('.');
  if (at < 0 || /^\.*$/.test(name.slice(0, at))) return tuple([text, '']);
  const cut = text.length - (name.length - at);
  return tuple([text.slice(0, cut), text.slice(cut)]);
}

/** os.path.join: an absolute part drops what stands before it. */
function joinPaths(parts: readonly string[]): string {
  if (parts.length === 0) throw new Fault('path_join needs at least one part');
  return parts.reduce((joined, part) => (part.startsWith('/') ? part : joined === '' || joined.endsWith('/') ? joined + part : `${joined}/${part}`));
}

function realPath(text: string): string {
  const absolute = path.resolve(text);
  try {
    return realpathSync(absolute);
  } catch {
    return path.join(path.dirname(absolute) === absolute ? '/' : realPath(path.dirname(absolute)), path.basename(absolute));
  }
}

function splitDrive(text: string): [string, string] {
  const found = /^(?:[A-Za-z]:|[\\/]{2}[^\\/]+[\\/][^\\/]+)/.exec(text)?.[0] ?? '';
  return [found, text.slice(found.length)];
}

function winDirname(text: string): string {
  const [drive, rest] = splitDrive(text);
  const head = rest.slice(0, Math.max(rest.lastIndexOf('\\'), rest.lastIndexOf('/')) + 1);
  return drive + (/^[\\/]*$/.test(head) ? head : head.replace(/[\\/]+$/, ''));
}
