/** Keeps one line in a text file, or out of it. */
import { defineModule, flag, ModuleFailure, text, z } from '../engine/module/kit.ts';
import { attributeParams, keptFile } from './shared/file-attributes.ts';
import { lookAtEdited, needFile, planEdit } from './shared/edit-file.ts';
import { presentLine, withoutLines, type LineAsked } from './shared/edit-line.ts';
import { bytesOf } from './shared/python-regex.ts';

export default defineModule({
  summary: 'Keep one line in a text file, or out of it',
  params: z.object({
    path: text().describe('text file on the host'),
    state: z.enum(['present', 'absent']).default('present').describe('whether the line is in the file; default present'),
    line: text().optional().describe('the line; needed for state present'),
    regexp: text().optional().describe('Python regular expression of the line that is replaced, the last that matches; with state absent of all lines that go'),
    search_string: text().optional().describe('plain text instead of regexp'),
    insertafter: text().optional().describe('regular expression of the line, the last that matches, after which a new line goes, or EOF; default EOF'),
    insertbefore: text().optional().describe('regular expression of the line before which a new line goes, or BOF'),
    firstmatch: flag().default(false).describe('the first line that matches counts instead of the last; default no'),
    backrefs: flag().default(false).describe('line may hold \\1 and \\g<name> of regexp; nothing changes where regexp does not match; default no'),
    create: flag().default(false).describe('makes the file where it is not there; default no'),
    backup: flag().default(false).describe('keeps the old file beside the new one, with the time in its name; default no'),
    validate: text().optional().describe('command that must exit 0 before the file takes its place; %s stands for the new file'),
    ...attributeParams,
  }),
  aliases: { dest: 'path', destfile: 'path', name: 'path', regex: 'regexp', value: 'line' },
  rules: [
    { kind: 'exclusive', names: ['insertbefore', 'insertafter'] },
    { kind: 'exclusive', names: ['regexp', 'search_string'] },
    { kind: 'requiredIf', name: 'state', value: 'present', names: ['line'] },
    { kind: 'requiredIf', name: 'backrefs', value: true, names: ['regexp'] },
  ],
  example: '- name: Prefer memory to swap\n  lineinfile:\n    path: /etc/sysctl.conf\n    regexp: "^vm.swappiness"\n    line: vm.swappiness = 10',
  returns: { backup: 'with backup, the file that was kept', msg: 'what happened: line added, line replaced, 2 line(s) removed', found: 'with state absent, lines that matched' },
  touches: ({ path }) => [path],
  inspect: (asked, probe) => lookAtEdited(asked.path, asked, probe),
  plan(asked, file) {
    const { line, regexp, search_string, insertafter, insertbefore, firstmatch, backrefs } = asked;
    if (asked.state === 'absent') {
      if (line === undefined && regexp === undefined && search_string === undefined) throw new ModuleFailure('state absent needs line, regexp or search_string');
      if (file.content === undefined) return { changes: [], result: { msg: 'file not present' } };
      const { content, found } = withoutLines(file.content, asLine({ line, regexp, search: search_string }));
      return planEdit(file, { content, summary: `remove ${found} ${found === 1 ? 'line' : 'lines'} from`, msg: `${found} line(s) removed`, result: { found } }, asked);
    }
    if (line === undefined) throw new ModuleFailure('state present needs line');
    if (backrefs && regexp === undefined) throw new ModuleFailure('backrefs needs regexp');
    needFile(file, asked.create);
    const edit = presentLine(file.content ?? '', { ...asLine({ line, regexp, search: search_string, insertafter, insertbefore }), line: bytesOf(line), firstmatch, backrefs });
    const content = edit.msg === '' ? file.content : edit.content;
    const plan = planEdit(file, { content, summary: edit.msg === 'line replaced' ? 'replace a line of' : file.stat ? 'add a line to' : 'create', msg: edit.msg }, asked);
    const empty = [...(regexp === '' ? ['regexp'] : []), ...(search_string === '' ? ['search_string'] : [])];
    return empty.length === 0 ? plan : { ...plan, warnings: [`${empty[0]} is empty and matches every line; write "^" where that is meant`] };
  },
  output: (_asked, _found, steps) => (keptFile(steps) === undefined ? {} : { backup: keptFile(steps) }),
});

/** Texts as the bytes that a file holds. */
function asLine(texts: Partial<Record<'line' | 'regexp' | 'search' | 'insertafter' | 'insertbefore', string | undefined>>): LineAsked {
  return Object.fromEntries(Object.entries(texts).flatMap(([name, value]) => (value === undefined ? [] : [[name, bytesOf(value)]])));
}
