/** The task that gathers facts before a play's own. */
import type { Play, Task } from '../playbook/playbook.ts';
import { compileTree } from '../template/compile-tree.ts';
import type { Run } from './run.ts';

/** Makes it, with what the play says of how its hosts are reached. */
export async function gatherTask({ reading }: Run, play: Play): Promise<Task> {
  const { span } = play;
  const module = await reading.catalogue.load('setup');
  return {
    kind: 'task', id: reading.nextId(), span, file: `${play.folder}/`, handler: false, listen: [], until: [],
    name: compileTree({ kind: 'scalar', value: 'Gathering Facts', text: 'Gathering Facts', style: 'quoted', span }),
    action: { kind: 'module', name: 'setup', module, args: { span, fields: new Map() }, span },
    directives: { ...play.directives, when: [], tags: ['always'] },
  };
}
