/** Shell text with arguments: the one way modules here ask and act in more than one command. */
import { quoteAll, textOf, type AskOptions, type Probe, type Run } from '../../engine/module/kit.ts';
import { readRecords } from './records.ts';

/** A step that runs POSIX sh text with `$1`, `$2`, … set; arguments are values and never shell text. */
export function scriptStep(text: string, args: readonly string[] = [], options: Partial<Run> = {}): Run {
  return { kind: 'run', script: `set -- ${quoteAll(args)}\n${text.trim()}\n`, ...options };
}

/** Asks a host by POSIX sh text that only looks; its answer in the parts that `readRecords` knows. */
export async function askRecords(probe: Probe, text: string, args: readonly string[] = [], options: AskOptions = {}): Promise<Readonly<Record<string, string>>> {
  const answer = await probe.ask(['sh', '-c', text, 'sh', ...args], options);
  return readRecords(textOf(answer.stdout));
}
