/** Tests on text: letters, patterns, addresses. */
import { toStr, truth } from '../convert.ts';
import { splitUrl } from '../filters/urls.ts';
import { isKind, parseNetwork } from '../ip.ts';
import { toText } from '../python-text.ts';
import { pythonRegex } from '../regex.ts';
import { test, type Test } from '../registry.ts';
import type { Bound } from '../signature.ts';
import type { Value } from '../value.ts';

const patternArgs = 'pattern? ignorecase? multiline?';

export const textTests: Readonly<Record<string, Test>> = {
  lower: test('', (value) => isCase(toText(value), 'lower')),
  upper: test('', (value) => isCase(toText(value), 'upper')),
  match: test(patternArgs, (value, args) => matches(value, args, 'match')),
  search: test(patternArgs, (value, args) => matches(value, args, 'search')),
  regex: test(`${patternArgs} match_type?`, (value, args) => matches(value, args, toStr(args[3] ?? 'search'))),
  url: test('schemes?', (value, [schemes]) => hasScheme(value, schemes) && isLocated(value)),
  uri: test('schemes?', hasSchemeArgs),
  urn: test('', (value) => hasScheme(value, ['urn'])),
  vault_encrypted: test('', (value) => typeof value === 'string' && value.startsWith('$ANSIBLE_VAULT;')),
  ip: test('', (value) => network(value) !== undefined),
  ip_address: test('', (value) => network(value) !== undefined && !toText(value).includes('/')),
  ipv4: test('', (value) => network(value)?.version === 4),
  ipv4_address: test('', (value) => network(value)?.version === 4 && !toText(value).includes('/')),
  ipv6: test('', (value) => network(value)?.version === 6),
  ipv6_address: test('', (value) => network(value)?.version === 6 && !toText(value).includes('/')),
  loopback: test('', (value) => isOf('loopback', value)),
  multicast: test('', (value) => isOf('multicast', value)),
};

/** At least one letter, and all of them of one case. */
function isCase(text: string, which: 'lower' | 'upper'): boolean {
  const [same, other] = which === 'lower' ? [text.toLowerCase(), text.toUpperCase()] : [text.toUpperCase(), text.toLowerCase()];
  return text === same && text !== other;
}

function matches(value: Value, [pattern = '', ignorecase = false, multiline = false]: Bound, how: string): boolean {
  const text = toText(value);
  const found = pythonRegex(toStr(pattern, 'a regular expression'), { ignorecase: truth(ignorecase), multiline: truth(multiline) }).exec(text);
  if (how === 'match') return found !== null && (found.index === 0 || startsAt(text, toStr(pattern), truth(ignorecase), truth(multiline)));
  if (how === 'fullmatch') return pythonRegex(`(?:${toStr(pattern)})\\Z`, { ignorecase: truth(ignorecase), multiline: truth(multiline) }).exec(text)?.index === 0;
  return found !== null;
}

/** True where the pattern matches at the very beginning. */
function startsAt(text: string, pattern: string, ignorecase: boolean, multiline: boolean): boolean {
  const flags = /^(?:\(\?[aiLmsux]+\))*/.exec(pattern)![0];
  return pythonRegex(`${flags}\\A(?:${pattern.slice(flags.length)})`, { ignorecase, multiline }).exec(text) !== null;
}

function hasSchemeArgs(value: Value, [schemes]: Bound): boolean {
  return hasScheme(value, schemes);
}

function hasScheme(value: Value, schemes: Value | undefined): boolean {
  const { scheme } = splitUrl(toStr(value, 'a URL'));
  return !Array.isArray(schemes) || schemes.length === 0 || schemes.includes(scheme!);
}

function isLocated(value: Value): boolean {
  const { netloc, scheme } = splitUrl(toStr(value));
  return netloc !== '' || scheme === 'file';
}

function network(value: Value): ReturnType<typeof parseNetwork> {
  return typeof value === 'string' ? parseNetwork(value) : undefined;
}

function isOf(kind: 'loopback' | 'multicast', value: Value): boolean {
  const found = network(value);
  return found !== undefined && isKind(kind, found);
}
