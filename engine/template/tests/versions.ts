/** The `version` test: versions compared as Ansible compares them. */
import { nearestHint } from '../../source/nearest.ts';
import { truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { toText } from '../python-text.ts';
import type { Bound } from '../signature.ts';
import type { Value } from '../value.ts';

type Part = number | string;
/** Negative, zero or positive. */
type Order = (a: string, b: string) => number;

const operators = new Map<string, (order: number) => boolean>([
  ...['==', '=', 'eq'].map((sign) => [sign, (n: number) => n === 0] as const),
  ...['!=', '<>', 'ne'].map((sign) => [sign, (n: number) => n !== 0] as const),
  ...['<', 'lt'].map((sign) => [sign, (n: number) => n < 0] as const),
  ...['<=', 'le'].map((sign) => [sign, (n: number) => n <= 0] as const),
  ...['>', 'gt'].map((sign) => [sign, (n: number) => n > 0] as const),
  ...['>=', 'ge'].map((sign) => [sign, (n: number) => n >= 0] as const),
]);

const kinds = new Map<string, Order>([['loose', loose], ['strict', strict], ['semver', semantic], ['semantic', semantic], ['pep440', pep440]]);

/** `value is version('1.2', '>=')`. */
export function versionTest(value: Value, [other, operator = 'eq', strictly = null, kind = null]: Bound): boolean {
  const [a, b] = [toText(value), toText(other!)];
  if (!truth(value) || !truth(other!)) throw new Fault('a version to compare is empty');
  if (strictly !== null && kind !== null) throw new Fault('"strict" and "version_type" exclude each other');
  const holds = operators.get(toText(operator));
  if (!holds) throw new Fault(`"${toText(operator)}" compares no versions`, `known: ${[...operators.keys()].join(', ')}`);
  const name = kind === null ? (strictly !== null && truth(strictly) ? 'strict' : 'loose') : toText(kind);
  const order = kinds.get(name);
  if (!order) throw new Fault(`there is no kind of version "${name}"`, nearestHint(name, kinds.keys()));
  return holds(order(a, b));
}

/** Numbers by size, letters by the alphabet; a number and a letter in the same place cannot be compared. */
function loose(a: string, b: string): number {
  const [x, y] = [looseParts(a), looseParts(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    if (typeof x[i] !== typeof y[i]) throw new Fault(`the versions "${a}" and "${b}" cannot be compared: "${x[i]}" against "${y[i]}"`, /^v\d/.test(a) !== /^v\d/.test(b) ? "cut the leading v: | regex_replace('^v', '')" : undefined);
    if (x[i] !== y[i]) return x[i]! < y[i]! ? -1 : 1;
  }
  return x.length - y.length;
}

function looseParts(text: string): Part[] {
  return text.split(/(\d+|[a-z]+|\.)/).filter((part) => part !== '' && part !== '.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function strict(a: string, b: string): number {
  const read = (text: string): readonly Part[] => {
    const found = /^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$/.exec(text);
    if (!found) throw new Fault(`"${text}" is no strict version`, 'such versions are 1.2, 1.2.3 or 1.2a1');
    return [Number(found[1]), Number(found[2]), Number(found[3] ?? 0), found[4] ?? 'z', Number(found[5] ?? 0)];
  };
  return orderParts(read(a), read(b));
}

function orderParts(a: readonly Part[], b: readonly Part[]): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}

const semver = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*))?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

/** Semantic Versioning 2.0.0, section 11. */
function semantic(a: string, b: string): number {
  const read = (text: string): { core: number[]; pre: string[] | undefined } => {
    const found = semver.exec(text);
    if (!found) throw new Fault(`"${text}" is no semantic version`, 'such versions are 1.2.3 or 1.2.3-rc.1');
    return { core: [Number(found[1]), Number(found[2]), Number(found[3])], pre: found[4]?.split('.') };
  };
  const [x, y] = [read(a), read(b)];
  return orderParts(x.core, y.core) || orderPre(x.pre, y.pre);
}

function orderPre(a: string[] | undefined, b: string[] | undefined): number {
  if (!a || !b) return a ? -1 : b ? 1 : 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i]!, b[i]!];
    const [isX, isY] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (x === y) continue;
    if (isX && isY) return Number(x) - Number(y);
    if (isX !== isY) return isX ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

const pep = /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/i;

/** PEP 440: epoch, release, then dev before pre before final before post. */
function pep440(a: string, b: string): number {
  const read = (text: string): { release: number[]; rest: Part[] } => {
    const found = pep.exec(text.trim());
    if (!found) throw new Fault(`"${text}" is no version by PEP 440`);
    const [, epoch = '0', release = '', pre, preNumber = '0', dash, post, postNumber = '0', dev, devNumber = '0', local = ''] = found;
    const isDev = dev !== undefined;
    const isPost = dash !== undefined || post !== undefined;
    const stage = pre === undefined ? (isDev && !isPost ? -1 : 9) : 'abc'.indexOf(pre.toLowerCase().replace(/^(pre|rc|preview)$/, 'c')[0]!);
    const numbers = release.split('.').map(Number);
    while (numbers.length > 1 && numbers.at(-1) === 0) numbers.pop();
    return { release: [Number(epoch), ...numbers], rest: [stage, Number(preNumber || 0), isPost ? 1 : 0, Number(dash ?? (postNumber || 0)), isDev ? 0 : 1, Number(devNumber || 0), local.toLowerCase()] };
  };
  const [x, y] = [read(a), read(b)];
  const length = Math.max(x.release.length, y.release.length);
  const full = (release: number[]): number[] => Array.from({ length }, (_, i) => release[i] ?? 0);
  return orderParts(full(x.release), full(y.release)) || orderParts(x.rest, y.rest);
}
