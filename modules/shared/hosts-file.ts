/** /etc/hosts: which names stand at which addresses, and the text with some of them set and every other line as it was. */
import { isIP } from 'node:net';

/** Names at an address; for what is to go, one of the two may be missing. */
export interface HostsEntry {
  readonly address?: string | undefined;
  /** The first is the canonical one. */
  readonly names?: readonly string[] | undefined;
}

/** A line that names hosts, in its parts: `head` is the address with the blanks around it, `tail` a comment with the blanks before it and the line's end. */
interface Line {
  readonly head: string;
  readonly address: string;
  readonly names: readonly string[];
  readonly tail: string;
}

/**
 * The file with these entries: each address's names stand on one line, first and in their order, and nowhere else.
 * Other names of that line stay behind them, and other lines keep what they have beside the names that moved. With
 * `exclusive` nothing else stays but comments and what a host needs for itself (loopback, multicast, broadcast).
 */
export function withHosts(text: string, entries: readonly HostsEntry[], exclusive: boolean): string {
  const wanted = byAddress(entries);
  const taken = new Map([...wanted.values()].flatMap(({ address, names }) => names.map((name) => [name.toLowerCase(), sameAddress(address)] as const)));
  const done = new Set<string>();
  const lines = linesOf(text).map((raw) => {
    const line = readLine(raw);
    if (!line) return raw;
    const at = sameAddress(line.address);
    const want = wanted.get(at);
    const others = line.names.filter((name) => {
      const to = taken.get(name.toLowerCase());
      return to === undefined || (!includes(want?.names ?? [], name) && isOtherLoopback(at, to));
    });
    if (want && !done.has(at) && line.names.some((name) => includes(want.names, name))) {
      done.add(at);
      return withNames(raw, line, [...want.names, ...(exclusive ? [] : others)]);
    }
    return withNames(raw, line, exclusive && !isOwn(at) ? [] : others);
  });
  const kept = lines.join('');
  const missing = [...wanted].filter(([at]) => !done.has(at)).map(([, { address, names }]) => `${address} ${names.join(' ')}\n`);
  return `${kept}${missing.length > 0 && kept !== '' && !kept.endsWith('\n') ? '\n' : ''}${missing.join('')}`;
}

/** The file without these entries: names wherever they stand or at one address alone, or all names of an address. */
export function withoutHosts(text: string, entries: readonly HostsEntry[]): string {
  return linesOf(text).map((raw) => {
    const line = readLine(raw);
    if (!line) return raw;
    const here = entries.filter(({ address }) => address === undefined || sameAddress(address) === sameAddress(line.address));
    return withNames(raw, line, line.names.filter((name) => !here.some(({ names }) => names === undefined || includes(names, name))));
  }).join('');
}

/** What a file says, as `address name`, one for each name. */
export function namesAt(text: string): string[] {
  return linesOf(text).flatMap((raw) => {
    const line = readLine(raw);
    return line ? line.names.map((name) => `${line.address} ${name}`) : [];
  });
}

/** One way to write an address: IPv6 has many. */
export function sameAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const [plain = '', zone] = address.toLowerCase().split('%');
  return `${new URL(`http://[${plain}]`).hostname.slice(1, -1)}${zone === undefined ? '' : `%${zone}`}`;
}

/** Entries by address; the names of one that is given twice are put together. */
function byAddress(entries: readonly HostsEntry[]): Map<string, { readonly address: string; readonly names: readonly string[] }> {
  const all = new Map<string, { readonly address: string; readonly names: readonly string[] }>();
  for (const { address = '', names = [] } of entries) {
    const before = all.get(sameAddress(address));
    const more = names.filter((name) => !includes(before?.names ?? [], name));
    all.set(sameAddress(address), { address, names: [...(before?.names ?? []), ...more] });
  }
  return all;
}

function includes(names: readonly string[], name: string): boolean {
  return names.some((each) => each.toLowerCase() === name.toLowerCase());
}

/** `localhost` is a name of 127.0.0.1 and of ::1: asking for one does not take it from the other. */
function isOtherLoopback(at: string, wanted: string): boolean {
  return at !== wanted && isLoopback(at) && isLoopback(wanted) && isIP(at) !== isIP(wanted);
}

function isLoopback(at: string): boolean {
  return at.startsWith('127.') || at === '::1';
}

/** What is not another host's: loopback, multicast, broadcast, and addresses that stand for none. */
function isOwn(at: string): boolean {
  return isLoopback(at) || /^(ff[0-9a-f]{2}|fe00):/.test(at) || ['0.0.0.0', '::', '255.255.255.255'].includes(at);
}

function readLine(raw: string): Line | undefined {
  const [, head = '', address = '', names = '', tail = ''] = /^([ \t]*([^ \t\r\n]+)[ \t]+)([^# \t\r\n][^#]*?)([ \t\r\n]*(?:#[^]*)?)$/.exec(raw) ?? [];
  return isIP(address) === 0 ? undefined : { head, address, names: names.split(/[ \t]+/), tail };
}

/** The line with other names: untouched where they are the same, gone where there are none, in place where some are taken out. */
function withNames(raw: string, { head, names: before, tail }: Line, names: readonly string[]): string {
  if (names.length === 0) return '';
  if (names.length === before.length && names.every((name, at) => name === before[at])) return raw;
  return `${head}${names.join(' ')}${tail}`;
}

/** Lines with their ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
