/** Runs a reporter over events and gives what it wrote. */
import type { Event } from '../../engine/event/event.ts';
import { openReporter, type ReportKind, type ReportOptions } from '../../engine/report/report.ts';
import type { Cue } from './play-events.ts';

/** The time at which every test begins. */
export const start = Date.UTC(2026, 10, 20, 20, 0, 0);

/** What stdout got; the clock stands still except for what cues say. Time does not pass in truth. */
export async function reported(kind: ReportKind, script: readonly (Event | Cue)[], options: Partial<ReportOptions> = {}): Promise<string> {
  let text = '';
  let now = start;
  const stdout = {
    write(piece: string, done?: () => void) {
      text += piece;
      done?.();
      return true;
    },
  };
  const reporter = openReporter(kind, {
    stdout, stderr: { write: (piece) => (text += `stderr: ${piece}`, true) },
    isTTY: false, columns: () => 80, rows: () => 24, color: false, verbosity: 0, diff: false, check: false, clock: () => now, ...options,
  });
  for (const cue of script) {
    if ('after' in cue) now += cue.after;
    reporter.report('after' in cue ? cue.event : cue);
  }
  await reporter.close();
  return text;
}
