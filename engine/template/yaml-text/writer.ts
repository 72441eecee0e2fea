/** The state of writing YAML text, by PyYAML's own steps, so that the result is the same letter by letter. */

export interface Writer {
  text: string;
  column: number;
  /** The last thing written was a blank or a line break. */
  whitespace: boolean;
  /** Nothing but indentation and indicators stands on the line so far. */
  indention: boolean;
  /** Of the collection that is being written; undefined at the root. */
  indent: number | undefined;
  flowLevel: number;
  readonly width: number;
  readonly step: number;
  readonly sortKeys: boolean;
  /** True: all flow; false: all block; undefined: flow for collections of scalars alone. */
  readonly flowStyle: boolean | undefined;
  readonly style: '"' | "'" | undefined;
}

export function write(w: Writer, text: string): void {
  w.text += text;
  w.column += text.length;
}

/** Writes `-`, `:`, `[` or the like, with a blank before it where one is needed. */
export function indicator(w: Writer, mark: string, needBlank: boolean, options: { whitespace?: boolean; indention?: boolean } = {}): void {
  write(w, w.whitespace || !needBlank ? mark : ` ${mark}`);
  w.whitespace = options.whitespace ?? false;
  w.indention = w.indention && (options.indention ?? false);
}

export function lineBreak(w: Writer, mark = '\n'): void {
  w.text += mark;
  w.whitespace = true;
  w.indention = true;
  w.column = 0;
}

/** Goes to the indentation of the current collection, on a new line unless the line is still empty. */
export function indentTo(w: Writer): void {
  const indent = w.indent ?? 0;
  if (!w.indention || w.column > indent || (w.column === indent && !w.whitespace)) lineBreak(w);
  if (w.column < indent) {
    w.whitespace = true;
    write(w, ' '.repeat(indent - w.column));
  }
}

/** Runs something one level deeper. */
export function indented(w: Writer, flow: boolean, indentless: boolean, run: () => void): void {
  const before = w.indent;
  if (before === undefined) w.indent = flow ? w.step : 0;
  else if (!indentless) w.indent = before + w.step;
  run();
  w.indent = before;
}
