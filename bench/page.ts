/** The report as one page of HTML that needs nothing else: no script, no other file. */
import type { Row, Table } from './bench.ts';
import { isMet } from './figures.ts';
import { numberText, rangeText, ratioText, unitText } from './format.ts';
import type { Machine } from './machine.ts';
import { pageStyle } from './page-style.ts';
import type { Report } from './report.ts';

type Part = Report['benches'][number];

/** The page of a report. */
export function pageText({ date, command, rounds, machine, benches, lacking }: Report): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>kplay, measured</title>
<style>${pageStyle}</style>
<header>
<h1>kplay, measured</h1>
<p>Side by side on one machine, in one run, ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`},
${escape(date.slice(0, 16).replace('T', ' '))} UTC. Once more: <code>${escape(command)}</code></p>
</header>
<main>
${benches.map(sectionText).join('\n')}
${lackingText(lacking)}
</main>
<footer><h2>The machine</h2>
<dl>${machineRows(machine).map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`).join('')}</dl></footer>
</html>
`;
}

function lackingText(lacking: Report['lacking']): string {
  const items = lacking.map(({ name, lacks }) => `<li>${escape(name)}: ${escape(lacks.join('; '))}</li>`);
  return items.length > 0 ? `<section><h2>Left out</h2><ul>${items.join('')}</ul></section>` : '';
}

function sectionText({ name, title, about, tables, errors, seconds }: Part): string {
  return `<section id="${escape(name)}">
<h2>${escape(title)}</h2>
<p>${escape(about)}</p>
${errors.map((error) => `<p class="error">It failed: ${escape(error)}</p>`).join('')}
${tables.map(tableText).join('\n')}
<p class="small">Took ${numberText(seconds)} s.</p>
</section>`;
}

function tableText(table: Table): string {
  const most = Math.max(...table.rows.map(({ figure }) => figure), Number.MIN_VALUE);
  const judged = table.rows.some(({ ratio, asked }) => ratio !== undefined || asked !== undefined);
  return `<table>
<caption>${escape(table.title)} <span class="small">${escape(unitText(table))}</span></caption>
<thead><tr><th scope="col">Who</th><th scope="col" class="bar"><span class="hidden">Bar</span></th>
<th scope="col" class="number">${escape(table.unit)}</th>${judged ? '<th scope="col">Ratio</th>' : ''}</tr></thead>
<tbody>
${table.rows.map((row) => rowText(row, most, judged)).join('\n')}
</tbody>
</table>${table.note ? `\n<p class="small">${escape(table.note)}</p>` : ''}`;
}

function rowText(row: Row, most: number, judged: boolean): string {
  const width = Math.max(0, (row.figure / most) * 100).toFixed(2);
  const range = rangeText(row.samples);
  const cells = [
    `<th scope="row">${escape(row.who)}</th>`,
    `<td class="bar" aria-hidden="true"><i style="width:${width}%"></i></td>`,
    `<td class="number"><b>${numberText(row.figure)}</b>${range ? ` <span class="small">${range}</span>` : ''}</td>`,
    judged ? `<td>${verdictText(row)}</td>` : '',
  ];
  return `<tr${isOwn(row) ? ' class="own"' : ''}>${cells.join('')}</tr>`;
}

function verdictText(row: Row): string {
  const met = isMet(row);
  const verdict = met === undefined ? undefined : met ? 'met' : 'missed';
  const asked = row.asked === undefined ? '' : `<span class="${verdict ?? 'small'}">asked ${escape(row.asked)}${verdict ? `, ${verdict}` : ''}</span>`;
  return [ratioText(row), asked].filter(Boolean).join(' ');
}

function isOwn({ who }: Row): boolean {
  return /^kplay\b/.test(who);
}

function machineRows({ processors, processor, memory, kernel, load, system, node, versions }: Machine): readonly (readonly [string, string])[] {
  return [
    ['processors', `${processors} × ${processor}`], ['memory', `${(memory / 1024 ** 3).toFixed(1)} GiB`], ['load before', load.toFixed(1)],
    ['system', `${system}, Linux ${kernel}`], ['Node', node], ...Object.entries(versions),
  ];
}

/** Text that cannot become markup, in attributes neither. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
