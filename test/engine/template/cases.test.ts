/** Rows of expressions and templates, each with the answer that Jinja2 gave when it was recorded (see oracle.py). */
import test from 'ava';
import { answer, readRows, rowFiles, type Row } from './rows.ts';

for (const name of rowFiles()) {
  test(`gives what Jinja2 gives: ${name.replace('.jsonl', '')}`, (t) => {
    for (const row of readRows(name)) t.like({ row: shown(row), ...ours(row) }, { row: shown(row), ...expected(row) });
  });
}

function ours(row: Row): object {
  const given = answer(row);
  return 'fails' in given ? { fails: true } : given;
}

function expected(row: Row): object {
  if (row.instead !== undefined) return row.instead as object;
  if (row.fails !== undefined) return { fails: true };
  return { ...('gives' in row ? { gives: row.gives } : {}), shows: row.shows };
}

function shown(row: Row): string {
  return row.text ?? row.template ?? row.file ?? '';
}
