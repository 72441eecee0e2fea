/** Shows a message or a variable while the playbook runs. */
import { defineModule, expression, whole, z, type Here } from '../engine/module/kit.ts';

export default defineModule({
  summary: 'Show a message, or the value of a variable',
  params: z.object({
    msg: z.unknown().optional().describe('what to show, text or any value (default "Hello world!")'),
    var: expression().optional().describe('an expression without braces whose value is shown'),
    verbosity: whole().default(0).describe('how many -v the run needs for this to be shown (default 0)'),
  }),
  rules: [{ kind: 'exclusive', names: ['msg', 'var'] }],
  example: `- debug:
    msg: "{{ inventory_hostname }} runs {{ ansible_distribution }}"`,
  returns: { msg: 'what was shown; for `var`, the value stands under the name of the expression' },
  controller: true,
  reads: true,
  inspect: () => undefined,
  plan({ msg, var: shown, verbosity }, _found, here) {
    if (verbosity > (here.verbosity ?? 0)) return { changes: [], result: { skipped: true, skipped_reason: 'Verbosity threshold not met.' } };
    if (shown === undefined) return { changes: [], result: { msg: msg === undefined ? 'Hello world!' : msg } };
    return { changes: [], result: { [shown]: valueOf(shown, here) } };
  },
});

/** Ansible tells of a missing variable where it is to be shown, and goes on. */
function valueOf(shown: string, here: Here): unknown {
  try {
    const value = here.evaluate(shown);
    return value === undefined ? 'VARIABLE IS NOT DEFINED!' : value;
  } catch (error) {
    if (error instanceof Error && error.name === 'TemplateError' && /' is undefined(:|$)/.test(error.message)) return 'VARIABLE IS NOT DEFINED!';
    throw error;
  }
}
