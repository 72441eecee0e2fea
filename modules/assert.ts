/** Fails a host on which something that must hold does not. */
import { defineModule, expression, flag, ModuleFailure, z } from '../engine/module/kit.ts';
import { isTruthy } from './shared/truth.ts';

const message = () => z.union([z.string(), z.array(z.string())]);

export default defineModule({
  summary: 'Fail the host unless every condition holds',
  params: z.object({
    that: z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(expression()).min(1))
      .describe('conditions, as in `when`: expressions without braces, one or a list, all of which must hold'),
    fail_msg: message().optional().describe('what to say where one does not hold (default "Assertion failed")'),
    success_msg: message().optional().describe('what to say where all hold (default "All assertions passed")'),
    quiet: flag().default(false).describe('leave the success message out of the result (default no)'),
  }),
  aliases: { msg: 'fail_msg' },
  example: `- name: The members of etcd are odd in number
  assert:
    that:
      - groups.etcd | length is not divisibleby 2
      - ansible_memtotal_mb >= 1024
    fail_msg: etcd needs an odd number of members, each with 1 GiB of memory`,
  returns: { msg: 'the message', assertion: 'the condition that does not hold', evaluated_to: 'false, where one does not' },
  controller: true,
  inspect: () => undefined,
  plan({ that, fail_msg, success_msg, quiet }, _found, here) {
    for (const assertion of that) {
      if (isTruthy(here.evaluate(assertion))) continue;
      throw new ModuleFailure(said(fail_msg ?? 'Assertion failed'), { hint: `does not hold: ${assertion}`, result: { assertion, evaluated_to: false, msg: fail_msg ?? 'Assertion failed' } });
    }
    return { changes: [], result: quiet ? {} : { msg: success_msg ?? 'All assertions passed' } };
  },
});

function said(text: string | readonly string[]): string {
  return typeof text === 'string' ? text : text.join('\n');
}
