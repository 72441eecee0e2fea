/** YAML that modules take as text: documents as plain values, read by the rules that playbooks are read by. */
import { placeText } from '../source/source.ts';
import { TextError } from '../source/problem.ts';
import { plain } from '../source/tree.ts';
import { parseYaml } from '../source/yaml.ts';
import { ModuleFailure } from './change.ts';

/**
 * The documents of a text, empty ones left out; `name` is what messages call the text. JSON is taken too. Throws ModuleFailure
 * with the places of what is wrong, and without the lines themselves, since they may hold secrets.
 */
export function readYaml(text: string, name: string): unknown[] {
  const whole = text.replace(/^\ufeff/, '');
  const json = readJson(whole);
  if (json !== undefined) return [json];
  try {
    return documentsOf(whole).flatMap((document) => {
      const tree = parseYaml({ name, text: document });
      return tree === undefined ? [] : [plain(tree)];
    }).filter((value) => value !== null && value !== '');
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    throw new ModuleFailure(error.problems.slice(0, 3).map(({ message, span }) => (span ? `${placeText(span)}: ${message}` : message)).join('; '));
  }
}

/** JSON may be indented by tabs, which YAML does not take. */
function readJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text at each `---`, with as many empty lines before it as keep its line numbers true. */
function documentsOf(text: string): string[] {
  const documents: string[] = [];
  let lines: string[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const mark = /^---(?=\s|$)(.*)$/.exec(line);
    if (!mark) {
      lines.push(line);
      continue;
    }
    documents.push(lines.join('\n'));
    // What may stand behind the mark belongs to the document; a comment does too.
    lines = [...Array.from({ length: at }, () => ''), `   ${mark[1]}`.replace(/^\s*$/, '')];
  }
  return [...documents, lines.join('\n')].filter((document) => /^(?!\s*(#|$))/m.test(document));
}
