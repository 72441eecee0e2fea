/** What `kplay run` does. */
import type { Event, Reporter } from '../event/event.ts';
import { answer, play, prepare, type Prepared } from '../kplay.ts';
import type { Profiler } from '../report/profiler.ts';
import { openReporter, wantsColor, type OpenReporter } from '../report/report.ts';
import { problemText, TextError } from '../source/problem.ts';
import { TemplateError } from '../template/fault.ts';
import type { Context } from './context.ts';
import { exitCode, exitCodeOf } from './exit-code.ts';
import { listHosts, listTags, listTasks } from './list.ts';
import { askOnTerminal } from './ask.ts';
import { onInterrupt } from './interrupt.ts';
import { playingOf } from './playing.ts';
import type { RunFlags } from './run-options.ts';
import { resumeCommand } from './resume.ts';

/** Runs playbooks; gives the exit code. Throws TextError for what is wrong before a host is touched. */
export async function run(playbooks: readonly string[], flags: RunFlags, context: Context): Promise<number> {
  const interrupt = new AbortController();
  const reporter = openReporterFor(flags);
  const profiler = flags.profile ? await openProfilerOfProcess() : undefined;
  const playing = await playingOf({ playbooks, flags, context, report: withResume(profiler?.over(reporter.report) ?? reporter.report), profiler, signal: interrupt.signal });
  try {
    const prepared = await prepare(playing);
    const listed = listing(flags, prepared);
    if (listed !== undefined) {
      context.out(listed);
      return exitCode.fine;
    }
    await answer(prepared, askOnTerminal);
    const release = onInterrupt(interrupt, context, 'ending what runs on the hosts');
    try {
      return exitCodeOf(await play(prepared));
    } catch (error) {
      // Hosts have been touched by now: this is a run that failed, not a command line that is wrong.
      if (!(error instanceof TextError || error instanceof TemplateError)) throw error;
      const problems = error instanceof TextError ? error.problems : [error];
      context.error(problems.map(problemText).join('\n\n'));
      return exitCode.failed;
    } finally {
      release();
    }
  } catch (error) {
    if (flags.output === 'json' && error instanceof TextError) for (const problem of error.problems) context.error(problemText(problem));
    else throw error;
    return exitCode.usage;
  } finally {
    await reporter.close();
  }
}

async function openProfilerOfProcess(): Promise<Profiler> {
  const { openProfiler } = await import('../report/profiler.ts');
  const cpu = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  return openProfiler({ now: () => performance.now(), idle: () => performance.nodeTiming.idleTime, cpu });
}

function openReporterFor(flags: RunFlags): OpenReporter {
  const { stdout, stderr } = process;
  return openReporter(flags.output, {
    stdout, stderr, isTTY: stdout.isTTY === true, columns: () => stdout.columns ?? 100, rows: () => stdout.rows ?? 24,
    color: wantsColor(process.env, stdout.isTTY === true), verbosity: flags.verbose, diff: flags.diff ?? false, check: flags.check ?? false, clock: Date.now,
  });
}

/** A recap that tells of hosts that are not done tells the command to go on with too. */
function withResume(report: Reporter): Reporter {
  return (event) => report(event.event === 'recap' ? resumable(event) : event);
}

function resumable(event: Extract<Event, { event: 'recap' }>): Event {
  const { unfinished = [], hosts } = event;
  const some = unfinished.length < Object.keys(hosts).length ? unfinished : [];
  return unfinished.length === 0 ? event : { ...event, failures: [resumeCommand(process.argv.slice(2), some)] };
}

function listing(flags: RunFlags, prepared: Prepared): string | undefined {
  if (flags.listHosts) return listHosts(prepared);
  if (flags.listTasks) return listTasks(prepared);
  if (flags.listTags) return listTags(prepared);
  if (flags.syntaxCheck) return `${prepared.playbooks.map((each) => each.file).join(', ')}: no problems found`;
  return undefined;
}
