/** Mounts of this host. */
import { readFileSync } from 'node:fs';
import { run } from './command.ts';
import { LabError } from './lab-error.ts';
import { until } from './process.ts';

export interface Mount {
  readonly at: string;
  /** Type of the file system, such as "overlay" or "cgroup2". */
  readonly type: string;
}

/** All mounts in the order they were made. */
export function mounts(text = readFileSync('/proc/self/mountinfo', 'utf8')): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const words = line.split(' ');
    const dash = words.indexOf('-', 6);
    const at = words[4]?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    return dash > 0 && at ? [{ at, type: words[dash + 1]! }] : [];
  });
}

export function isMounted(path: string): boolean {
  return mounts().some(({ at }) => at === path);
}

/** Mounts an overlay; throws a LabError, with what to do where the folder itself lies on an overlay. */
export async function mountOverlay(source: string, lower: string, upper: string, work: string, at: string): Promise<void> {
  const { code, stderr } = await run(['mount', '-t', 'overlay', source, '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, at]);
  if (code === 0) return;
  throw new LabError(
    `cannot mount an overlay on ${at}: ${stderr.trim()}`,
    'the folder of the lab must lie on a file system such as ext4 or xfs, not on an overlay (as in a container): set lab_dir',
  );
}

/** Unmounts all that is mounted on a path; what stays busy for 5 seconds is detached and goes when its last user ends. */
export async function unmount(at: string): Promise<void> {
  const gone = await until(async () => !isMounted(at) || (await run(['umount', at])).code !== 0 ? !isMounted(at) : false, 5);
  if (!gone) await run(['umount', '--lazy', at]);
}
