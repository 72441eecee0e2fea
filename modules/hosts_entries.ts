/** Keeps names of hosts at their addresses in /etc/hosts, a whole cluster's in one task. */
import { isIP } from 'node:net';
import { defineModule, flag, ModuleFailure, text, z, type Plan } from '../engine/module/kit.ts';
import { lookAtEdited, planEdit, type EditedFile } from './shared/edit-file.ts';
import { keptFile } from './shared/file-attributes.ts';
import { namesAt, sameAddress, withHosts, withoutHosts } from './shared/hosts-file.ts';

const hostName = text().pipe(z.string().max(253).regex(/^\w([\w.-]*\w)?\.?$/, 'expected the name of a host'));

/** Text is split at blanks, as it stands in the file, and at commas. */
const hostNames = () => z.preprocess((value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value), z.array(hostName).min(1));

const entry = z.strictObject({
  address: text().pipe(z.string().refine((address) => isIP(address) !== 0, 'expected an IP address')).optional().describe('an IPv4 or IPv6 address; with state absent it may be left out: the names go wherever they stand'),
  names: hostNames().optional().describe('its names, a list or text with blanks between them, the canonical one (with its domain) first; with state absent they may be left out: all lines of the address go'),
});

const params = z.object({
  entries: z.array(entry).describe('addresses with their names, each {address, names}; a name that stands elsewhere is taken out there, other names and lines stay'),
  state: z.enum(['present', 'absent']).default('present').describe('present: the names stand at their addresses and nowhere else; absent: they do not stand there (default present)'),
  exclusive: flag().default(false).describe('take out every entry of other hosts, so that nothing of an older cluster stays; comments, loopback, multicast and broadcast stay (default no)'),
  path: text().default('/etc/hosts').describe('the file (default /etc/hosts)'),
  backup: flag().default(false).describe('keep the old file beside the new one, with the time in its name (default no)'),
});

type Params = z.infer<typeof params>;

export default defineModule<typeof params, EditedFile>({
  summary: 'Keep names of hosts at their addresses in /etc/hosts',
  params,
  aliases: { dest: 'path' },
  example: `- name: The nodes know each other by name
  hosts_entries:
    entries:
      - address: 10.0.0.11
        names: [node1.example.org, node1]
      - address: 10.0.0.12
        names: [node2.example.org, node2]`,
  returns: { added: 'what the file says now and did not before, as "address name"', removed: 'what it said and says no more', backup: 'with backup, the file that was kept' },
  touches: ({ path }) => [path],
  inspect: ({ path }, probe) => lookAtEdited(path, {}, probe),
  plan,
  output: (_params, _found, steps) => (keptFile(steps) === undefined ? {} : { backup: keptFile(steps) }),
});

function plan(params: Params, file: EditedFile): Plan {
  checkEntries(params);
  const { entries, state, exclusive, backup } = params;
  const before = file.content ?? '';
  const after = state === 'present' ? withHosts(before, entries, exclusive) : withoutHosts(before, entries);
  const [said, says] = [namesAt(before), namesAt(after)];
  const result = { added: says.filter((each) => !said.includes(each)), removed: said.filter((each) => !says.includes(each)) };
  const plan = planEdit(file, { content: after === before ? file.content : after, summary: summaryOf(result), msg: '', result }, { create: true, backup });
  return { ...plan, warnings: state === 'present' ? namedTwice(entries) : [] };
}

function checkEntries({ entries, state, exclusive }: Params): void {
  const poor = entries.find(({ address, names }) => (state === 'present' ? address === undefined || names === undefined : address === undefined && names === undefined));
  if (poor) throw new ModuleFailure(state === 'present' ? `${poor.address ?? poor.names?.[0] ?? 'an entry'} needs both an address and names` : 'an entry needs an address or names');
  if (exclusive && state === 'absent') throw new ModuleFailure('exclusive is for state present: it says that nothing else is there');
  if (exclusive && entries.length === 0) throw new ModuleFailure('exclusive without entries would leave no host at all', { hint: 'is the list of hosts empty?' });
}

function summaryOf({ added, removed }: { readonly added: readonly string[]; readonly removed: readonly string[] }): string {
  if (added.length > 0) return `set ${someNames(added)} in`;
  return removed.length > 0 ? `take ${someNames(removed)} out of` : 'put names in order in';
}

function someNames(pairs: readonly string[]): string {
  const names = [...new Set(pairs.map((pair) => pair.split(' ')[1]))];
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

/** One name at two addresses of one family is two hosts of one name, as a rule. */
function namedTwice(entries: Params['entries']): string[] {
  const seen = new Map<string, string>();
  return entries.flatMap(({ address = '', names = [] }) => names.flatMap((name) => {
    const key = `${isIP(address)} ${name.toLowerCase()}`;
    const other = seen.get(key);
    seen.set(key, address);
    return other === undefined || sameAddress(other) === sameAddress(address) ? [] : [`${name} is given at ${other} and at ${address}: programs take either`];
  }));
}
