/** Amounts and lists as people read them. */
import { cleanLine } from './clean.ts';

/** Milliseconds as `0.4 s`, `12 s`, `1 min 12 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Bytes as `12 B`, `12.3 kB`, `45.0 MB`. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  const unit = size < 999_950 ? 'kB' : size < 999_950_000 ? 'MB' : 'GB';
  return `${(size / { kB: 1e3, MB: 1e6, GB: 1e9 }[unit]).toFixed(1)} ${unit}`;
}

/** `1 host`, `3 hosts`. */
export function amount(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

/** Names of hosts, all of them where they are at most `most`, else how many there are and the first few. */
export function hostList(hosts: readonly string[], most: number): string {
  if (hosts.length <= most) return hosts.map(cleanLine).join(' ');
  return `${amount(hosts.length, 'host')} (${hosts.slice(0, most).map(cleanLine).join(' ')} …)`;
}

/** A play's place or a task's, and how it is called: `etcd : Write the unit file`. */
export function taskName(task: { readonly name: string; readonly role?: string | undefined }): string {
  return cleanLine(task.role === undefined || task.role === '' ? task.name : `${task.role} : ${task.name}`);
}

/** How far long work is: `upload etcd.tar.gz 12.3 MB of 45.0 MB, 27 %`. */
export function progress(event: { readonly message: string; readonly done?: number | undefined; readonly total?: number | undefined; readonly unit?: string | undefined }): string {
  const { message, done, total, unit } = event;
  if (done === undefined) return cleanLine(message);
  const shown = (number: number): string => (unit === 'bytes' || unit === 'B' ? bytes(number) : unit === undefined ? String(number) : `${number} ${cleanLine(unit)}`);
  if (total === undefined) return `${cleanLine(message)} ${shown(done)}`;
  const share = total > 0 ? `, ${Math.floor((100 * done) / total)} %` : '';
  const first = unit === undefined || unit === 'bytes' || unit === 'B' ? shown(done) : String(done);
  return `${cleanLine(message)} ${first} of ${shown(total)}${share}`;
}
