/** Every keyword of plays, blocks, tasks and role entries: where it may stand, and what it is for. */
import type { Problem } from '../source/problem.ts';
import { nearestHint } from '../source/nearest.ts';
import { keyText, type Mapping } from '../source/tree.ts';

export type Level = 'play' | 'block' | 'task' | 'handler' | 'role' | 'import';

const everywhere: readonly Level[] = ['play', 'block', 'task', 'handler', 'role'];
const tasks: readonly Level[] = ['task', 'handler'];

/** Keyword: the levels at which it may stand, and one line for `kplay doc`. */
export const keywords: ReadonlyMap<string, { readonly on: readonly Level[]; readonly doc: string }> = new Map(Object.entries({
  name: { on: [...everywhere, 'import'] as Level[], doc: 'what people see; templates are rendered' },
  hosts: { on: ['play'], doc: 'host pattern: groups, names, `:` or, `&` and, `!` not, globs, ranges' },
  tasks: { on: ['play'], doc: 'tasks, after the roles' },
  pre_tasks: { on: ['play'], doc: 'tasks before the roles' },
  post_tasks: { on: ['play'], doc: 'tasks after the tasks' },
  roles: { on: ['play'], doc: 'roles, by name or as mappings with `role:` and parameters' },
  handlers: { on: ['play'], doc: 'tasks that run once, at the end of a section, where they were notified' },
  vars_prompt: { on: ['play'], doc: 'variables that are asked for on the terminal before the run begins, unless -e gives them' },
  vars_files: { on: ['play'], doc: 'files of variables, stronger than the play\'s vars' },
  gather_facts: { on: ['play'], doc: 'whether facts are gathered before the first task; default yes, once a host' },
  serial: { on: ['play'], doc: 'hosts per batch: a number, a percentage, or a list of them' },
  strategy: { on: ['play'], doc: 'linear: each task on all hosts before the next' },
  order: { on: ['play'], doc: 'inventory, reverse_inventory, sorted, reverse_sorted or shuffle' },
  max_fail_percentage: { on: ['play'], doc: 'the batch stops when more than this share of its hosts has failed' },
  force_handlers: { on: ['play'], doc: 'notified handlers run on hosts that failed too' },
  vars: { on: [...everywhere, 'import'] as Level[], doc: 'variables' },
  tags: { on: [...everywhere, 'import'] as Level[], doc: 'names by which --tags and --skip-tags choose' },
  when: { on: ['block', 'task', 'handler', 'role', 'import'], doc: 'a condition, or a list of which all must hold; an expression without braces' },
  become: { on: everywhere, doc: 'act as another user, by sudo' },
  become_user: { on: everywhere, doc: 'that user; default root' },
  become_method: { on: everywhere, doc: 'sudo' },
  remote_user: { on: everywhere, doc: 'login user; ansible_user is stronger' },
  port: { on: everywhere, doc: 'ssh port; ansible_port is stronger' },
  connection: { on: everywhere, doc: 'ssh or local' },
  environment: { on: everywhere, doc: 'environment variables of what the task runs' },
  no_log: { on: everywhere, doc: 'results and params are shown nowhere' },
  ignore_errors: { on: everywhere, doc: 'a failure is shown and passed over' },
  ignore_unreachable: { on: everywhere, doc: 'a host out of reach is shown and passed over' },
  any_errors_fatal: { on: everywhere, doc: 'a failure on one host ends the play for all' },
  check_mode: { on: everywhere, doc: 'false: the task only reads and runs in check mode too; true: it never acts' },
  diff: { on: everywhere, doc: 'whether differences are shown' },
  run_once: { on: everywhere, doc: 'on the first host of the batch, for all' },
  throttle: { on: everywhere, doc: 'hosts at once; default --forks' },
  timeout: { on: everywhere, doc: 'seconds after which the task has failed; default none' },
  delegate_to: { on: ['block', 'task', 'handler', 'role'], doc: 'another host that does it' },
  delegate_facts: { on: ['block', 'task', 'handler', 'role'], doc: 'facts belong to that other host' },
  block: { on: ['block'], doc: 'tasks that share what the block says' },
  rescue: { on: ['block'], doc: 'tasks for hosts that failed in the block' },
  always: { on: ['block'], doc: 'tasks after the block and its rescue, whatever happened' },
  args: { on: tasks, doc: 'the module\'s params, for free-form modules' },
  loop: { on: tasks, doc: 'a list; the task runs once an item' },
  with_items: { on: tasks, doc: 'as loop, with lists in the list flattened one level' },
  loop_control: { on: tasks, doc: 'loop_var, index_var, label, pause, extended' },
  register: { on: tasks, doc: 'variable that takes the result' },
  until: { on: tasks, doc: 'try again until this holds' },
  retries: { on: tasks, doc: 'how often to try again; default 3' },
  delay: { on: tasks, doc: 'seconds between tries; default 5' },
  changed_when: { on: tasks, doc: 'when the task counts as changed' },
  failed_when: { on: tasks, doc: 'when the task counts as failed' },
  notify: { on: tasks, doc: 'handlers to run where the task changes' },
  listen: { on: ['handler'], doc: 'further names by which a handler is notified' },
  role: { on: ['role'], doc: 'the role\'s name' },
  import_playbook: { on: ['import'], doc: 'another playbook, in place' },
  collections: { on: everywhere, doc: 'accepted and ignored: modules are found by their last name' },
}) as [string, { on: readonly Level[]; doc: string }][]);

/** Ansible's keywords that kplay does not have, and what to do instead. */
const unsupported: ReadonlyMap<string, string> = new Map([
  ['async', 'run the command under systemd, or with `timeout`'],
  ['poll', 'run the command under systemd, or with `timeout`'],
  ['action', 'write the module\'s name as the key'],
  ['local_action', 'write the module\'s name as the key and `delegate_to: localhost`'],
  ['debugger', 'use -vvv'],
  ['module_defaults', 'repeat the params, or keep them in a variable and pass it as `args:`'],
  ['become_flags', 'kplay calls sudo itself'],
  ['become_exe', 'kplay calls sudo itself'],
  ['gather_subset', 'use the task `setup:` with gather_subset'],
  ['gather_timeout', 'use `timeout`'],
  ['fact_path', 'use the task `setup:`'],
]);

/** Problems for keys that may not stand at a level; `others` are names that may stand there too (modules). */
export function checkKeywords(map: Mapping, level: Level, others: readonly string[] = []): Problem[] {
  return map.entries.flatMap(({ key }) => {
    const name = keyText(key);
    if (keywords.get(name)?.on.includes(level) || others.includes(name)) return [];
    const instead = unsupported.get(name);
    if (instead) return [{ message: `the keyword "${name}" is not supported`, span: key.span, hint: instead }];
    if (name.startsWith('with_')) return [{ message: `"${name}" is not supported`, span: key.span, hint: 'write it as `loop:` with a filter (dict2items, product, subelements, flatten)' }];
    const elsewhere = keywords.get(name);
    if (elsewhere) return [{ message: `"${name}" cannot stand in a ${level === 'import' ? 'playbook import' : level}`, span: key.span, hint: `it belongs to: ${elsewhere.on.join(', ')}` }];
    return [{ message: `unknown keyword "${name}" in a ${level === 'import' ? 'playbook import' : level}`, span: key.span, hint: nearestHint(name, [...[...keywords].filter(([, { on }]) => on.includes(level)).map(([known]) => known), ...others]) }];
  });
}
