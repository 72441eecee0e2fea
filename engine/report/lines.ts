/** Live output, which comes in pieces, as whole lines under the name of their host. */
import type { Event, TaskInfo } from '../event/event.ts';
import { cleanLine, cleanText } from './clean.ts';
import { indent } from './tell.ts';

/** A line that never ends is shown in pieces of so many characters. */
const longest = 16 * 1024;

export interface Lines {
  /** The lines that this piece completes, as `m1 | text`. */
  take(piece: Extract<Event, { event: 'output' }>): string[];
  /** What a host has begun and not ended. */
  flush(task: TaskInfo, host: string): string[];
}

/** Keeps what is begun of each host's stdout and stderr apart. */
export function openLines(): Lines {
  const begun = new Map<string, string>();
  return {
    take({ task, host, stream, text }) {
      const key = `${task.id} ${stream} ${host}`;
      const lines = ((begun.get(key) ?? '') + text).split('\n');
      const last = lines.pop()!;
      if (last.length > longest) lines.push(last);
      begun.set(key, last.length > longest ? '' : last);
      return shown(host, lines);
    },
    flush(task, host) {
      const keys = [`${task.id} stdout ${host}`, `${task.id} stderr ${host}`];
      const rest = keys.map((key) => begun.get(key) ?? '').filter((text) => text !== '');
      for (const key of keys) begun.delete(key);
      return shown(host, rest);
    },
  };
}

function shown(host: string, lines: readonly string[]): string[] {
  return indent(lines.flatMap((line) => cleanText(line.replace(/\r$/, '')).split('\n')).map((line) => `${cleanLine(host)} | ${line}`));
}
