/** What the text after `=` means in an INI inventory. */
import type { Span } from '../source/source.ts';
import type { Tree } from '../source/tree.ts';
import { readLiteral } from './python-literal.ts';

/**
 * A value as Ansible types it: a Python literal where the text is one (`6443`, `True`, `[1, 2]`, `"6443"` with its
 * quotes is text), else the text itself (`yes`, `0644`). `place` gives the span of a part of the text.
 */
export function readIniValue(text: string, place: (start: number, end: number) => Span): Tree {
  return readLiteral(text, place) ?? { kind: 'scalar', value: text, text, style: 'plain', span: place(0, text.length) };
}
