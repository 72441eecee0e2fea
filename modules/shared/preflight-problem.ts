/** What preflight finds wrong, and the table in which it says so. */

/** Every check, by the word that leaves it out. */
export const preflightChecks = [
  'reachable', 'inventory', 'version', 'cpus', 'memory', 'os', 'kernel', 'systemd', 'cgroup', 'swap', 'disk', 'hostname', 'machine_id', 'product_uuid', 'mac', 'address',
  'clock', 'ports', 'networks', 'peers', 'endpoint', 'vip',
] as const;

export type PreflightCheck = (typeof preflightChecks)[number];

/** One thing that is not as it has to be. */
export interface Problem {
  /** Hosts of the inventory; none for what is wrong with the variables. */
  readonly hosts: readonly string[];
  readonly check: PreflightCheck;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}

/** Titles, and the widest that a column gets: longer texts go on in the next line. */
const columns = [['HOST', 24], ['CHECK', 12], ['FOUND', 38], ['EXPECTED', 34], ['REMEDY', 44]] as const;

/** The table; hosts with the same problem share a row. */
export function problemTable(problems: readonly Problem[]): string[] {
  const rows = together(problems).map(({ hosts, check, found, expected, remedy }) => [hosts.join(' ') || '(cluster)', check, found, expected, remedy]);
  const cells = [columns.map(([title]) => title), ...rows].map((row) => row.map((text, at) => wrapped(oneLine(text), columns[at]![1])));
  const widths = columns.map((_, at) => Math.max(...cells.flatMap((row) => row[at]!.map((line) => line.length))));
  return cells.flatMap((row) => Array.from({ length: Math.max(...row.map((cell) => cell.length)) }, (_, line) => row.map((cell, at) => (cell[line] ?? '').padEnd(widths[at]!)).join('  ').trimEnd()));
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** How many, in words: `3 problems on 2 hosts`. */
export function countWords(problems: readonly Problem[]): string {
  const rows = together(problems).length;
  const hosts = new Set(problems.flatMap((each) => each.hosts)).size;
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  return hosts === 0 ? count(rows, 'problem') : `${count(rows, 'problem')} on ${count(hosts, 'host')}`;
}

function together(problems: readonly Problem[]): Problem[] {
  const rows = new Map<string, Problem>();
  for (const each of problems) {
    const key = JSON.stringify([each.check, each.found, each.expected, each.remedy]);
    const row = rows.get(key);
    rows.set(key, row ? { ...row, hosts: [...row.hosts, ...each.hosts] } : each);
  }
  return [...rows.values()];
}

/** A cell holds what a host has said: one line, no controls, not endless. */
function oneLine(text: string): string {
  const line = text.replace(/[\x00-\x1f\x7f-\x9f\s]+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
