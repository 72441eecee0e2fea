/** Playbooks made by chance, of tasks on a few paths that get in each other's way. */
import type { Files } from './play.ts';

/** A generator of numbers below a limit: the same for the same seed. */
function chance(seed: number): (below: number) => number {
  let state = seed * 2654435761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    state ^= state >>> 13;
    return (state >>> 0) % below;
  };
}

const paths = ['a', 'a/b', 'a/b/f', 'a/f', 'f', 'g', 'c', 'c/d', 'c/d/e', 'l', 'l/f', 'l/d', 'c/f'];
const modes = ['"0644"', '"0600"', '"0755"', '"4755"', '"2755"', '"u=rwX,g=rX,o="'];

/** The files of a play with twelve tasks; some of them fail. */
export function randomPlaybook(seed: number): Files {
  const below = chance(seed);
  const pick = <T>(all: readonly T[]): T => all[below(all.length)]!;
  const place = (): string => `"{{ dir }}/${pick(paths)}"`;
  const mode = (): string => (below(2) ? `, mode: ${pick(modes)}` : '');
  const owner = (): string => (below(5) ? '' : `, owner: ${pick(['root', '"1"', 'daemon'])}`);
  const modules: readonly (() => string)[] = [
    () => `file: {path: ${place()}, state: directory${mode()}${owner()}}`,
    () => `file: {path: ${place()}, state: directory${mode()}}`,
    () => `file: {path: ${place()}, state: absent}`,
    () => `file: {path: ${place()}${mode()}${owner()}}`,
    () => `file: {path: ${place()}, state: touch, modification_time: preserve, access_time: preserve${mode()}}`,
    () => `file: {path: "{{ dir }}/l", src: ${place()}, state: link, force: ${below(2) === 1}}`,
    () => `copy: {content: "text ${below(3)}", dest: ${place()}${mode()}${owner()}}`,
    () => `copy: {content: "text ${below(3)}", dest: ${place()}${below(3) ? '' : ', backup: true'}${below(4) ? '' : ', force: false'}}`,
    () => `copy: {src: file.txt, dest: ${below(2) ? place() : `"{{ dir }}/${pick(paths)}/"`}${mode()}}`,
    () => `template: {src: t.j2, dest: ${place()}${mode()}}`,
    () => `lineinfile: {path: ${place()}, line: "key=${below(4)}", regexp: "^key=", create: ${below(3) > 0}${mode()}}`,
    () => `lineinfile: {path: ${place()}, line: "line ${below(3)}", create: true}`,
    () => `blockinfile: {path: ${place()}, block: "block ${below(3)}", create: true}`,
    () => `command: ls ${place()}`,
  ];
  const plain = (): string => {
    const lines = [`- ${pick(modules)()}`];
    if (below(6) === 0) lines.push('  loop: [1, 2]');
    if (below(3)) lines.push('  ignore_errors: true');
    if (below(8) === 0) lines.push('  when: inventory_hostname == "other"');
    if (below(8) === 0) lines.push('  register: seen');
    if (below(10) === 0) lines.push('  notify: handle');
    return lines.join('\n');
  };
  const task = (): string => {
    if (below(7)) return plain();
    const list = (count: number): string => Array.from({ length: count }, plain).join('\n').split('\n').map((line) => `    ${line}`).join('\n');
    return `- block:\n${list(2)}\n  rescue:\n${list(2)}${below(2) ? `\n  always:\n${list(1)}` : ''}`;
  };
  const tasks = Array.from({ length: 12 }, task).join('\n');
  return {
    'site.yml': `- hosts: web\n  gather_facts: false\n  tasks:\n${tasks.split('\n').map((line) => `    ${line}`).join('\n')}\n  handlers:\n    - name: handle\n      lineinfile: {path: "{{ dir }}/handled", line: handled, create: true}\n`,
    'templates/t.j2': 'of {{ inventory_hostname }}\n',
    'files/file.txt': 'a file\n',
  };
}
