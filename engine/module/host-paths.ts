/** Paths of a host as text. */
import path from 'node:path/posix';

/** Without `.`, `..`, doubled slashes and one at the end. */
export function plainPath(at: string): string {
  return path.normalize(at).replace(/(.)\/+$/, '$1');
}

/** The folders above a path, nearest last, without `/` and `.`. */
export function foldersAbove(at: string): string[] {
  const folders: string[] = [];
  for (let each = path.dirname(at); each !== '/' && each !== '.' && !folders.includes(each); each = path.dirname(each)) folders.unshift(each);
  return folders;
}
