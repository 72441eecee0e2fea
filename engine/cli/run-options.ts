/** `kplay run`'s options, spelled as ansible-playbook's, and what they mean to the engine. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { repeatable } from './repeatable.ts';

/** What chooses hosts and tasks, and how hosts are reached: of all commands that read playbooks. */
export interface HostFlags {
  readonly inventory?: string[];
  readonly limit?: string;
  readonly tags?: string[];
  readonly skipTags?: string[];
  readonly extraVars?: string[];
  readonly forks: number;
  readonly user?: string;
  readonly askBecomePass?: boolean;
  readonly becomePasswordFile?: string;
  readonly become?: boolean;
  readonly becomeUser: string;
  readonly privateKey?: string;
  readonly connection?: 'ssh' | 'local';
  readonly timeout?: number;
}

/** The options as commander gives them. */
export interface RunFlags extends HostFlags {
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly startAtTask?: string;
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly listTags?: boolean;
  readonly syntaxCheck?: boolean;
  readonly verbose: number;
  readonly profile?: boolean;
  readonly output: 'auto' | 'tree' | 'plain' | 'json';
}

/** Adds the options to a command. */
export function addRunOptions(command: Command): Command {
  return addHostOptions(command)
    .option('-C, --check', 'change nothing; say what would change')
    .option('-D, --diff', 'show what changes, line by line')
    .option('--start-at-task <name>', 'pass over the tasks before this one (a name, or a pattern with *)')
    .option('--list-hosts', 'print the hosts of each play and end')
    .option('--list-tasks', 'print the tasks that would be run and end')
    .option('--list-tags', 'print the tags and end')
    .option('--syntax-check', 'check everything that can be checked without a host and end')
    .option('-v, --verbose', 'say more; -vvv says all', (_, before: number) => before + 1, 0)
    .option('--profile', 'tell at the end where the time went: tasks, hosts, network, controller')
    .addOption(new Option('--output <kind>', 'auto: a live tree on a terminal, else plain lines').choices(['auto', 'tree', 'plain', 'json']).default('auto'));
}

/** Adds those that choose hosts and tasks, and say how hosts are reached. */
export function addHostOptions(command: Command): Command {
  return command
    .addOption(repeatable('-i, --inventory <path>', 'inventory file, folder, script, or hosts "a,b,"; repeatable (default: inventory/)'))
    .option('-l, --limit <pattern>', 'only these hosts')
    .addOption(repeatable('-t, --tags <tags>', 'only tasks with one of these tags; repeatable', true))
    .addOption(repeatable('--skip-tags <tags>', 'no task with one of these tags; repeatable', true))
    .addOption(repeatable('-e, --extra-vars <vars>', 'variables: k=v, JSON or @file; stronger than all others; repeatable'))
    .option('-f, --forks <n>', 'hosts worked on at once', whole(1), 50)
    .option('-u, --user <name>', 'login user, where the inventory names none')
    .option('-K, --ask-become-pass', 'ask for sudo\'s password on the terminal')
    .option('--become-password-file <file>', 'read sudo\'s password from the first line of a file')
    .option('-b, --become', 'act as another user, by sudo')
    .option('--become-user <name>', 'that user', 'root')
    .option('--private-key <file>', 'ssh key, where the inventory names none')
    .addOption(new Option('-c, --connection <kind>', 'how to reach hosts').choices(['ssh', 'local']))
    .option('-T, --timeout <seconds>', 'until a connect counts as failed (default: 10)', whole(1));
}

function whole(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least) throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    return number;
  };
}
