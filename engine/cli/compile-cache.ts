/** Keeps what Node.js has compiled of kplay, so that the next start is quicker. Node.js 22 and newer can; with others nothing is kept. */
import { mkdirSync, statSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

/** Node.js 20 knows no such function, nor do its types. */
const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };

/** From then on what is imported is kept in the user's own cache folder. Where that is not to be had, all goes on without. */
export function keepCompiled(env: NodeJS.ProcessEnv = process.env): void {
  if (!enableCompileCache || env['NODE_COMPILE_CACHE']) return;
  try {
    const folder = path.join(env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'kplay', 'compiled');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (isOwn(folder)) enableCompileCache(folder);
  } catch {
    // A home that cannot be written is no reason not to run.
  }
}

/** True where nobody else can put anything there: it would be run. */
function isOwn(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}
