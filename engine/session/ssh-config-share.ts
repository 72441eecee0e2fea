/** Hosts that ssh's files cannot tell apart share an answer of `ssh -G`: a program for each of 1,000 hosts takes longer than to log in. */
import { supportedOptions } from './ssh-args.ts';
import type { ConfigQuestion, SshOptions } from './ssh-config.ts';

/** The same for hosts of which ssh says the same, their names aside; undefined where that cannot be told from the files' texts. */
export function shareKey({ address, user, port, configFile }: ConfigQuestion, texts: readonly string[]): string | undefined {
  const lines = texts.flatMap((text) => text.split('\n')).map(wordsOf);
  // A name that is also some host's HostName would be taken for "as it was asked".
  if (lines.some((line) => isOpaque(line) || (line[0] === 'hostname' && line[1]?.toLowerCase() === address.toLowerCase()))) return undefined;
  // What a Host line means for a host depends on which of its patterns the name matches, and on nothing else.
  const patterns = new Set(lines.flatMap(([name, ...words]) => (name === 'host' ? words : [])));
  const matched = [...patterns].filter((pattern) => glob(pattern.replace(/^!/, '')).test(address));
  return JSON.stringify([texts, user, port, configFile, matched]);
}

/** An answer for one host as it is for another with the same key. */
export function answerFor(answer: SshOptions, asked: string, address: string): SshOptions {
  const hostname = answer.get('hostname')?.[0];
  return hostname?.toLowerCase() === asked.toLowerCase() ? new Map([...answer, ['hostname', [address]]]) : answer;
}

/** Lines whose meaning is not in them: conditions, other files, names that are looked up, values made of the host's name (ProxyCommand's we fill in ourselves). */
function isOpaque([name = '', ...words]: readonly string[]): boolean {
  if (name === 'match' || name.startsWith('canonical')) return true;
  if (name === 'include') return words.join(' ') !== '/etc/ssh/ssh_config.d/*.conf';
  return supportedOptions.has(name) && name !== 'proxycommand' && words.some((word) => word.includes('%'));
}

function wordsOf(line: string): string[] {
  const [name = '', ...words] = line.trim().split(/[\s=]+/);
  return [name.toLowerCase(), ...words.map((word) => word.replace(/^"|"$/g, '')).filter((word) => word !== '')];
}

function glob(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
