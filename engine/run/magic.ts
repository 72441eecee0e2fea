/** The variables that the engine itself gives: magic names, which nothing but extra vars and a task's own variables can take over. */
import { groupNames, groupsOf, hostMagic } from '../inventory/variables.ts';
import { lazyMapping, type Value } from '../template/value.ts';
import type { Occasion } from './variables.ts';

type Give = (occasion: Occasion) => Value | undefined;

const batchNames: Give = ({ play }) => play?.batch.filter((each) => !each.out).map((each) => each.name);
const roleName: Give = ({ directives }) => directives?.role?.name;

const give = {
  inventory_hostname: ({ host }) => host.name,
  inventory_hostname_short: ({ run, host }) => hostMagic(run.inventory, host.name).inventory_hostname_short,
  group_names: ({ run, host }) => [...groupNames(run.inventory, host.name)],
  groups: ({ run }) => groupsOf(run.inventory) as Value,
  inventory_dir: ({ run, host }) => hostMagic(run.inventory, host.name).inventory_dir,
  inventory_file: ({ run, host }) => hostMagic(run.inventory, host.name).inventory_file,
  playbook_dir: ({ play }) => play?.play.folder,
  role_path: ({ directives }) => directives?.role?.folder,
  role_name: roleName,
  ansible_role_name: roleName,
  ansible_play_name: ({ play }) => play?.play.name,
  ansible_play_hosts: ({ run, play }) => play?.batch && play.allHosts.filter((name) => !run.hosts.get(name)?.out),
  ansible_play_hosts_all: ({ play }) => play && [...play.allHosts],
  ansible_play_batch: batchNames,
  play_hosts: batchNames,
  ansible_check_mode: ({ run }) => run.options.check,
  ansible_diff_mode: ({ run }) => run.options.diff,
  ansible_verbosity: ({ run }) => run.options.verbosity,
  ansible_forks: ({ run }) => run.options.forks,
  ansible_run_tags: ({ run }) => (run.options.tags.only.length > 0 ? [...run.options.tags.only] : ['all']),
  ansible_skip_tags: ({ run }) => [...run.options.tags.skip],
  ansible_limit: ({ run }) => run.options.limit,
  ansible_facts: ({ host }) => lazyMapping((key) => host.facts.get(key), () => host.facts.keys()),
  ansible_version: () => ({ full: '2.16.0', major: 2, minor: 16, revision: 0, string: '2.16.0' }),
  ansible_failed_task: ({ host }) => host.rescued && { name: host.rescued.task.name?.isStatic ? String((host.rescued.task.name.tree as { value: unknown }).value) : host.rescued.task.action.name, action: host.rescued.task.action.name },
  ansible_failed_result: ({ host }) => host.rescued?.result,
  ansible_managed: () => 'Managed by kplay; changes made here are overwritten',
  environment: () => [],
} satisfies Record<string, Give>;

/** Every name that is taken; the last three are given elsewhere. */
export const magicNames: readonly string[] = [...Object.keys(give), 'hostvars', 'vars', 'omit'];

const gives: ReadonlyMap<string, Give> = new Map(Object.entries(give));

/** What the engine gives under a name on an occasion. */
export function magicOf(occasion: Occasion, name: string): Value | undefined {
  return gives.get(name)?.(occasion);
}
