/** As whom tasks act on a host, from Ansible's become variables. */
import { nearestHint } from '../source/nearest.ts';
import { TextError } from '../source/problem.ts';
import type { Span } from '../source/source.ts';
import type { Become } from '../session/session.ts';
import { askFlag, askText, complain, type Asking } from './target-values.ts';

/** What the task, the play and the command line say; a host's own variables win over it, as in Ansible. */
export interface BecomeDefaults {
  readonly become?: boolean | undefined;
  readonly user?: string | undefined;
  readonly method?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * The user that tasks act as, or undefined where they stay the login user. `vars` gives a variable's rendered value,
 * `place` where it is written. Throws TextError with every variable that makes no sense or is not supported.
 */
export function becomeOf(host: string, vars: (name: string) => unknown, defaults: BecomeDefaults = {}, place?: (name: string) => Span | undefined): Become | undefined {
  const asking: Asking = { host, vars, place, problems: [] };
  const wanted = askFlag(asking, ['ansible_become']) ?? defaults.become ?? false;
  const method = askText(asking, ['ansible_become_method']) ?? defaults.method ?? 'sudo';
  const user = askText(asking, ['ansible_become_user', 'ansible_sudo_user']) ?? defaults.user ?? 'root';
  const password = askText(asking, ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass']) ?? defaults.password;
  if (wanted && method !== 'sudo' && method !== 'ansible.builtin.sudo') complain(asking, { name: 'ansible_become_method' }, `"${method}" is not supported`, nearestHint(method, ['sudo']));
  for (const name of ['ansible_become_exe', 'ansible_become_flags']) {
    const value = wanted ? asking.vars(name) : undefined;
    if (value !== undefined && value !== null && value !== '') complain(asking, { name }, 'is not supported', 'sudo is called as `sudo` and with the flags it needs');
  }
  if (asking.problems.length > 0) throw new TextError(asking.problems);
  return wanted ? { user, method: 'sudo', password } : undefined;
}
