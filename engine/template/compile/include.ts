/** `{% include %}` and `{% import %}` to closures. The files come from the evaluation's {@link Env}. */
import { iterate, known } from '../convert.ts';
import { caught, Fault, placed } from '../fault.ts';
import { Namespace } from '../globals.ts';
import type { ImportStatement, IncludeStatement } from '../syntax/ast.ts';
import { orElse, Undefined, type Spot, type Value } from '../value.ts';
import { compileExpr, spotOf, type Context } from './expression.ts';
import { fileProgram } from './file.ts';
import { Frame, type Run } from './frame.ts';
import { Output } from './output.ts';
import type { Program } from './program.ts';
import type { Step } from './statement.ts';
import { inSource } from './where.ts';

export function compileInclude(statement: IncludeStatement, context: Context): Step {
  const template = compileExpr(statement.template, context);
  const spot = spotOf(statement.template, context);
  return (frame, out) => {
    const program = find(frame, template, spot, statement.ignoreMissing);
    if (program) frame.top.within(() => runProgram(program, statement.context ? frame.inner() : new Frame(frame.top), out));
    return undefined;
  };
}

export function compileImport(statement: ImportStatement, context: Context): Step {
  const template = compileExpr(statement.template, context);
  const spot = spotOf(statement.template, context);
  return (frame) => {
    const program = find(frame, template, spot, false)!;
    const inside = statement.context ? frame.inner() : new Frame(frame.top);
    frame.top.within(() => runProgram(program, inside, new Output()));
    const made = inside.own();
    if (statement.as !== undefined) frame.set(statement.as, new Namespace(Object.fromEntries(made)));
    for (const { name, as } of statement.names) frame.set(as, orElse(made.get(name), () => new Undefined(name, 'the imported template does not set it', spot)));
    return undefined;
  };
}

/** The first of the named templates that is there. */
function find(frame: Frame, template: Run, spot: Spot, ignoreMissing: boolean): Program | undefined {
  try {
    const value: Value = known(template(frame));
    const names = Array.isArray(value) ? iterate(value) : [value];
    const { load } = frame.top.env;
    if (!load) throw new Fault('templates cannot be included here', 'include them from a template file');
    for (const name of names) {
      const source = typeof name === 'string' ? load(name) : undefined;
      if (!source) continue;
      const { program } = fileProgram(source, {}, true);
      (frame.top.places ??= new Map()).set(program, inSource(source));
      const [flaw] = program.flaws;
      if (flaw) throw new Fault(flaw.message, flaw.hint, { unit: program, start: flaw.start, end: flaw.end });
      return program;
    }
    if (ignoreMissing) return undefined;
    throw new Fault(`there is no template ${names.map((name) => `"${String(name)}"`).join(' or ')}`);
  } catch (error) {
    throw caught(error, spot);
  }
}

function runProgram(program: Program, frame: Frame, out: Output): void {
  try {
    if (program.value) out.put(program.value(frame));
    else program.body!(frame, out);
  } catch (error) {
    throw placed(error, { unit: program, start: 0, end: program.text.length });
  }
}
