/** Conditions: whether they hold, do not, or only the run can tell. */
import type { Condition } from '../playbook/playbook.ts';
import { truth } from '../template/convert.ts';
import type { Env, Scope } from '../template/registry.ts';
import { Unknown } from '../template/value.ts';

export type Verdict = { readonly kind: 'yes' } | { readonly kind: 'no'; readonly text: string } | { readonly kind: 'unknown'; readonly because: string };

/** All conditions in order, up to the first that does not hold; one that is false outweighs an unknown one. */
export function judge(conditions: readonly Condition[], scope: Scope, environment: Env): Verdict {
  let unknown: Unknown | undefined;
  for (const { text, expression } of conditions) {
    const value = expression.evaluate(scope, environment);
    if (value instanceof Unknown && value.truth === undefined) unknown ??= value;
    else if (!truth(value)) return { kind: 'no', text };
    if (unknown) break;
  }
  return unknown ? { kind: 'unknown', because: unknown.because } : { kind: 'yes' };
}
