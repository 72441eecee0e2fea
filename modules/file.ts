/** Keeps a file, folder or link as asked: there, with its mode and owner, or gone. */
import { defineModule, flag, ModuleFailure, text, z, type Plan } from '../engine/module/kit.ts';
import { attributeParams, withKnownNames } from './shared/file-attributes.ts';
import { lookAtFile, type FileFound } from './shared/file-look.ts';
import { planHardLink, planLink } from './shared/file-links.ts';
import { planAbsent, planFile, planFolder, planTouch } from './shared/file-states.ts';

const time = (what: string) => text().optional().describe(`${what}: preserve, now, or YYYYMMDDhhmm.SS in the host's time zone; default preserve, now for state touch`);

const params = z.object({
  path: text().describe('path on the host'),
  state: z.enum(['file', 'directory', 'link', 'hard', 'touch', 'absent']).optional().describe('file must be there already; directory is made with its parents; link and hard point to src; touch makes an empty file and sets its times; absent removes all below. Default: what is there, else file, else directory with recurse'),
  src: text().optional().describe('for state link what the link says; for state hard a path on the host'),
  ...attributeParams,
  recurse: flag().default(false).describe('mode and owner for all below too, state directory alone; default no'),
  follow: flag().default(true).describe('mode and owner are those of what a link points to; no means the link itself; default yes'),
  force: flag().default(false).describe('makes a link to what is not there, or in place of a file or an empty folder; default no'),
  access_time: time('time of last access'),
  modification_time: time('time of last change'),
});

export type FileParams = z.infer<typeof params>;

export default defineModule({
  summary: 'Keep a file, folder or link with its mode and owner, or gone',
  params,
  aliases: { dest: 'path', name: 'path' },
  rules: [{ kind: 'requiredIf', name: 'state', value: 'hard', names: ['src'] }],
  example: '- name: Make the data folder of etcd\n  file:\n    path: /var/lib/etcd\n    state: directory\n    owner: etcd\n    mode: "0700"',
  returns: { path: 'path on the host', dest: 'the same, for links', src: 'what a link points to', state: 'what is there now', mode: 'permission bits, four octal digits', owner: 'user name', group: 'group name' },
  touches: ({ path }) => [path],
  inspect: (asked, probe) => lookAtFile(asked, probe),
  plan: (asked, found) => withKnownNames(found.ids, planState(asked, found)),
});

function planState(asked: FileParams, found: FileFound): Plan {
  const { state } = found;
  if (asked.recurse && state !== 'directory') throw new ModuleFailure('recurse is for state directory alone');
  if (asked.src !== undefined && state !== 'link' && state !== 'hard') throw new ModuleFailure('src is for state link or hard alone');
  switch (state) {
    case 'absent': return planAbsent(found);
    case 'file': return planFile(asked, found);
    case 'directory': return planFolder(asked, found);
    case 'touch': return planTouch(asked, found);
    case 'link': return planLink(asked, found);
    case 'hard': return planHardLink(asked, found);
  }
}
