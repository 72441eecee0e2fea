/** Fails a host with a message. */
import { defineModule, ModuleFailure, text, z } from '../engine/module/kit.ts';

export default defineModule({
  summary: 'Fail the host with a message',
  params: z.object({
    msg: text().default('Failed as requested from task').describe('why (default "Failed as requested from task")'),
  }),
  example: `- fail:
    msg: this playbook knows Debian and RHEL, not {{ ansible_os_family }}
  when: ansible_os_family not in ['Debian', 'RedHat']`,
  controller: true,
  inspect: () => undefined,
  plan({ msg }) {
    throw new ModuleFailure(msg, { result: { msg } });
  },
});
