/** The controller's side of a task on a host. */
import type { Here } from '../module/module.ts';
import type { Scope } from '../template/registry.ts';
import { openHere } from './here.ts';
import type { Reach } from './reach.ts';
import type { Settings } from './settings.ts';
import { environmentFor, type TaskOnHost } from './task-on-host.ts';

/** Opens it with the variables that the task sees. */
export function hereFor(on: TaskOnHost, settings: Settings, reach: Reach, scope: Scope): Here {
  const { run, task, play, host } = on;
  return openHere({
    check: settings.checkMode ?? run.options.check, diff: settings.diff ?? run.options.diff, host: reach.host.name, facts: host.facts,
    standing: { role: task.directives.role, file: task.file, folder: play.play.folder },
    scope, environment: environmentFor(on, scope), now: run.options.now, verbosity: run.options.verbosity,
  });
}
