/** Bodies of HTTP requests, as Ansible writes them. */
import { ModuleFailure } from '../../engine/module/kit.ts';
import { pythonJson } from './python-json.ts';

export interface Encoded {
  /** Undefined where nothing is sent. */
  readonly body: Buffer | undefined;
  /** The headers that were asked, with the type of the body. */
  readonly headers: Readonly<Record<string, string>>;
}

export type BodyFormat = 'raw' | 'json' | 'form-urlencoded';

const types: Readonly<Record<BodyFormat, string | undefined>> = { raw: undefined, json: 'application/json', 'form-urlencoded': 'application/x-www-form-urlencoded' };

/** A body in its format; text is taken as it is. Throws ModuleFailure where it cannot be written so. */
export function encodeBody(value: unknown, format: BodyFormat, headers: Readonly<Record<string, string>>): Encoded {
  if (value === undefined || value === null) return { body: undefined, headers };
  const type = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type') ? undefined : types[format];
  return { body: Buffer.from(textOfBody(value, format)), headers: type === undefined ? headers : { ...headers, 'Content-Type': type } };
}

function textOfBody(value: unknown, format: BodyFormat): string {
  if (typeof value === 'string') return value;
  if (format === 'json') return pythonJson(value);
  if (format === 'form-urlencoded') return formText(value);
  if (typeof value === 'object') throw new ModuleFailure(`body is a ${Array.isArray(value) ? 'list' : 'mapping'}, which is not sent as it is`, { hint: 'say how to write it: body_format: json, or form-urlencoded' });
  return wordOf(value);
}

/** Fields of a mapping, or a list of pairs; a list as a value gives its field several times. */
function formText(value: unknown): string {
  const pairs = Array.isArray(value) ? value : Object.entries(value as object);
  const form = new URLSearchParams();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw new ModuleFailure('a form is a mapping, or a list of pairs of name and value');
    const [name, given] = pair as [unknown, unknown];
    for (const each of Array.isArray(given) ? given : [given]) if (each !== null && each !== undefined) form.append(wordOf(name), wordOf(each));
  }
  return form.toString();
}

/** As Python writes true and false. */
function wordOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) throw new ModuleFailure('a field of a form is text or a list of texts, not a mapping');
  return String(value);
}
