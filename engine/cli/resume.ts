/** The command line that runs again what failed. */
import { quoteAll } from '../session/quote.ts';

/** The same command, narrowed to the hosts that are not done; for no hosts, as it was. `argv` is what stood after `kplay`. */
export function resumeCommand(argv: readonly string[], hosts: readonly string[]): string {
  if (hosts.length === 0) return `kplay ${quoteAll(argv)}`;
  const kept: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === '-l' || word === '--limit') at++;
    else if (!/^(-l.|--limit=)/.test(word)) kept.push(word);
  }
  return `kplay ${quoteAll([...kept, '--limit', hosts.join(',')])}`;
}
