/** Hosts given right away, with commas: `-i a,b,`. */
import { addHost, hostNameFault, type Draft } from './draft.ts';
import { expandHosts } from './host-range.ts';

/** Adds the hosts of a list to the draft, each with its port where it gives one. */
export function readHostList(text: string, draft: Draft): void {
  const source = { name: '--inventory', text };
  let at = 0;
  for (const part of text.split(',')) {
    const name = part.trim();
    const start = at + part.indexOf(name);
    at += part.length + 1;
    if (name === '') continue;
    const span = { source, start, end: start + name.length };
    const expansion = expandHosts(name);
    const fault = 'fault' in expansion ? expansion.fault : hostNameFault(expansion.names[0]!);
    if ('fault' in expansion || fault) {
      draft.problems.push({ message: fault!, span, hint: 'hint' in expansion ? expansion.hint : undefined });
      continue;
    }
    for (const each of expansion.names) {
      const host = addHost(draft, each, 'ungrouped', { file: text }, span);
      if (expansion.port !== undefined && !host.vars.has('ansible_port')) host.vars.set('ansible_port', { data: expansion.port });
    }
  }
}
