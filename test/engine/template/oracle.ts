/** Asks Jinja2 itself, where python3 has it. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { folder, plain, type Answer, type Row } from './rows.ts';

const script = path.join(folder, 'oracle.py');

/** What the oracle of this machine knows: jinja2, ansible, netaddr; empty where there is none. */
export function oracleHas(): readonly string[] {
  const { status, stdout } = spawnSync('python3', [script, 'has'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split(' ') : [];
}

/** The oracle's answers to rows, in their order; undefined for rows that it cannot answer. */
export function askOracle(rows: readonly Row[]): (Answer | undefined)[] {
  const input = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const { status, stdout, stderr } = spawnSync('python3', [script, 'answer'], { encoding: 'utf8', input, maxBuffer: 1e9 });
  if (status !== 0) throw new Error(`the oracle failed: ${stderr}`);
  return stdout.split('\n').filter(Boolean).map((line) => (plain(JSON.parse(line)) as Answer | null) ?? undefined);
}
