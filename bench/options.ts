/** The words of `npm run bench -- …`. */
import { parseArgs } from 'node:util';
import { nearestHint } from '../engine/source/nearest.ts';

export interface Options {
  /** Which benchmarks, in the order in which they run. */
  readonly names: readonly string[];
  readonly rounds: number;
  /** Folder of the report. */
  readonly out: string;
  readonly help: boolean;
}

/** The command line is wrong; the message says how, and what was likely meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the command line; throws UsageError. */
export function readOptions(argv: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parse(argv);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new UsageError(unknown.map((name) => `no benchmark "${name}": ${nearestHint(name, known) ?? ''}`).join('\n'));
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError(`--rounds ${values.rounds}: expected a whole number of at least 1`);
  return { names: known.filter((name) => positionals.length === 0 || positionals.includes(name)), rounds, out: values.out, help: values.help };
}

/** What `--help` prints. */
export function helpText(known: readonly string[]): string {
  return [
    'npm run bench [-- [NAME…] [--rounds N] [--out FOLDER]]', '',
    `  NAME…         which of ${known.join(', ')} (default: all that can run here)`,
    '  --rounds N    how often each contender is run; medians are taken (default: 3)',
    '  --out FOLDER  where the report goes: index.html and results.json (default: bench-report)',
  ].join('\n');
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv], allowPositionals: true, options: {
        rounds: { type: 'string', default: '3' }, out: { type: 'string', default: 'bench-report' }, help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]!);
  }
}
