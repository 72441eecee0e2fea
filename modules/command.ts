/** Runs a program with arguments; no shell reads them. */
import { defineModule, flag, listOf, ModuleFailure, text, z } from '../engine/module/kit.ts';
import { commandOutput, commandParams, commandReturns, freeFormOptions, inspectCommand, planCommand, unlookedCommand } from './shared/command.ts';
import { expandedScript } from './shared/expand-words.ts';
import { splitWords } from './shared/shell-words.ts';

export default defineModule({
  summary: 'Run a program with arguments, without a shell',
  kind: 'action',
  params: z.object({
    cmd: text().optional().describe('program and arguments as one text, split at spaces outside quotes'),
    argv: listOf(text()).optional().describe('program and arguments as a list, instead of cmd'),
    expand_argument_vars: flag().default(true).describe('$NAME and a leading ~ stand for what they are on the host, as Ansible has it; default yes'),
    ...commandParams,
  }),
  freeForm: 'cmd',
  freeFormOptions,
  rules: [{ kind: 'exclusive', names: ['cmd', 'argv'] }, { kind: 'oneOf', names: ['cmd', 'argv'] }],
  example: '- name: Save a snapshot once\n  command: etcdctl snapshot save /var/backups/etcd.db\n  args:\n    creates: /var/backups/etcd.db',
  returns: commandReturns,
  unlooked: unlookedCommand,
  inspect: (asked, probe) => inspectCommand(asked, probe),
  plan(asked, found) {
    const words = asked.argv ?? splitWords(asked.cmd ?? '');
    if (words.length === 0) throw new ModuleFailure('no command given', { result: { rc: 256 } });
    const script = asked.expand_argument_vars ? expandedScript(words) : undefined;
    return planCommand(script === undefined ? { argv: words } : { script }, words, asked, found);
  },
  output: (asked, _found, steps, here) => commandOutput(asked, steps, here.now()),
});
