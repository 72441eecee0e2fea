/** Names of params that came by rendering. */
import type { Module } from '../module/module.ts';
import { isOpen } from '../playbook/check-args.ts';
import { nearestHint } from '../source/nearest.ts';
import { TextError } from '../source/problem.ts';
import type { Span } from '../source/source.ts';

/** Throws TextError for a name that the module does not have. */
export function checkUnknownName(name: string, module: Module, field: string, span: Span): void {
  if (field in module.params.shape || isOpen(module)) return;
  throw new TextError({ message: `"${name}" has no param "${field}"`, span, hint: nearestHint(field, Object.keys(module.params.shape)) });
}
