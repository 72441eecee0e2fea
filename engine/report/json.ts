/** The report as JSON: one event a line, for programs. */
import type { Printer, ReportOptions } from './options.ts';

const controls = /[\x7f-\x9f\u2028\u2029]/g;

/** Each event as it is, with `time` (ISO 8601, UTC) at its end. */
export function openJson({ stdout, clock }: ReportOptions): Printer {
  return {
    report(event) {
      const line = JSON.stringify({ ...event, time: new Date(clock()).toISOString() });
      stdout.write(`${line.replace(controls, escape)}\n`);
    },
    close: () => undefined,
  };
}

/** JSON lets these stand bare; a terminal or a reader of lines would take them for its own. */
function escape(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
