/** Tells the run itself to do something: run the handlers now, end the play. */
import { defineModule, z, type Plan } from '../engine/module/kit.ts';

const controls = ['flush_handlers', 'end_play', 'end_host', 'end_batch', 'clear_host_errors', 'reset_connection', 'noop', 'clear_facts', 'refresh_inventory'] as const satisfies readonly NonNullable<Plan['control']>[];

export default defineModule({
  summary: 'Run the handlers now, end a play or a host, log in anew',
  params: z.object({
    free_form: z.enum(controls).describe([
      'flush_handlers runs the handlers notified so far; end_play, end_batch, end_host end what they name without a failure',
      'clear_host_errors takes failed hosts back in; reset_connection logs in anew; clear_facts forgets facts; refresh_inventory reads the inventory again; noop does nothing',
    ].join('; ')),
  }),
  example: `- meta: flush_handlers`,
  freeForm: 'free_form',
  controller: true,
  inspect: () => undefined,
  plan: ({ free_form }) => ({ changes: [], control: free_form }),
});
