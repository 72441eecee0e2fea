/** What a script answered, as plain data within bounds. */
import { TextError, type Problem } from '../source/problem.ts';
import type { Source } from '../source/source.ts';

const maxDepth = 100;

/** The JSON object in a text. `name` is what was run, for messages. Throws TextError for anything else, marked in the answer where that helps. */
export function parseAnswer(name: string, text: string): Readonly<Record<string, unknown>> {
  const source = { name: `the answer of ${name}`, text };
  if (text.trim() === '') throw new TextError({ message: `${source.name} is empty`, hint: 'an inventory script prints a JSON object' });
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new TextError({ ...notJson(source, (error as Error).message), hint: 'an inventory script prints one JSON object and nothing else to stdout' });
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new TextError({ message: 'an inventory script answers with a JSON object', span: { source, start: 0, end: 1 } });
  refuseDepth(source);
  return data as Readonly<Record<string, unknown>>;
}

/** Where the parser says at which position it stopped, the place is marked; else its own words must do. */
function notJson(source: Source, reason: string): Problem {
  const at = /unexpected end/i.test(reason) ? source.text.trimEnd().length : Number(/at position (\d+)/.exec(reason)?.[1] ?? Number.NaN);
  if (Number.isNaN(at)) return { message: `${source.name} is not valid JSON: ${reason.slice(0, 200)}` };
  return { message: 'not valid JSON', span: { source, start: at, end: at + 1 } };
}

/** Data nested deeper than this would overflow those who walk through it. */
function refuseDepth(source: Source): void {
  let depth = 0;
  for (const match of source.text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/g)) {
    if (match[0] === '[' || match[0] === '{') depth++;
    else if (match[0] === ']' || match[0] === '}') depth--;
    if (depth > maxDepth) throw new TextError({ message: `nested deeper than ${maxDepth} levels`, span: { source, start: match.index, end: match.index + 1 } });
  }
}
