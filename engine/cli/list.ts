/** --list-hosts, --list-tasks and --list-tags, as ansible-playbook prints them. */
import type { Prepared } from '../kplay.ts';
import type { Play, Task } from '../playbook/playbook.ts';
import { hostsOfPlay } from '../run/run-play.ts';
import { chosenTasks } from '../run/run-nodes.ts';

/** The hosts of each play. */
export function listHosts(prepared: Prepared): string {
  return perPlay(prepared, (play) => {
    const hosts = hostsOfPlay(prepared.run, play);
    return [`    hosts (${hosts.length}):`, ...hosts.map((host) => `      ${host}`)];
  });
}

/** The tasks of each play that the tags choose. */
export function listTasks(prepared: Prepared): string {
  return perPlay(prepared, (play) => ['    tasks:', ...chosenTasks(prepared.run, play.sections.flat()).map((task) => `      ${title(task)}\tTAGS: [${sorted(task.directives.tags)}]`)]);
}

/** The tags of each play's tasks. */
export function listTags(prepared: Prepared): string {
  return perPlay(prepared, (play) => [`      TASK TAGS: [${sorted(chosenTasks(prepared.run, play.sections.flat()).flatMap((task) => task.directives.tags))}]`]);
}

function perPlay({ playbooks }: Prepared, lines: (play: Play) => string[]): string {
  return playbooks.map((playbook) => [`playbook: ${playbook.file}`, ...playbook.plays.flatMap((play, at) => ['', `  play #${at + 1} (${play.name}): ${play.name}\tTAGS: [${sorted(play.directives.tags)}]`, ...lines(play)])].join('\n')).join('\n\n');
}

function title(task: Task): string {
  const tree = task.name?.tree;
  const name = tree?.kind === 'scalar' ? String(tree.value) : task.action.name;
  return task.directives.role ? `${task.directives.role.name} : ${name}` : name;
}

function sorted(tags: readonly string[]): string {
  return [...new Set(tags)].sort().join(', ');
}
