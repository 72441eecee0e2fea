/** YAML text to trees with spans; the only file that knows the yaml package. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node, type Pair, type Scalar as YamlScalar } from 'yaml';
import type { Problem } from './problem.ts';
import { TextError } from './problem.ts';
import { resolvePlain } from './scalar.ts';
import type { Source, Span } from './source.ts';
import type { Entry, Mapping, Scalar, Tree } from './tree.ts';

/** Bounds that keep hostile text from taking the machine's time or memory. */
export const limits = { bytes: 4 * 1024 * 1024, nodes: 500_000, depth: 100 } as const;

interface Reader {
  readonly source: Source;
  readonly document: Document.Parsed;
  readonly problems: Problem[];
  nodes: number;
}

/**
 * Reads one YAML document by YAML 1.1's rules for plain scalars, as Ansible does. Gives undefined for an empty text.
 * Throws TextError with every problem: syntax, duplicate keys, unknown anchors, text too large or too deep.
 */
export function parseYaml(source: Source): Tree | undefined {
  if (source.text.length > limits.bytes) {
    throw new TextError({ message: `${source.name} is larger than ${limits.bytes / 1024 / 1024} MiB, which no playbook or inventory is`, span: { source, start: 0, end: 1 } });
  }
  refuseDepth(source);
  const documents = parseDocuments(source) as Document.Parsed[];
  if (documents.length === 0) return undefined;
  const document = documents[0]!;
  const reader: Reader = { source, document, problems: [], nodes: 0 };
  // What follows the first mistake is mostly its echo.
  const error = documents.flatMap((each) => each.errors)[0];
  if (error) throw new TextError(syntaxProblem(source, error));
  if (documents.length > 1) {
    const start = documents[1]!.range[0];
    reader.problems.push({ message: 'a second document begins here; one file holds one document', span: { source, start, end: start + 3 }, hint: 'remove the `---` or move the second document to a file of its own' });
  }
  if (reader.problems.length > 0) throw new TextError(reader.problems);
  if (!document.contents) return undefined;
  const tree = read(reader, document.contents, 0, new Set());
  if (reader.problems.length > 0) throw new TextError(reader.problems);
  return tree;
}

/** The package parses recursively, so that its stack is the last bound on depth. */
function parseDocuments(source: Source): ReturnType<typeof parseAllDocuments> {
  try {
    return parseAllDocuments(source.text, { schema: 'failsafe', merge: false, uniqueKeys: false, lineCounter: new LineCounter(), prettyErrors: false, strict: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TextError({ message: `nested deeper than ${limits.depth} levels`, span: { source, start: 0, end: 1 } });
  }
}

function read(reader: Reader, node: Node, depth: number, open: ReadonlySet<Node>): Tree {
  const span = spanOf(reader, node);
  if (++reader.nodes > limits.nodes) throw new TextError({ message: `more than ${limits.nodes} values; aliases that stand for each other grow like this`, span });
  if (depth > limits.depth) throw new TextError({ message: `nested deeper than ${limits.depth} levels`, span });
  if (isAlias(node)) {
    const target = node.resolve(reader.document);
    if (!target) return problem(reader, span, `no anchor "&${node.source}" stands before this alias`);
    if (open.has(target)) throw new TextError({ message: `alias "*${node.source}" stands inside its own anchor`, span });
    return read(reader, target, depth + 1, open);
  }
  if (isScalar(node)) return readScalar(reader, node, span);
  const inner = new Set(open).add(node);
  if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => read(reader, (item ?? emptyNode(node)) as Node, depth + 1, inner)), span };
  if (isMap(node)) return readMap(reader, node.items as Pair[], span, depth, inner);
  throw new TextError({ message: 'this YAML construct is not supported', span });
}

function readMap(reader: Reader, pairs: readonly Pair[], span: Span, depth: number, open: ReadonlySet<Node>): Mapping {
  const entries: Entry[] = [];
  const merged: Entry[] = [];
  const seen = new Map<string, Span>();
  for (const pair of pairs) {
    const key = pair.key as Node | null;
    if (!key) continue;
    if (isMap(key) || isSeq(key)) {
      reader.problems.push(bracesProblem(spanOf(reader, key), reader.source));
      continue;
    }
    const name = read(reader, key, depth + 1, open) as Scalar;
    const value = pair.value ? read(reader, pair.value as Node, depth + 1, open) : nothing(name.span);
    if (name.text === '<<' && name.style === 'plain') {
      merged.push(...mergedEntries(reader, value, name.span));
      continue;
    }
    const before = seen.get(name.text);
    if (before) reader.problems.push({ message: `the key "${name.text}" stands twice in this mapping`, span: name.span, hint: `first at line ${lineOf(reader, before)}` });
    seen.set(name.text, name.span);
    entries.push({ key: name, value });
  }
  for (const entry of merged) {
    if (seen.has(entry.key.text)) continue;
    seen.set(entry.key.text, entry.key.span);
    entries.push(entry);
  }
  return { kind: 'map', entries, span };
}

