/** Keeps a group of users present or absent. */
import { defineModule, flag, ModuleFailure, text, whole, z, type Change, type Plan, type Probe } from '../engine/module/kit.ts';
import { accountName, readGroup, type GroupEntry } from './shared/accounts.ts';
import { askRecords } from './shared/script.ts';

const params = z.object({
  name: text().pipe(z.string().regex(accountName, 'expected the name of a group')).describe('the group'),
  state: z.enum(['present', 'absent']).default('present').describe('whether it exists (default present)'),
  gid: whole().optional().describe('its number (default: the next free one)'),
  system: flag().default(false).describe('make it a system group, with a low number; for a new group alone (default no)'),
  non_unique: flag().default(false).describe('let several groups share the number (default no)'),
  force: flag().default(false).describe('remove it even where it is a user\'s primary group (default no)'),
  local: flag().default(false).describe('taken for compatibility; groups are always made in /etc/group'),
});

type Params = z.infer<typeof params>;

interface Found {
  readonly group: GroupEntry | undefined;
  /** The group that has the wanted number. */
  readonly holder: GroupEntry | undefined;
}

export default defineModule<typeof params, Found>({
  summary: 'Keep a group of users present or absent',
  params,
  rules: [{ kind: 'requiredIf', name: 'non_unique', value: true, names: ['gid'] }],
  example: `- name: The group of etcd
  group:
    name: etcd
    system: true`,
  returns: { name: 'the group', gid: 'its number, where it is known', state: 'as asked', system: 'as asked' },
  touches: () => ['/etc/group'],
  inspect,
  plan,
  output: ({ name, state }, _found, steps) => (state === 'present' ? gidAfter(name, steps.map((step) => step.stdout.toString('utf8'))) : {}),
});

const inspectScript = `
printf '@group\\n'; getent group "$1" | sed 's/^/ /'
[ -z "$2" ] || { printf '@holder\\n'; getent group "$2" | sed 's/^/ /'; }`;

async function inspect({ name, gid }: Params, probe: Probe): Promise<Found> {
  const records = await askRecords(probe, inspectScript, [name, gid === undefined ? '' : String(gid)]);
  return { group: foreseenGroup(name, readGroup(records['group']), probe.foreseen?.('group', name)), holder: readGroup(records['holder']) };
}

/** In a dry run: the group as earlier tasks would leave it; -1 for a number that only making it gives. */
function foreseenGroup(name: string, now: GroupEntry | undefined, foreseen: Readonly<Record<string, unknown>> | undefined): GroupEntry | undefined {
  if (foreseen?.['exists'] === false) return undefined;
  return foreseen ? { name, members: now?.members ?? [], gid: (foreseen['gid'] as number | undefined) ?? now?.gid ?? -1 } : now;
}

function plan(params: Params, found: Found): Plan {
  const { name, state, gid, system } = params;
  const result = { name, state, system, ...(found.group && { gid: found.group.gid }), ...(gid !== undefined && { gid }) };
  if (state === 'absent') return { changes: found.group ? [remove(params)] : [], result: { name, state } };
  if (found.group && (gid === undefined || found.group.gid === gid)) return { changes: [], result };
  if (gid !== undefined && found.holder && found.holder.name !== name && !params.non_unique) {
    throw new ModuleFailure(`the group ${found.holder.name} has the number ${gid} already`, { hint: 'choose another gid, or set non_unique: true' });
  }
  return { changes: [found.group ? renumber(params, found.group) : create(params)], result };
}

function create({ name, gid, system, non_unique }: Params): Change {
  const options = [...(gid === undefined ? [] : ['-g', String(gid)]), ...(non_unique ? ['-o'] : []), ...(system ? ['-r'] : [])];
  return {
    summary: `create the group ${name}${gid === undefined ? '' : ` with the number ${gid}`}`,
    steps: [{ kind: 'run', argv: ['groupadd', ...options, name] }, { kind: 'run', argv: ['getent', 'group', name] }],
    makes: [{ kind: 'group', name }],
    leaves: [{ kind: 'group', name, state: { exists: true, gid } }],
  };
}

function renumber({ name, gid, non_unique }: Params, group: GroupEntry): Change {
  return {
    summary: `set the number of the group ${name} to ${gid}, was ${group.gid}`, of: name, before: String(group.gid), after: String(gid),
    steps: [{ kind: 'run', argv: ['groupmod', '-g', String(gid), ...(non_unique ? ['-o'] : []), name] }],
    leaves: [{ kind: 'group', name, state: { gid } }],
  };
}

function remove({ name, force }: Params): Change {
  return { summary: `remove the group ${name}`, steps: [{ kind: 'run', argv: ['groupdel', ...(force ? ['-f'] : []), name] }], leaves: [{ kind: 'group', name, state: { exists: false } }] };
}

function gidAfter(name: string, outputs: readonly string[]): Record<string, number> {
  const entry = outputs.map((output) => readGroup(output)).find((group) => group?.name === name);
  return entry ? { gid: entry.gid } : {};
}
