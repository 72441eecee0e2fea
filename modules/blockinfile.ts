/** Keeps a block of lines between two marker lines in a text file, or out of it. */
import { defineModule, flag, text, z } from '../engine/module/kit.ts';
import { withBlock } from './shared/edit-block.ts';
import { lookAtEdited, needFile, planEdit } from './shared/edit-file.ts';
import { attributeParams, keptFile } from './shared/file-attributes.ts';
import { bytesOf } from './shared/python-regex.ts';

export default defineModule({
  summary: 'Keep a block of lines between markers in a text file, or out of it',
  params: z.object({
    path: text().describe('text file on the host'),
    state: z.enum(['present', 'absent']).default('present').describe('whether the block is in the file; default present'),
    block: text().default('').describe('the lines; empty text takes the block out'),
    marker: text().default('# {mark} ANSIBLE MANAGED BLOCK').describe('marker line; {mark} stands for marker_begin and marker_end; default "# {mark} ANSIBLE MANAGED BLOCK"'),
    marker_begin: text().default('BEGIN').describe('what {mark} is in the first marker line; default BEGIN'),
    marker_end: text().default('END').describe('what {mark} is in the last marker line; default END'),
    insertafter: text().optional().describe('Python regular expression of the line, the last that matches, after which a new block goes, or EOF; default EOF'),
    insertbefore: text().optional().describe('regular expression of the line before which a new block goes, or BOF'),
    create: flag().default(false).describe('makes the file where it is not there; default no'),
    backup: flag().default(false).describe('keeps the old file beside the new one, with the time in its name; default no'),
    validate: text().optional().describe('command that must exit 0 before the file takes its place; %s stands for the new file'),
    prepend_newline: flag().default(false).describe('puts an empty line before the block where there is none; default no'),
    append_newline: flag().default(false).describe('puts an empty line after the block where there is none; default no'),
    ...attributeParams,
  }),
  aliases: { dest: 'path', destfile: 'path', name: 'path', content: 'block' },
  rules: [{ kind: 'exclusive', names: ['insertbefore', 'insertafter'] }],
  example: '- name: Name the members\n  blockinfile:\n    path: /etc/hosts\n    block: |\n      10.0.0.11 etcd1\n      10.0.0.12 etcd2',
  returns: { backup_file: 'with backup, the file that was kept', msg: 'what happened: File created, Block inserted, Block removed' },
  touches: ({ path }) => [path],
  inspect: (asked, probe) => lookAtEdited(asked.path, asked, probe),
  plan(asked, file) {
    if (asked.state === 'absent' && !file.stat) return { changes: [], result: { path: file.path, msg: `File ${file.path} not present` } };
    needFile(file, asked.create);
    const present = asked.state === 'present' && asked.block !== '';
    const content = withBlock(file.content ?? '', {
      block: present ? bytesOf(asked.block) : '',
      begin: bytesOf(asked.marker.replaceAll('{mark}', () => asked.marker_begin)),
      end: bytesOf(asked.marker.replaceAll('{mark}', () => asked.marker_end)),
      insertafter: asked.insertafter === undefined ? undefined : bytesOf(asked.insertafter),
      insertbefore: asked.insertbefore === undefined ? undefined : bytesOf(asked.insertbefore),
      prepend: asked.prepend_newline && asked.state === 'present',
      append: asked.append_newline && asked.state === 'present',
    });
    const [summary, msg] = !file.stat ? ['create', 'File created'] : present ? ['put the block into', 'Block inserted'] : ['take the block out of', 'Block removed'];
    return planEdit(file, { content, summary: summary!, msg: msg! }, asked);
  },
  output: (_asked, _found, steps) => (keptFile(steps) === undefined ? {} : { backup_file: keptFile(steps) }),
});
