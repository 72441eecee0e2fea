/** Moments and durations, as `now()` and `to_datetime` give them, and strftime. Local time is the controller's. */
import { Fault } from '../fault.ts';
import { callable } from '../registry.ts';
import { toNumber, toStr } from '../convert.ts';
import { Float, Special, type Value } from '../value.ts';

const asFloat = (value: number): Value => (Number.isInteger(value) ? new Float(value) : value);
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const two = (number: number): string => String(number).padStart(2, '0');

/** A date and time without a zone: the fields are kept as if they were UTC. */
export class Moment extends Special {
  readonly typeName = 'datetime';
  /** Milliseconds since 1970, counted on the fields as written. */
  readonly time: number;
  constructor(time: number) {
    super();
    this.time = time;
  }
  override attribute(name: string): Value | undefined {
    const date = new Date(this.time);
    if (name === '__str__') return iso(date).replace('T', ' ');
    if (name === '__key__') return this.time;
    const fields: Record<string, () => number> = {
      year: () => date.getUTCFullYear(), month: () => date.getUTCMonth() + 1, day: () => date.getUTCDate(), hour: () => date.getUTCHours(),
      minute: () => date.getUTCMinutes(), second: () => date.getUTCSeconds(), microsecond: () => date.getUTCMilliseconds() * 1000,
    };
    if (Object.hasOwn(fields, name)) return fields[name]!();
    if (name === 'strftime') return callable(name, 'format', ([format]) => formatTime(toStr(format!), date, 'none'));
    if (name === 'isoformat') return callable(name, 'sep?', ([mark = 'T']) => iso(date).replace('T', toStr(mark)));
    if (name === 'timestamp') return callable(name, '', () => asFloat(localTime(date) / 1000));
    if (name === 'weekday') return callable(name, '', () => (date.getUTCDay() + 6) % 7);
    if (name === 'date') return callable(name, '', () => new Moment(Math.floor(this.time / 86_400_000) * 86_400_000));
    return undefined;
  }
}

/** The time between two moments. */
export class Duration extends Special {
  readonly typeName = 'timedelta';
  /** Milliseconds. */
  readonly length: number;
  constructor(length: number) {
    super();
    this.length = length;
  }
  override attribute(name: string): Value | undefined {
    const whole = Math.floor(this.length / 86_400_000);
    const rest = this.length - whole * 86_400_000;
    if (name === '__key__') return this.length;
    if (name === '__str__') return `${whole === 0 ? '' : `${whole} day${Math.abs(whole) === 1 ? '' : 's'}, `}${Math.floor(rest / 3_600_000)}:${two(Math.floor(rest / 60_000) % 60)}:${two(Math.floor(rest / 1000) % 60)}`;
    if (name === 'days') return whole;
    if (name === 'seconds') return Math.floor(rest / 1000);
    if (name === 'microseconds') return Math.round((rest % 1000) * 1000);
    if (name === 'total_seconds') return callable(name, '', () => asFloat(this.length / 1000));
    return undefined;
  }
}

/** Milliseconds since 1970 of a date whose UTC fields are meant as local time. */
function localTime(date: Date): number {
  return new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()).getTime();
}

/** A date whose UTC fields are the local ones of a moment in milliseconds since 1970. */
export function localFields(time: number): Date {
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000);
}

function iso(date: Date): string {
  const text = date.toISOString().slice(0, -1);
  return date.getUTCMilliseconds() === 0 ? text.slice(0, -4) : `${text}000`;
}

/** strftime over a date's UTC fields; `zone` says what %z and %Z write. */
export function formatTime(format: string, date: Date, zone: 'utc' | 'local' | 'none'): string {
  return format.replace(/%([-_0]?)([a-zA-Z%])/g, (all, flag: string, letter: string) => {
    const text = fieldText(letter, date, zone);
    if (text === undefined) return all;
    return flag === '-' ? text.replace(/^[0 ]+(?=.)/, '') : text;
  });
}

function fieldText(letter: string, date: Date, zone: 'utc' | 'local' | 'none'): string | undefined {
  const inner = (format: string): string => formatTime(format, date, zone);
  const [year, month, day, hour] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
  const ofYear = Math.floor((Date.UTC(year, month, day) - Date.UTC(year, 0, 1)) / 86_400_000);
  const offset = zone === 'local' ? -new Date(localTime(date)).getTimezoneOffset() : 0;
  const fields: Record<string, () => string> = {
    Y: () => String(year), y: () => two(year % 100), C: () => two(Math.floor(year / 100)), m: () => two(month + 1), d: () => two(day), e: () => String(day).padStart(2),
    H: () => two(hour), I: () => two(hour % 12 || 12), M: () => two(date.getUTCMinutes()), S: () => two(date.getUTCSeconds()), f: () => String(date.getUTCMilliseconds() * 1000).padStart(6, '0'),
    p: () => (hour < 12 ? 'AM' : 'PM'), j: () => String(ofYear + 1).padStart(3, '0'), a: () => days[date.getUTCDay()]!.slice(0, 3), A: () => days[date.getUTCDay()]!,
    b: () => months[month]!.slice(0, 3), h: () => months[month]!.slice(0, 3), B: () => months[month]!, u: () => String(date.getUTCDay() || 7), w: () => String(date.getUTCDay()),
    U: () => two(Math.floor((ofYear + 7 - date.getUTCDay()) / 7)), W: () => two(Math.floor((ofYear + 7 - ((date.getUTCDay() + 6) % 7)) / 7)),
    V: () => two(isoWeek(date).week), G: () => String(isoWeek(date).year), s: () => String(Math.floor((zone === 'utc' ? date.getTime() : localTime(date)) / 1000)),
    T: () => inner('%H:%M:%S'), R: () => inner('%H:%M'), F: () => inner('%Y-%m-%d'), D: () => inner('%m/%d/%y'), x: () => inner('%m/%d/%y'), X: () => inner('%H:%M:%S'),
    c: () => inner('%a %b %e %H:%M:%S %Y'), r: () => inner('%I:%M:%S %p'), n: () => '\n', t: () => '\t', '%': () => '%',
    z: () => (zone === 'none' ? '' : `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`),
    Z: () => (zone === 'none' ? '' : zone === 'utc' ? 'GMT' : zoneName(date)),
  };
  return Object.hasOwn(fields, letter) ? fields[letter]!() : undefined;
}

