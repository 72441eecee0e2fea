/** What can be asked of the module `swap`. */
import { flag, text, z } from '../../engine/module/kit.ts';

const units: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
const sizeForm = /^(\d+(?:\.\d+)?) *([kmgt]?)(?:i?b)?$/i;

export const swapParams = z.object({
  state: z.enum(['absent', 'present']).describe('absent: no swap, now and at boot, from fstab, from systemd\'s units or from zram; present: swap on the path, now and at boot'),
  path: text().pipe(z.string().regex(/^\//, 'expected an absolute path')).optional().describe('a swap file or a device; needed for state present (default with absent: all swap of the host)'),
  size: text().pipe(z.string().regex(sizeForm, 'expected a size such as 2G or 512M')).optional().describe('with state present: makes a swap file of this size where there is none; 1K is 1024 bytes'),
  opts: text().pipe(z.string().regex(/^[^\s,]+(,[^\s,]+)*$/, 'expected options, commas between them')).default('sw').describe('with state present: options as fstab has them, such as sw,pri=10 (default sw)'),
  comment: flag().default(true).describe('with state absent: make the lines of fstab comments; no takes them out (default yes)'),
  now: flag().default(true).describe('turn it off or on in the running kernel too; no leaves that to the next boot. In a container the kernel\'s swap is its host\'s and is never touched (default yes)'),
  fstab: text().pipe(z.string().regex(/^\//, 'expected an absolute path')).default('/etc/fstab').describe('the file (default /etc/fstab)'),
  backup: flag().default(false).describe('keep the old fstab beside the new one, with the time in its name (default no)'),
});

export type SwapParams = z.infer<typeof swapParams>;

/** Bytes of a size such as 2G. */
export function bytesOfSize(size: string): number {
  const [, number = '0', unit = ''] = sizeForm.exec(size) ?? [];
  return Math.round(Number(number) * (units[unit.toLowerCase()] ?? 1));
}
