/** Opens a connection to a target, whatever its kind: the engine's `Connect`. */
import type { Connect } from './session.ts';

/** Connects by ssh or to the controller itself; throws {@link Unreachable}, and TextError for options that are not supported. */
export const connect: Connect = async (target) => {
  if (target.connection === 'local') {
    const { connectLocal } = await import('./local.ts');
    return connectLocal(target);
  }
  // ssh is a large package: a run that needs none does not load it.
  const { connectSsh } = await import('./ssh.ts');
  return connectSsh(target);
};
