/** The kinds of params that modules take, as zod schemas that read what YAML and templates give. */
import * as z from 'zod';

/** What the engine must know of a param beyond its shape; stands in the schema's meta under `kplay`. */
export interface ParamMeta {
  /**
   * `file` and `template` are looked for when the playbook is read; `expression` is compiled then. A `secret` is hidden wherever it
   * stands; what is `private` may hold secrets and is not shown among the params of a failure.
   */
  readonly kplay?: 'file' | 'template' | 'expression' | 'secret' | 'private' | 'mode';
}

/** Text. Numbers and true/false are taken as the text that stands in the file, as Ansible does. */
export const text = () => z.preprocess((value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value), z.string());

/** true or false; the words that Ansible takes (yes, no, on, off, 1, 0) count. */
export const flag = () => z.preprocess(readFlag, z.boolean());

/** A whole number, as a number or as digits. */
export const whole = () => z.preprocess((value) => (typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value), z.int());

/** Seconds, fractions allowed. */
export const seconds = () => z.preprocess((value) => (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value), z.number().min(0));

/** A list; a single value counts as a list of one, and text is split at commas, as Ansible does. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()).filter(Boolean) : value === null || value === undefined || Array.isArray(value) ? value : [value]), z.array(item));

/**
 * Permission bits: four octal digits in quotes ("0644"), the number YAML reads from an unquoted 0644, or symbolic
 * (u=rw,g=r). An unquoted 644 is a decimal number and would mean something else: the engine refuses it with its place.
 */
export const fileMode = () => z.preprocess(readMode, z.string().regex(/^([0-7]{3,5}|[ugoa]*[-+=][rwxXstugo]*(,[ugoa]*[-+=][rwxXstugo]*)*|preserve)$/, 'expected permission bits such as "0644" or u=rw,g=r')).meta({ kplay: 'mode' });

/** A file of the controller: found in `files/` of the role or beside the playbook; with `remote_src` a path of the host. */
export const localFile = () => z.string().min(1).meta({ kplay: 'file' });

/** A Jinja2 template of the controller: found in `templates/` of the role or beside the playbook. */
export const localTemplate = () => z.string().min(1).meta({ kplay: 'template' });

/** A Jinja2 expression without braces, evaluated by the module. */
export const expression = () => z.preprocess((value) => (typeof value === 'boolean' || typeof value === 'number' ? String(value) : value), z.string()).meta({ kplay: 'expression' });

/** Text that is never shown. */
export const secret = () => z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string()).meta({ kplay: 'secret' });

function readFlag(value: unknown): unknown {
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== 'string') return value;
  const word = value.trim().toLowerCase();
  if (['yes', 'true', 'on', '1', 'y', 't'].includes(word)) return true;
  if (['no', 'false', 'off', '0', 'n', 'f'].includes(word)) return false;
  return value;
}

function readMode(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value.toString(8).padStart(4, '0');
  if (typeof value === 'string' && /^[0-7]{3}$/.test(value)) return `0${value}`;
  return value;
}
