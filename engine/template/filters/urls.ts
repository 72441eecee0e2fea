/** Filters on URLs. */
import { nearestHint } from '../../source/nearest.ts';
import { toStr } from '../convert.ts';
import { Fault } from '../fault.ts';
import { pairsOf } from '../methods/collections.ts';
import { toText } from '../python-text.ts';
import { filter, type Filter } from '../registry.ts';
import { dictOf, isMapping, type Dict, type Value } from '../value.ts';

export const urlFilters: Readonly<Record<string, Filter>> = {
  urlencode: filter('', (value) => (isMapping(value) || Array.isArray(value) ? pairsOf(value).map(([key, item]) => `${encode(key, true)}=${encode(toText(item), true)}`).join('&') : encode(toText(value), false))),
  urldecode: filter('', (value) => decode(toText(value))),
  urlsplit: filter('query?', (value, [part = '']) => pick(splitUrl(toStr(value, 'a URL')), toStr(part))),
};

/** Percent encoding as urllib has it; in a query a blank is + and / is encoded too. */
function encode(text: string, isQuery: boolean): string {
  const encoded = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return isQuery ? encoded.replaceAll('%20', '+') : encoded.replaceAll('%2F', '/');
}

function decode(text: string): string {
  const bytes = text.replaceAll('+', ' ').replace(/(?:%[\da-fA-F]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
  return bytes;
}

/** The parts of a URL, by the names that urlsplit gives them. */
export function splitUrl(url: string): Dict {
  const [, scheme = '', netloc, path = '', query = '', fragment = ''] = /^(?:([A-Za-z][A-Za-z\d+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url) ?? [];
  const [, user, host = ''] = /^(?:(.*)@)?(.*)$/s.exec(netloc ?? '') ?? [];
  const [username = null, password = null] = user === undefined ? [] : [user.split(':')[0]!, user.includes(':') ? user.slice(user.indexOf(':') + 1) : null];
  const [, bracketed, plain = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(host) ?? [];
  const hostname = (bracketed ?? plain).toLowerCase();
  return dictOf([
    ['fragment', fragment], ['hostname', hostname === '' ? null : hostname], ['netloc', netloc ?? ''], ['password', password], ['path', path],
    ['port', port === '' ? null : Number(port)], ['query', query], ['scheme', scheme.toLowerCase()], ['username', username],
  ]);
}

function pick(parts: Dict, name: string): Value {
  if (name === '') return parts;
  if (!Object.hasOwn(parts, name)) throw new Fault(`a URL has no part "${name}"`, nearestHint(name, Object.keys(parts)));
  return parts[name]!;
}
