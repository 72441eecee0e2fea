/** What can be asked of the module `mount`. */
import { flag, text, z } from '../../engine/module/kit.ts';

/** Null stands for what is missing, as Ansible's dump and passno take it. */
const order = () => z.preprocess((value) => (value === null ? undefined : value), text().pipe(z.string().regex(/^\d+$/, 'expected a number')).default('0'));

export const mountParams = z.object({
  path: text().pipe(z.string().regex(/^(\/.*|none|swap)$/, 'expected an absolute path')).describe('the mount point; none for a line of swap, which src then tells apart'),
  src: text().optional().describe('what is mounted: a device, UUID=…, LABEL=…, host:/export, a folder for a bind mount; needed for mounted, present and ephemeral'),
  fstype: text().optional().describe('the file system\'s type; none for a bind mount; needed for mounted, present and ephemeral'),
  opts: text().pipe(z.string().min(1)).optional().describe('mount options, commas between them (default defaults); a password belongs into a file of its own: credentials=FILE'),
  state: z.enum(['mounted', 'unmounted', 'present', 'absent', 'remounted', 'ephemeral', 'absent_mount', 'absent_from_fstab'])
    .describe('mounted: in fstab, and mounted so now; present: in fstab alone; ephemeral: mounted now alone; unmounted: not mounted now, fstab as it is; absent: neither, and its mount point is removed where it is empty; absent_mount: neither, the mount point stays; absent_from_fstab: not in fstab, what is mounted stays; remounted: remounted each time, with opts where they are given'),
  dump: order().describe('the fifth field of fstab (default 0)'),
  passno: order().describe('the sixth: when fsck looks at it at boot, 1 for the root, 2 for others (default 0: never)'),
  boot: flag().default(true).describe('no adds noauto to the options (default yes)'),
  fstab: text().pipe(z.string().regex(/^\//, 'expected an absolute path')).default('/etc/fstab').describe('the file (default /etc/fstab)'),
  backup: flag().default(false).describe('keep the old fstab beside the new one, with the time in its name (default no)'),
  opts_no_log: flag().default(false).describe('show neither the options nor the difference of fstab (default no)'),
});

export type MountParams = z.infer<typeof mountParams>;

/** The options as they stand in fstab. */
export function optsOf({ opts = 'defaults', boot }: Pick<MountParams, 'opts' | 'boot'>): string {
  return boot || opts.split(',').includes('noauto') ? opts : `${opts},noauto`;
}

/** A folder or file of the host that is mounted once more. */
export function isBind({ opts = '' }: Pick<MountParams, 'opts'>): boolean {
  return opts.split(',').some((each) => each === 'bind' || each === 'rbind');
}

/** A source that is a path of the host: neither a tag, nor another host's (`host:/x`, `//host/share`), nor a mere name. */
export function isHostPath(src: string): boolean {
  return /^\/(?!\/)/.test(src);
}
