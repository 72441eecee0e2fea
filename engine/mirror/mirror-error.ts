/** What is said of a mirror folder or its server that does not do what was asked. */

/** The mirror cannot do it: `message` says what is so, `hint` what to do about it. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
