/** Keeps a host without swap, or with swap on a file or device: now and at boot. */
import { defineModule, type Plan } from '../engine/module/kit.ts';
import { keptFile } from './shared/file-attributes.ts';
import { lookAtSwap, type SwapFound } from './shared/swap-look.ts';
import { planSwapOff } from './shared/swap-off.ts';
import { planSwapOn } from './shared/swap-on.ts';
import { swapParams, type SwapParams } from './shared/swap-params.ts';

export default defineModule<typeof swapParams, SwapFound>({
  summary: 'Keep a host without swap, or with swap on a file or device',
  params: swapParams,
  rules: [{ kind: 'requiredIf', name: 'state', value: 'present', names: ['path'] }],
  example: `- name: No swap, now and at boot, as kubelet wants it
  swap:
    state: absent`,
  returns: {
    active: 'with absent, the swap that was on and is meant; with present, all that was on', fstab_lines: 'with absent, the lines of fstab that went or became comments',
    remains: 'what stays nevertheless, in words: a swap file on the disk, swap of a container\'s host', backup_file: 'with backup, the file that was kept',
  },
  touches: ({ fstab }) => [fstab, '/proc/swaps'],
  inspect: lookAtSwap,
  plan,
  output: (_params, _found, steps) => (keptFile(steps) === undefined ? {} : { backup_file: keptFile(steps) }),
});

function plan({ path, ...params }: SwapParams, found: SwapFound): Plan {
  return params.state === 'present' && path !== undefined ? planSwapOn({ ...params, path }, found) : planSwapOff({ ...params, path }, found);
}
