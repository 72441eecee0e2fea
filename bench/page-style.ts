/** How the page looks: in light and dark, on a wide screen and on a phone. */
export const pageStyle = `
:root { --back: #fcfcfa; --text: #22252a; --faint: #666b73; --line: #dcdcd6; --bar: #a9aeb6; --own: #0b7a75; --met: #1c7a3a; --missed: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --back: #16181b; --text: #e4e6e9; --faint: #9aa0a8; --line: #33373d; --bar: #5b6169; --own: #35b8b0; --met: #5fc27e; --missed: #ff8a80 }
}
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 0 .25rem }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem }
p, dl { margin: .25rem 0 1rem }
code { font-size: .9em; overflow-wrap: anywhere }
.small { color: var(--faint); font-size: .85rem; font-weight: normal }
.met { color: var(--met) } .missed, .error { color: var(--missed) } .error { white-space: pre-wrap }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
table { width: 100%; border-collapse: collapse; margin: 1.25rem 0 .25rem; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding-bottom: .25rem }
thead { color: var(--faint); font-size: .85rem }
thead th { font-weight: normal; text-align: left }
th, td { padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); vertical-align: baseline }
tbody th { font-weight: normal; text-align: left }
thead .number, td.number { text-align: right; white-space: nowrap }
td.bar { width: 34% }
td.bar i { display: block; height: .8rem; min-width: 2px; border-radius: 2px; background: var(--bar) }
.own th { font-weight: 600 } .own td.bar i { background: var(--own) }
dl div { display: flex; gap: .75rem } dt { flex: 0 0 8rem; color: var(--faint) } dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 40rem) {
  thead { display: none }
  table, caption, tbody { display: block }
  tbody tr { display: grid; grid-template-columns: 1fr auto; padding: .5rem 0; border-top: 1px solid var(--line) }
  tbody th, tbody td { border: 0; padding: .1rem 0 }
  td.bar { grid-column: 1 / -1; grid-row: 2; width: auto }
  td:last-child:not(.number) { grid-column: 1 / -1; grid-row: 3 }
}
`;
