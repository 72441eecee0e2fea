/** Keeps values in a TOML file of the host; what it is not asked about stays as it is, comments and layout too. */
import { defineModule, flag, ModuleFailure, text, z } from '../engine/module/kit.ts';
import { lookAtEdited, needFile, planEdit } from './shared/edit-file.ts';
import { attributeParams, keptFile } from './shared/file-attributes.ts';
import { editToml } from './shared/toml-edit.ts';
import { isMapping, keyText, leavesOf, type Leaf } from './shared/toml-text.ts';
import { readTomlKey } from './shared/toml-tree.ts';

const params = z.object({
  path: text().describe('TOML file on the host'),
  values: z.record(z.string(), z.unknown()).optional()
    .describe('what the file is to say: a mapping, merged into the file table by table. A list takes the place of the list that is there; null takes a value or a whole table out'),
  set: z.record(z.string(), z.unknown()).superRefine(checkKeys).optional()
    .describe('the same with the path of each value in one word, names with dots in quotes: plugins."io.containerd.grpc.v1.cri".sandbox_image'),
  create: flag().default(false).describe('makes the file where it is not there; default no'),
  backup: flag().default(false).describe('keeps the old file beside the new one, with the time in its name; default no'),
  validate: text().optional().describe('command that must exit 0 before the file takes its place; %s stands for the new file'),
  ...attributeParams,
});

function checkKeys(set: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  for (const key of Object.keys(set)) {
    const message = 'expected the path of a value as TOML writes it, such as plugins."io.containerd.grpc.v1.cri".sandbox_image';
    if (readTomlKey(key) === undefined) context.addIssue({ code: 'custom', path: [key], message });
  }
}

export default defineModule({
  summary: 'Keep values in a TOML file, and leave the rest of it alone',
  params,
  aliases: { dest: 'path', destfile: 'path', name: 'path' },
  rules: [{ kind: 'oneOf', names: ['values', 'set'] }],
  example: `- name: containerd hands control groups to systemd
  toml:
    path: /etc/containerd/config.toml
    set:
      plugins."io.containerd.grpc.v1.cri".sandbox_image: registry.k8s.io/pause:3.10
      plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options.SystemdCgroup: true
    validate: containerd --config %s config dump
  notify: restart containerd`,
  returns: {
    backup: 'with backup, the file that was kept', msg: 'what happened: 2 values set, 1 removed',
    set: 'dotted paths of the values that were set', removed: 'dotted paths of what was taken out',
  },
  touches: ({ path }) => [path],
  inspect: (asked, probe) => lookAtEdited(asked.path, asked, probe),
  plan(asked, file) {
    const leaves = leavesAsked(asked);
    const isBare = leaves.every(({ value }) => value === null);
    if (!isBare) needFile(file, asked.create);
    if (!file.stat && isBare) return { changes: [], result: { path: file.path, msg: 'file not present', set: [], removed: [] } };
    const { mark, body } = unicode(file.content ?? '', file.path);
    const { text, set, removed } = editToml(body, leaves, file.path);
    const content = text === body && file.stat ? file.content : Buffer.from(mark + text).toString('latin1');
    const summary = file.stat ? `${tell(set, removed)} in` : 'create';
    const msg = `${set.length} ${set.length === 1 ? 'value' : 'values'} set, ${removed.length} removed`;
    return planEdit(file, { content, summary, msg, result: { set, removed } }, asked);
  },
  output: (_asked, _found, steps) => (keptFile(steps) === undefined ? {} : { backup: keptFile(steps) }),
});

/** Values by path. Throws ModuleFailure where one is asked for twice, or within another. */
function leavesAsked({ values = {}, set = {} }: z.infer<typeof params>): Leaf[] {
  const leaves = [...leavesOf(values), ...Object.entries(set).flatMap(([key, value]) => {
    const path = readTomlKey(key)!;
    return isMapping(value) && Object.keys(value).length > 0 ? leavesOf(value, path) : [{ path, value }];
  })];
  for (const [at, { path }] of leaves.entries()) {
    const other = leaves.find((each, index) => index !== at && path.every((name, depth) => each.path[depth] === name));
    if (other) throw new ModuleFailure(`${keyText(other.path)} is asked for twice${other.path.length > path.length ? `: also by ${keyText(path)}` : ''}`);
  }
  return leaves;
}

/** A file's bytes as text, the mark that some editors put first apart. Throws ModuleFailure where they are not UTF-8. */
function unicode(latin1: string, path: string): { readonly mark: string; readonly body: string } {
  try {
    const whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
    return whole.startsWith('\ufeff') ? { mark: '\ufeff', body: whole.slice(1) } : { mark: '', body: whole };
  } catch {
    throw new ModuleFailure(`${path} is not UTF-8, and so no TOML`);
  }
}

/** `set a, b and 3 more, take out c`. */
function tell(set: readonly string[], removed: readonly string[]): string {
  const some = (keys: readonly string[]): string => (keys.length > 4 ? `${keys.slice(0, 3).join(', ')} and ${keys.length - 3} more` : keys.join(', '));
  return [...(set.length > 0 ? [`set ${some(set)}`] : []), ...(removed.length > 0 ? [`take out ${some(removed)}`] : [])].join(', ');
}
