/** What a lab command says when this machine or one of the lab's machines does not do what was asked. */

/** The lab cannot do it: `message` says what is so, `hint` what to do about it. Not for wrong inventories: those are TextErrors. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
