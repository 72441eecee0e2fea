/** Runs a text in a shell of the host. */
import { defineModule, ModuleFailure, text, z } from '../engine/module/kit.ts';
import { commandOutput, commandParams, commandReturns, freeFormOptions, inspectCommand, planCommand, unlookedCommand } from './shared/command.ts';

export default defineModule({
  summary: 'Run a text in a shell of the host',
  kind: 'action',
  params: z.object({
    cmd: text().describe('shell text'),
    ...commandParams,
    executable: text().optional().describe('absolute path of the shell on the host; default /bin/sh'),
  }),
  freeForm: 'cmd',
  freeFormOptions,
  example: '- name: Count the nodes\n  shell: set -o pipefail; kubectl get nodes -o name | wc -l\n  args:\n    executable: /bin/bash\n  changed_when: false',
  returns: commandReturns,
  unlooked: unlookedCommand,
  inspect: (asked, probe) => inspectCommand(asked, probe),
  plan(asked, found) {
    if (asked.cmd.trim() === '') throw new ModuleFailure('no command given', { result: { rc: 256 } });
    return planCommand({ script: asked.cmd, ...(asked.executable !== undefined && { executable: asked.executable }) }, asked.cmd, asked, found);
  },
  output: (asked, _found, steps, here) => commandOutput(asked, steps, here.now()),
});
