/** What stands at a path of the controller. */
import { statSync } from 'node:fs';

/** Links are followed; undefined where nothing is there or it cannot be looked at. `other` is a pipe, a device. */
export function pathKind(file: string): 'file' | 'folder' | 'other' | undefined {
  try {
    const stat = statSync(file);
    return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other';
  } catch {
    // A long list of hosts is no path at all (ENAMETOOLONG), which is as good as nothing there.
    return undefined;
  }
}
