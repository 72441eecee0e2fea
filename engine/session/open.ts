/** Opens a connection to a target, whatever its kind: the engine's `Connect`. */
import type { Connect } from './session.ts';
import type { Meter } from './wire.ts';

export interface ConnectOptions {
  /** Asked for the passphrase of an encrypted key file that no agent holds; undefined where nobody knows it. */
  readonly passphrase?: ((file: string) => Promise<string | undefined>) | undefined;
  /** Is told of all that is waited for; default nobody. */
  readonly meter?: Meter | undefined;
}

/** A `Connect` with options. */
export function connectWith(options: ConnectOptions): Connect {
  return async (target) => {
    if (target.connection === 'local') {
      const { connectLocal } = await import('./local.ts');
      return connectLocal(target, options);
    }
    // ssh is a large package: a run that needs none does not load it.
    const { connectSsh } = await import('./ssh.ts');
    return connectSsh(target, options);
  };
}

/** Connects by ssh or to the controller itself; throws {@link Unreachable}, and TextError for ssh options that are not supported. */
export const connect: Connect = connectWith({});
