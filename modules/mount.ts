/** Keeps file systems mounted and in fstab, or out of it. */
import { defineModule, textOf, type Plan } from '../engine/module/kit.ts';
import { keptFile } from './shared/file-attributes.ts';
import { lookAtMount, type MountFound } from './shared/mount-look.ts';
import { mountParams, optsOf, type MountParams } from './shared/mount-params.ts';
import { mountChanges } from './shared/mount-plan.ts';

export default defineModule<typeof mountParams, MountFound>({
  summary: 'Keep a file system mounted, and in fstab',
  params: mountParams,
  aliases: { name: 'path' },
  rules: [
    { kind: 'requiredIf', name: 'state', value: 'mounted', names: ['src', 'fstype'] },
    { kind: 'requiredIf', name: 'state', value: 'present', names: ['src', 'fstype'] },
    { kind: 'requiredIf', name: 'state', value: 'ephemeral', names: ['src', 'fstype'] },
  ],
  example: `- name: etcd has a disk of its own
  mount:
    path: /var/lib/etcd
    src: LABEL=etcd
    fstype: ext4
    opts: noatime
    state: mounted`,
  returns: {
    name: 'the mount point', src: 'as asked', fstype: 'as asked', opts: 'the options, noauto among them where boot is no', dump: 'as asked', passno: 'as asked', fstab: 'the file',
    msg: 'what is to be said, such as: /x stays: it is not empty', backup_file: 'with backup, the file that was kept',
  },
  touches: ({ path, fstab }) => [path, fstab],
  inspect: lookAtMount,
  plan,
  output(_params, _found, steps) {
    const kept = keptFile(steps);
    const stays = steps.map(({ stdout }) => textOf(stdout)).find((said) => said.endsWith('it is not empty'));
    return { ...(kept !== undefined && { backup_file: kept }), ...(stays !== undefined && { msg: stays }) };
  },
});

function plan(params: MountParams, found: MountFound): Plan {
  const { path, src, fstype, dump, passno, fstab, state, opts_no_log } = params;
  const result = { name: path, ...(src !== undefined && { src }), ...(fstype !== undefined && { fstype }), ...(!opts_no_log && { opts: optsOf(params) }), dump, passno, fstab };
  const full = state === 'absent' && found.point === 'full' && found.real !== '/' ? `${path} stays: it is not empty` : '';
  const changes = mountChanges(params, found);
  return { changes, result: { ...result, msg: changes.length > 0 ? full : '' } };
}
