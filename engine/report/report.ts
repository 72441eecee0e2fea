/** Opens the reporter that shows a run: a live tree, plain lines, or JSON. */
import type { Event, Reporter } from '../event/event.ts';
import { loadDiffer } from './diff.ts';
import { openJson } from './json.ts';
import type { Printer, ReportOptions } from './options.ts';
import { openPlain } from './plain.ts';
import { openStyle } from './style.ts';
import type { Teller } from './tell.ts';

export type { Output, ReportOptions } from './options.ts';
export { wantsColor } from './style.ts';

export type ReportKind = 'auto' | 'tree' | 'plain' | 'json';

export interface OpenReporter {
  readonly report: Reporter;
  /** Ends the picture, gives the terminal back, and waits until all is written. May be called more than once. */
  close(): Promise<void>;
}

/**
 * A reporter of the asked kind; `auto` is the tree on a terminal, else plain. It takes events at once and in order,
 * also while what it needs is still being loaded. It never throws: should it break, the run goes on, and stderr says so.
 * Until the first event it leaves the terminal alone, so that a password can be asked for.
 */
export function openReporter(kind: ReportKind, options: ReportOptions): OpenReporter {
  // A reader that went away (`| head`) must not end a run half way.
  options.stdout.on?.('error', () => undefined);
  const waiting: Event[] = [];
  const broke = once((error) => options.stderr.write(`the report broke: ${error instanceof Error ? error.stack : String(error)}\n`));
  let printer: Printer | undefined;
  let loaded: Promise<void> | undefined;
  const show = (event: Event): void => tryTo(() => printer?.report(event), broke);
  const ready = (opened: Printer): void => {
    printer = opened;
    for (const event of waiting.splice(0)) show(event);
  };
  const load = async (): Promise<void> => {
    const opened = open(kind, options);
    ready(opened instanceof Promise ? await opened : opened);
  };
  return {
    report(event) {
      if (printer !== undefined) return show(event);
      waiting.push(event);
      loaded ??= load().catch(broke);
    },
    async close() {
      await loaded;
      await Promise.resolve(printer?.close()).catch(broke);
      await new Promise<void>((done) => options.stdout.write('', () => done()));
    },
  };
}

/** Only the packages that this kind needs are loaded: diff with --diff, listr2 for the tree. */
function open(kind: ReportKind, options: ReportOptions): Printer | Promise<Printer> {
  if (kind === 'json') return openJson(options);
  const style = openStyle(options.color);
  const { verbosity } = options;
  const tree = kind === 'tree' || (kind === 'auto' && options.isTTY);
  if (!tree && !options.diff) return openPlain(options, { style, verbosity });
  return (async () => {
    const teller: Teller = { style, verbosity, differ: options.diff ? await loadDiffer(style, verbosity >= 3) : undefined };
    return tree ? (await import('./tree.ts')).openTree(options, teller) : openPlain(options, teller);
  })();
}

function tryTo(act: () => void, broke: (error: unknown) => void): void {
  try {
    act();
  } catch (error) {
    broke(error);
  }
}

function once(act: (error: unknown) => void): (error: unknown) => void {
  let done = false;
  return (error) => {
    if (!done) act(error);
    done = true;
  };
}
