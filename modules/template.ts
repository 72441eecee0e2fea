/** Renders a Jinja2 template of the controller to a file of the host. */
import { createHash } from 'node:crypto';
import posix from 'node:path/posix';
import { defineModule, fileMode, flag, localTemplate, text, z } from '../engine/module/kit.ts';
import { askIds, attributeParams, keptFile, withKnownNames } from './shared/file-attributes.ts';
import { expandPath } from './shared/host-path.ts';
import { lookAtPlace, planPlacing } from './shared/place-file.ts';

const newlines: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\r\\n': '\r\n' };

export default defineModule({
  summary: 'Render a template to a file of the host',
  params: z.object({
    src: localTemplate().describe('template of the controller, from templates/ of the role or beside the playbook'),
    dest: text().describe('path on the host; a folder where it ends with / or is one'),
    ...attributeParams,
    mode: fileMode().optional().describe('permission bits: "0644", symbolic, or preserve for those of the template; default: what the file has, 0644 for a new one'),
    force: flag().default(true).describe('no leaves a file alone that is there, whatever is in it; default yes'),
    backup: flag().default(false).describe('keeps the file that was there beside the new one, with the time in its name; default no'),
    validate: text().optional().describe('command that must exit 0 before the file takes its place; %s stands for the new file'),
    follow: flag().default(false).describe('writes to what a link at dest points to instead of replacing the link; default no'),
    trim_blocks: flag().default(true).describe('drops the newline after a {% block %}; default yes'),
    lstrip_blocks: flag().default(false).describe('drops spaces before a {% block %} that begins a line; default no'),
    newline_sequence: z.preprocess((value) => (typeof value === 'string' ? (newlines[value] ?? value) : value), z.enum(['\n', '\r', '\r\n'])).default('\n').describe('how lines end: \\n, \\r or \\r\\n; default \\n'),
    output_encoding: z.preprocess((value) => (typeof value === 'string' ? value.toLowerCase() : value), z.enum(['utf-8', 'utf8'])).default('utf-8').describe('utf-8 alone'),
  }),
  example: '- name: Write the unit of etcd\n  template:\n    src: etcd.service.j2\n    dest: /etc/systemd/system/etcd.service\n    mode: "0644"',
  returns: {
    backup_file: 'with backup, the file that was kept',
    dest: 'path of the file on the host',
    src: 'the template',
    sha256: 'hex SHA-256 of the content',
    checksum: 'hex SHA-1 of the content, as Ansible gives it',
    mode: 'permission bits, four octal digits',
    owner: 'user name',
    group: 'group name',
    size: 'bytes',
  },
  touches: ({ dest }) => [dest],
  async inspect(asked, probe, here) {
    const dest = await expandPath(asked.dest, probe);
    const [rendered, ids, place, mode] = await Promise.all([
      here.template(asked.src, { trimBlocks: asked.trim_blocks, lstripBlocks: asked.lstrip_blocks, keepTrailingNewline: true }),
      askIds(asked, probe),
      lookAtPlace({ dest, name: posix.basename(asked.src), follow: asked.follow, read: here.diff !== false }, probe),
      // Templates are found as files are, from the same folders, one deeper.
      asked.mode === 'preserve' ? here.file(posix.join('templates', asked.src)).then((file) => file.mode) : asked.mode,
    ]);
    return { rendered: asked.newline_sequence === '\n' ? rendered : rendered.replaceAll('\n', asked.newline_sequence), ids, place, mode };
  },
  plan({ src, owner, group, force, backup, validate }, { rendered, ids, place, mode }) {
    const bytes = Buffer.from(rendered);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const plan = planPlacing(place, { content: { text: rendered }, sha256, size: bytes.length, bytes, wanted: { mode, owner, group }, force, backup, validate }, ids);
    return withKnownNames(ids, { ...plan, result: { ...plan.result, src } });
  },
  output: (_asked, _found, steps) => (keptFile(steps) === undefined ? {} : { backup_file: keptFile(steps) }),
});
