/** The colours of all output: Ansible's. */
import type { Status } from '../event/event.ts';

const codes = {
  ok: '32', changed: '33', failed: '31', unreachable: '91', skipped: '36', unknown: '35',
  warning: '95', added: '32', removed: '31', hunk: '36', title: '1', dim: '2',
} as const;

/** Paints a text as what it tells; without colour the text itself. */
export type Style = (role: keyof typeof codes | Status, text: string) => string;

/** A style that paints, or one that leaves all text as it is. */
export function openStyle(color: boolean): Style {
  if (!color) return (_role, text) => text;
  return (role, text) => (text === '' ? '' : `\x1b[${codes[role]}m${text}\x1b[0m`);
}

/** Whether to use colour: FORCE_COLOR, then NO_COLOR (https://no-color.org), then whether it is a terminal that can. */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, isTTY: boolean): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return isTTY && env['TERM'] !== 'dumb';
}
