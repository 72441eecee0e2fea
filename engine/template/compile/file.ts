/** Template files: what their first line and the module's options ask for. */
import type { Source } from '../../source/source.ts';
import type { Flaw } from '../syntax/token.ts';
import { templateProgram, type Program } from './program.ts';

export interface FileOptions {
  /** The first line end after a statement is dropped; default true, as Ansible's template module has it. */
  readonly trimBlocks?: boolean;
  /** Blanks before a statement that begins its line are dropped; default false. */
  readonly lstripBlocks?: boolean;
  /** The line ends at the end of the file are kept; default true. */
  readonly keepTrailingNewline?: boolean;
}

const header = '#jinja2:';

/** The program of a file, and what its `#jinja2:` line (`#jinja2: trim_blocks:False, lstrip_blocks:True`) set. */
export function fileProgram(source: Source, options: FileOptions, isPart = false): { program: Program; newline: string } {
  const text = source.text.replace(/(?:\r\n|\r|\n)$/, '');
  const settings = { trim_blocks: options.trimBlocks ?? true, lstrip_blocks: options.lstripBlocks ?? false, newline_sequence: '\n' };
  if (!text.startsWith(header)) return { program: templateProgram(text, lexOptions(settings, 0), isPart), newline: '\n' };
  const end = text.indexOf('\n') < 0 ? text.length : text.indexOf('\n');
  const flaws = readHeader(text.slice(header.length, end), header.length, settings);
  const program = templateProgram(text, lexOptions(settings, Math.min(text.length, end + 1)), isPart);
  return { program: flaws.length > 0 ? { ...program, flaws: [...flaws, ...program.flaws] } : program, newline: settings.newline_sequence };
}

interface Settings {
  trim_blocks: boolean;
  lstrip_blocks: boolean;
  newline_sequence: string;
}

function lexOptions(settings: Settings, from: number): { trimBlocks: boolean; lstripBlocks: boolean; rawStrings: boolean; from: number } {
  return { trimBlocks: settings.trim_blocks, lstripBlocks: settings.lstrip_blocks, rawStrings: false, from };
}

function readHeader(line: string, offset: number, settings: Settings): Flaw[] {
  const flaws: Flaw[] = [];
  for (const { 0: pair, index } of line.matchAll(/[^,]+/g)) {
    const [, name = '', value = ''] = /^\s*(\w+)\s*:\s*(.*?)\s*$/s.exec(pair) ?? [];
    const start = offset + index;
    const flaw = (message: string, hint?: string): number => flaws.push({ message, start, end: start + pair.length, hint });
    if (name === 'trim_blocks' || name === 'lstrip_blocks') {
      if (value !== 'True' && value !== 'False') flaw(`expected True or False, found "${value}"`);
      else settings[name] = value === 'True';
    } else if (name === 'newline_sequence') settings.newline_sequence = value.replace(/^(['"])(.*)\1$/, '$2').replaceAll('\\r', '\r').replaceAll('\\n', '\n');
    else if (name !== 'keep_trailing_newline') flaw(`"${name || pair.trim()}" is not supported in a #jinja2: line`, 'known: trim_blocks, lstrip_blocks, newline_sequence');
  }
  return flaws;
}
