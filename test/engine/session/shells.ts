/** The shells that a host's /bin/sh may be, where they are installed here. */
import { spawnSync } from 'node:child_process';

const known = ['dash', 'bash --posix', 'busybox ash', 'mksh'];

/** Each with its arguments, as `createShell` takes it; /bin/sh itself where none of them is here. */
export const shells: readonly string[] = known.some(isHere) ? known.filter(isHere) : ['/bin/sh'];

/** Those that were looked for and are not here. */
export const absentShells: readonly string[] = known.filter((shell) => !isHere(shell));

function isHere(shell: string): boolean {
  return spawnSync('/bin/sh', ['-c', `${shell} -c true`]).status === 0;
}
