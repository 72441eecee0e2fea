/** Shell text with arguments: the one way modules here ask and act in more than one command. */
import { ModuleFailure, quoteAll, textOf, type AskOptions, type Probe, type Run } from '../../engine/module/kit.ts';
import { readRecords } from './records.ts';

/** A step that runs POSIX sh text with `$1`, `$2`, … set; arguments are values and never shell text. */
export function scriptStep(text: string, args: readonly string[] = [], options: Partial<Run> = {}): Run {
  return { kind: 'run', script: `set -- ${quoteAll(args)}\n${text.trim()}\n`, ...options };
}

/**
 * Asks a host by POSIX sh text that only looks; its answer in the parts that `readRecords` knows. Throws ModuleFailure
 * where the answer has no end: half of one would be taken for a host on which things are missing.
 */
export async function askRecords(probe: Probe, text: string, args: readonly string[] = [], options: AskOptions = {}): Promise<Readonly<Record<string, string>>> {
  const { stdout, stderr, code, truncated } = await probe.ask(['sh', '-c', `${text}\nprintf '@end\\n'`, 'sh', ...args], options);
  const { end, ...records } = readRecords(textOf(stdout));
  if (end !== undefined && !truncated) return records;
  const why = code === 124 ? `it took longer than ${options.timeout ?? 60} s` : truncated ? 'it is too long' : textOf(stderr).split('\n').at(-1) || `code ${code}`;
  throw new ModuleFailure(`looking at the host was cut off: ${why}`);
}