function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(new Date(localTime(date)));
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}

function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getTime());
  thursday.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7) + 3);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return { year: thursday.getUTCFullYear(), week: Math.floor((thursday.getTime() - first) / 604_800_000) + 1 };
}

const inputs: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})', y: '(?<y>\\d{2})', m: '(?<m>\\d{1,2})', d: '(?<d>\\d{1,2})', H: '(?<H>\\d{1,2})', I: '(?<I>\\d{1,2})', M: '(?<M>\\d{1,2})', S: '(?<S>\\d{1,2})',
  f: '(?<f>\\d{1,6})', p: '(?<p>[AaPp][Mm])', b: `(?<b>${months.map((name) => name.slice(0, 3)).join('|')})`, B: `(?<B>${months.join('|')})`, a: `(?:${days.map((name) => name.slice(0, 3)).join('|')})`,
  A: `(?:${days.join('|')})`, j: '(?<j>\\d{1,3})', z: '(?<z>Z|[-+]\\d{2}:?\\d{2})', Z: '(?:UTC|GMT|[A-Z]{3,4})', T: '(?<H>\\d{1,2}):(?<M>\\d{1,2}):(?<S>\\d{1,2})', '%': '%',
};

/** strptime: a text by a format. Throws where it does not fit. */
export function parseTime(text: string, format: string): Moment {
  const pattern = format.replace(/%(.)|[\\^$.*+?()[\]{}|]|\s+/gs, (all, letter: string | undefined) => {
    if (letter === undefined) return /\s/.test(all) ? '\\s+' : `\\${all}`;
    const input = inputs[letter];
    if (input === undefined) throw new Fault(`the date format has the unknown field %${letter}`);
    return input;
  });
  const found = new RegExp(`^${pattern}$`, 'i').exec(text)?.groups;
  if (!found) throw new Fault(`the date "${text}" does not fit the format "${format}"`);
  const number = (name: string, fallback: number): number => (found[name] === undefined ? fallback : Number(found[name]));
  const named = found['B'] ?? found['b'];
  const month = named === undefined ? number('m', 1) - 1 : months.findIndex((name) => name.toLowerCase().startsWith(named.toLowerCase()));
  const short = number('y', -1);
  const year = short < 0 ? number('Y', 1900) : short + (short < 69 ? 2000 : 1900);
  const half = found['p'] === undefined ? number('H', 0) : (number('I', 12) % 12) + (found['p'].toLowerCase() === 'pm' ? 12 : 0);
  const date = new Date(0);
  date.setUTCFullYear(year, found['j'] === undefined ? month : 0, found['j'] === undefined ? number('d', 1) : number('j', 1));
  date.setUTCHours(found['p'] === undefined ? number('H', number('I', 0)) : half, number('M', 0), number('S', 0), Number((found['f'] ?? '').padEnd(3, '0').slice(0, 3)));
  if (found['j'] === undefined && date.getUTCMonth() !== month) throw new Fault(`the date "${text}" does not exist`);
  return new Moment(date.getTime());
}

/** A moment minus a moment, or plus or minus a duration; undefined where neither is meant. */
export function timeArithmetic(sign: string, a: Value, b: Value): Value | undefined {
  if (sign === '-' && a instanceof Moment && b instanceof Moment) return new Duration(a.time - b.time);
  if (a instanceof Moment && b instanceof Duration) return new Moment(sign === '-' ? a.time - b.length : a.time + b.length);
  if (a instanceof Duration && b instanceof Duration) return new Duration(sign === '-' ? a.length - b.length : a.length + b.length);
  return undefined;
}

/** `strftime` filter's moment: seconds since 1970, or the clock's. */
export function momentFields(seconds: Value | undefined, now: number, utc: boolean): Date {
  const time = seconds === undefined || seconds === null ? now : toNumber(typeof seconds === 'string' ? Number(seconds) : seconds, 'seconds since 1970') * 1000;
  if (!Number.isFinite(time)) throw new Fault('expected seconds since 1970');
  return utc ? new Date(time) : localFields(time);
}
