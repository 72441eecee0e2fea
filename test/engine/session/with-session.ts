/** Sessions for tests: in every shell that is installed here, each with a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connectLocal } from '../../../engine/session/local.ts';
import { textOf, type Result, type Session } from '../../../engine/session/session.ts';
import { shells } from './shells.ts';

/** Opens a session in a shell and a folder; both are gone afterwards. */
export async function withSession(shell: string, use: (session: Session, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kplay-local-'));
  const connection = await connectLocal({ host: 'here' }, { sh: shell });
  try {
    await use(await connection.session(), folder);
  } finally {
    await connection.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One test in every shell at once. */
export function inEachShell(title: string, run: (t: ExecutionContext, session: Session, folder: string, shell: string) => Promise<void>): void {
  test.serial(`${title} (${shells.join(', ')})`, async (t) => {
    await Promise.all(
      shells.map((shell) =>
        withSession(shell, (session, folder) => run(t, session, folder, shell)).catch((error: unknown) => {
          throw new Error(`in ${shell}`, { cause: error });
        }),
      ),
    );
  });
}

/** Code and both outputs as text. */
export const brief = ({ code, stdout, stderr }: Result): [number, string, string] => [code, textOf(stdout), textOf(stderr)];
