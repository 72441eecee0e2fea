/** Ctrl-C and its like. */
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';

/** The first Ctrl-C ends what is being done cleanly, `doing` says how; a second one ends it now. Gives what takes this back. */
export function onInterrupt(controller: AbortController, context: Context, doing: string): () => void {
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCode.interrupted);
    context.error(`\ninterrupted: ${doing} (again to leave at once)`);
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  return () => void process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
}