/** `<<: *base`, or a list of mappings of which earlier ones win. */
function mergedEntries(reader: Reader, value: Tree, span: Span): readonly Entry[] {
  if (value.kind === 'map') return value.entries;
  if (value.kind === 'list' && value.items.every((item) => item.kind === 'map')) return value.items.flatMap((item) => (item as Mapping).entries);
  reader.problems.push({ message: '`<<` merges a mapping or a list of mappings', span });
  return [];
}

function readScalar(reader: Reader, node: YamlScalar, span: Span): Scalar {
  const tag = readTag(reader, node.tag, span);
  const value = String(node.value ?? '');
  if (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL') return { kind: 'scalar', value, text: value, style: 'block', tag, span };
  if (node.type !== 'PLAIN') return { kind: 'scalar', value, text: value, style: 'quoted', tag, span };
  const forced = node.tag === '!!str' || node.tag === 'tag:yaml.org,2002:str' || tag !== undefined;
  return { kind: 'scalar', value: forced ? value : resolvePlain(value), text: value, style: 'plain', tag, span };
}

const knownTags = ['tag:yaml.org,2002:str', 'tag:yaml.org,2002:int', 'tag:yaml.org,2002:float', 'tag:yaml.org,2002:bool', 'tag:yaml.org,2002:null', '!!str', '!!int', '!!float', '!!bool', '!!null'];

function readTag(reader: Reader, tag: string | undefined, span: Span): Scalar['tag'] {
  if (tag === undefined || knownTags.includes(tag)) return undefined;
  if (tag === '!unsafe') return 'unsafe';
  if (tag === '!vault') {
    reader.problems.push({ message: 'values encrypted with ansible-vault are not supported yet', span, hint: 'keep the secret in a file of mode 0600 outside the repository and pass it with -e @FILE' });
    return 'vault';
  }
  reader.problems.push({ message: `unknown YAML tag "${tag}"`, span, hint: 'known: !unsafe' });
  return undefined;
}

function syntaxProblem(source: Source, error: { code: string; message: string; pos: [number, number] }): Problem {
  const span = { source, start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) };
  const text = source.text.slice(span.start);
  const line = source.text.slice(source.text.lastIndexOf('\n', span.start - 1) + 1).split('\n', 1)[0]!;
  const message = error.message.replace(/ at line \d+, column \d+:?\s*$/s, '').replace(/\.$/, '');
  const hint = error.code === 'TAB_AS_INDENT' || line.startsWith('\t') ? 'YAML is indented with spaces, never with tabs'
    : /:\s+\{\{/.test(line) ? 'a value that begins with {{ must be quoted: "{{ … }}"'
    : error.code === 'BLOCK_AS_IMPLICIT_KEY' || /Nested mappings/.test(message) ? 'a value that holds ": " must be quoted'
    : /Unexpected flow-\w+-start at node end/.test(message) ? 'text that holds [ or { inside of braces must be quoted'
    : text.startsWith('%') || text.startsWith('@') || text.startsWith('`') ? 'a value that begins with %, @ or ` must be quoted' : undefined;
  return { message: `not valid YAML: ${message}`, span, hint };
}

/** `key: {{ name }}` without quotes is a mapping inside a mapping to YAML. */
function bracesProblem(span: Span, source: Source): Problem {
  if (source.text.slice(Math.max(0, span.start - 1), span.start + 1).includes('{{') || source.text[span.start] === '{') {
    return { message: 'a template without quotes is a mapping to YAML', span, hint: 'quote the whole value: "{{ … }}"' };
  }
  return { message: 'a key must be a single value', span };
}

/** Brackets nested past the limit overflow any recursive parser's stack, so they are counted before it sees them. */
function refuseDepth(source: Source): void {
  let depth = 0;
  for (let at = 0; at < source.text.length; at++) {
    const char = source.text.charCodeAt(at);
    if (char === 91 || char === 123) depth++;
    else if (char === 93 || char === 125) depth = Math.max(0, depth - 1);
    else if (char === 10 && depth > 0 && depth <= limits.depth) continue;
    if (depth > limits.depth * 10) throw new TextError({ message: `nested deeper than ${limits.depth} levels`, span: { source, start: at, end: at + 1 } });
  }
  const indent = /\n( {2000,}|(?:- ){100,})\S/.exec(`\n${source.text}`);
  if (indent) throw new TextError({ message: `nested deeper than ${limits.depth} levels`, span: { source, start: indent.index, end: indent.index + 1 } });
}

function spanOf(reader: Reader, node: Node): Span {
  const [start, end] = node.range ?? [0, 1];
  return { source: reader.source, start, end: Math.max(end, start) };
}

function lineOf(reader: Reader, span: Span): number {
  return reader.source.text.slice(0, span.start).split('\n').length;
}

function nothing(span: Span): Scalar {
  return { kind: 'scalar', value: null, text: '', style: 'plain', span };
}

function emptyNode(node: Node): Node {
  return { ...node } as Node;
}

function problem(reader: Reader, span: Span, message: string): Scalar {
  reader.problems.push({ message, span });
  return nothing(span);
}
