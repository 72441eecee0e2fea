/** Failures as people need them: where, what, with which params, and the evidence. */
import type { Failure } from '../event/event.ts';
import type { Evidence } from '../module/module.ts';
import type { Failed } from '../module/carry-out.ts';
import { isHidden, metaOf } from '../module/explain.ts';
import type { Task } from '../playbook/playbook.ts';
import type { Unreachable } from '../session/session.ts';
import { excerpt, type TextError } from '../source/problem.ts';
import { placeText, type Span } from '../source/source.ts';
import type { TemplateError } from '../template/fault.ts';
import { toPlain } from './result.ts';

/** A module said no, or one of its steps did. */
export function callFailure(task: Task, failed: Failed, bound: { readonly raw: Readonly<Record<string, unknown>> }, evidence: readonly Evidence[], message: string | undefined): Failure {
  const { rc, stdout, stderr } = failed.result as { rc?: unknown; stdout?: unknown; stderr?: unknown };
  return {
    message: message ?? failed.message, hint: failed.hint, ...placeOf(task.action.span),
    params: shownParams(task, bound.raw),
    code: typeof rc === 'number' ? rc : undefined,
    stdout: typeof stdout === 'string' && stdout !== '' ? stdout : undefined,
    stderr: typeof stderr === 'string' && stderr !== '' ? stderr : undefined,
    evidence: evidence.length > 0 ? evidence : undefined,
  };
}

/** What stands in the playbook cannot be used on this host. */
export function textFailure(task: Task, error: TextError | TemplateError): Failure {
  if ('problems' in error) {
    const [first, ...rest] = error.problems;
    const message = [first!.message, ...rest.map((each) => each.message)].join('; ');
    return { message, hint: first!.hint, ...placeOf(first!.span ?? task.action.span) };
  }
  return { message: error.message, hint: error.hint, ...placeOf(error.span ?? task.action.span) };
}

/** The host is out of reach; the place is of no interest. */
export function unreachableFailure(error: Unreachable): Failure {
  return { message: error.message, hint: error.hint };
}

function placeOf(span: Span): Pick<Failure, 'place' | 'excerpt'> {
  return { place: placeText(span), excerpt: excerpt(span) };
}

/** Params with secret ones masked and long ones cut. */
function shownParams(task: Task, raw: Readonly<Record<string, unknown>>): unknown {
  if (task.action.kind !== 'module') return undefined;
  const shape = task.action.module.params.shape as Record<string, Parameters<typeof metaOf>[0]>;
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => {
    if (shape[name] && isHidden(metaOf(shape[name]))) return [name, '********'];
    const plain = toPlain(value);
    return [name, typeof plain === 'string' && plain.length > 500 ? `${plain.slice(0, 500)}… (${plain.length} characters)` : plain];
  }));
}
