/** The command line that runs again what failed. */
import { quoteAll } from '../session/quote.ts';

/** What may be a secret by its name; it is not printed into logs and must be typed again. */
const secretName = /pass|secret|token|credential|private|[_-]key/i;

/**
 * The same command, narrowed to the hosts that are not done; for no hosts, as it was. Variables given with -e whose names
 * speak of secrets are left out as `-e HIDDEN`. `argv` is what stood after `kplay`.
 */
export function resumeCommand(argv: readonly string[], hosts: readonly string[]): string {
  const kept: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const before = argv[at - 1];
    if ((word === '-l' || word === '--limit') && hosts.length > 0) at++;
    else if (/^(-l.|--limit=)/.test(word) && hosts.length > 0) continue;
    else if ((before === '-e' || before === '--extra-vars') && !word.startsWith('@') && secretName.test(word)) kept.push('HIDDEN');
    else if (/^(-e[^@]|--extra-vars=[^@])/.test(word) && secretName.test(word)) kept.push('-e', 'HIDDEN');
    else kept.push(word);
  }
  return `kplay ${quoteAll(hosts.length > 0 ? [...kept, '--limit', hosts.join(',')] : kept)}`;
}
