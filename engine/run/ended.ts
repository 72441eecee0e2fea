/** Ends that come before any module is called. */
import type { TextError } from '../source/problem.ts';
import type { TemplateError } from '../template/fault.ts';
import { Unknown } from '../template/value.ts';
import { textFailure } from './failure.ts';
import type { Settings } from './settings.ts';
import { taskTitle, type Ended, type TaskOnHost } from './task-on-host.ts';

/** A condition did not hold. */
export function skipped(text: string): Ended {
  return { status: 'skipped', changes: [], message: `when: ${text}`, value: { changed: false, skipped: true, failed: false, skip_reason: 'Conditional result was False', false_condition: text } };
}

/** Check mode: only the run can tell; of what a task that only reads will find. */
export function unknown(on: TaskOnHost, because: string, settings: Settings | undefined): Ended {
  const { action } = on.task;
  const reads = action.kind === 'module' && action.module.reads === true;
  return { status: reads ? 'ok' : 'unknown', changes: [], message: `${reads ? 'changes nothing; what it gives is ' : ''}known only at run: depends on ${because}`, value: new Unknown(`the result of ${taskTitle(on.task)}`), noLog: isHidden(on, settings) };
}

/** What stands in the playbook cannot be used on this host. */
export function failedText(on: TaskOnHost, error: TextError | TemplateError, settings: Settings | undefined): Ended {
  const failure = textFailure(on.task, error);
  return { status: 'failed', changes: [], value: { failed: true, changed: false, msg: failure.message }, failure, ignored: settings?.ignoreErrors, noLog: isHidden(on, settings) };
}

/** no_log, also where the settings could not be worked out: hidden then, unless it says no in so many words. */
function isHidden({ task }: TaskOnHost, settings: Settings | undefined): boolean {
  if (settings) return settings.noLog;
  const tree = task.directives.settings.no_log?.tree;
  return tree !== undefined && !(tree.kind === 'scalar' && tree.value === false);
}
