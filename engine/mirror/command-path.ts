/** Where programs of this host are looked for. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const system = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/** The folders of PATH, then the system's, of which a root shell may lack some. `npm run` adds those of packages' programs, one is called `nft`: they are none of the host's. */
export function searched(given: string): string {
  const own = given.split(':').filter((folder) => folder !== '' && !/(^|\/)node_modules\/\.bin\/?$/.test(folder));
  return [...new Set([...own, ...system])].join(':');
}

/** PATH for programs of this host. */
export const commandPath = searched(process.env['PATH'] ?? '');

/** Whether a program is there, by its name or its path. */
export function commandExists(name: string, where = commandPath): boolean {
  return (name.startsWith('/') ? [name] : where.split(':').map((folder) => path.join(folder, name))).some((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
