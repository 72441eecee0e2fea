/** Which kind of inventory a file is. */
import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { TextError } from '../source/problem.ts';
import { shortName } from '../source/read-source.ts';
import { pathKind } from './path-kind.ts';

/**
 * True for a file to be run: it is executable, and begins as scripts and programs do. Ansible runs whatever is
 * executable; a list of hosts on a drive that marks everything so would then be handed to a shell. Throws TextError for
 * a script that is not executable.
 */
export function isScript(file: string): boolean {
  // What comes through a pipe (`-i <(command)`) can be read but once.
  if (pathKind(file) !== 'file') return false;
  const head = headOf(file);
  const script = head.startsWith('#!');
  if (!script && !head.startsWith('\x7fELF')) return false;
  if (isExecutable(file)) return true;
  if (['.yml', '.yaml', '.json', '.ini', '.cfg'].includes(path.extname(file)) || !script) return false;
  throw new TextError({ message: `${shortName(file)} begins as a script (#!) but is not executable`, hint: `chmod +x ${shortName(file)}` });
}

/** Whether a text is YAML (JSON included) or INI, from the file's ending and the first line that says something. */
export function textKind(file: string, text: string): 'yaml' | 'ini' {
  const first = /^(?![ \t]*(?:[#;]|$)).*/m.exec(text.replace(/^\uFEFF/, ''))?.[0].trim() ?? '';
  if (/^\[[^\]]*\]\s*(#.*)?$/.test(first)) return 'ini';
  if (['.yml', '.yaml', '.json'].includes(path.extname(file))) return 'yaml';
  const looksYaml = /^(---|%YAML|\{|("[^"]*"|'[^']*'|[^\s#=[\]]+)\s*:(\s|$))/.test(first);
  return looksYaml ? 'yaml' : 'ini';
}

function headOf(file: string): string {
  const bytes = Buffer.alloc(4);
  try {
    const handle = openSync(file, 'r');
    try {
      return bytes.toString('latin1', 0, readSync(handle, bytes));
    } finally {
      closeSync(handle);
    }
  } catch {
    return '';
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
