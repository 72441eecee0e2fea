/** Keeps kernel parameters as asked: now, and at boot by a file of their own. */
import { defineModule, flag, Missing, ModuleFailure, text, z, type Change, type Plan, type Probe } from '../engine/module/kit.ts';
import { moduleBehind } from './shared/kernel-features.ts';
import { askRecords, scriptStep } from './shared/script.ts';
import { readSettings, sameBlanks, sysctlPath, withSettings } from './shared/sysctl.ts';

const params = z.object({
  name: text().optional().describe('a kernel parameter: net.ipv4.ip_forward or net/ipv4/ip_forward; a slash stands for a dot inside a name (net.ipv4.conf.eth0/1.rp_filter)'),
  value: text().optional().describe('its value; blanks between several numbers may be spaces or tabs'),
  values: z.record(z.string(), text()).optional().describe('several parameters at once: a mapping of names to values'),
  state: z.enum(['present', 'absent']).default('present').describe('present sets it; absent takes it out of the file and leaves the running kernel as it is (default present)'),
  sysctl_file: z.string().regex(/^\//, 'expected an absolute path').default('/etc/sysctl.d/99-zz-kplay.conf')
    .describe('the file that sets it at boot (default /etc/sysctl.d/99-zz-kplay.conf, which is read after the other files; Ansible writes /etc/sysctl.conf, which systemd does not read everywhere)'),
  reload: flag().default(true).describe('set the running kernel too, and at once (default yes)'),
  sysctl_set: flag().default(false).describe('set the running kernel even where reload is no (default no)'),
  ignoreerrors: flag().default(false).describe('let pass a parameter that the running kernel does not have or does not take (default no)'),
});

type Params = z.infer<typeof params>;

interface Found {
  /** Path under /proc/sys → value, null where it cannot be read, absent where there is no such parameter. */
  readonly now: Readonly<Record<string, string | null>>;
  readonly file: string | undefined;
  /** Settings of the files that are read after ours at boot, each with its file. */
  readonly later: readonly { readonly file: string; readonly key: string; readonly value: string }[];
}

export default defineModule<typeof params, Found>({
  summary: 'Set kernel parameters, now and at boot',
  params,
  aliases: { key: 'name', val: 'value' },
  rules: [
    { kind: 'exclusive', names: ['name', 'values'] },
    { kind: 'oneOf', names: ['name', 'values'] },
  ],
  example: `- name: Packets are forwarded
  sysctl:
    values:
      net.ipv4.ip_forward: 1
      net.ipv4.ip_local_port_range: 32768 60999`,
  returns: { values: 'each parameter with the value the running kernel had before' },
  touches: ({ sysctl_file }) => [sysctl_file],
  inspect,
  plan,
});

const inspectScript = `
for path do
  printf '@%s\\n' "$path"
  if [ -r "$path" ]; then { cat "$path" 2>/dev/null || printf '\\001'; } | sed 's/^/ /'
  elif [ -e "$path" ]; then printf ' \\001\\n'
  else printf ' \\002\\n'; fi
done
for file in /usr/lib/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf /run/sysctl.d/*.conf /etc/sysctl.d/*.conf /etc/sysctl.conf; do
  [ -r "$file" ] || continue
  printf '@file:%s\\n' "$file"
  grep -E '^[[:space:]]*[^#;[:space:]]' "$file" | sed 's/^/ /'
done`;

const setScript = `
printf '%s\\n' "$2" > "$1" && exit
printf 'the kernel does not take "%s" for %s\\n' "$2" "$3" >&2
exit 1`;

async function inspect(params: Params, probe: Probe): Promise<Found> {
  const paths = [...wantedOf(params).keys()].map(sysctlPath);
  const [records, file] = await Promise.all([askRecords(probe, inspectScript, paths), probe.read(params.sysctl_file)]);
  const now: Record<string, string | null> = {};
  for (const path of paths) {
    const value = records[path];
    if (value === undefined || value.includes('\u0002')) continue;
    now[path] = value.includes('\u0001') ? null : sameBlanks(value);
  }
  for (const path of paths) {
    const foreseen = probe.foreseen?.('path', path)?.['value'];
    if (typeof foreseen === 'string') now[path] = foreseen;
  }
  return { now, file: file?.toString('utf8'), later: laterFiles(params.sysctl_file, records) };
}

function plan(params: Params, found: Found): Plan {
  const wanted = wantedOf(params);
  const isSet = params.state === 'present' && (params.reload || params.sysctl_set);
  const changes: Change[] = [];
  if (isSet) for (const [key, value] of wanted) changes.push(...setNow(params, key, value!, found.now[sysctlPath(key)]));
  const text = withSettings(found.file ?? '', wanted);
  if (text !== (found.file ?? '')) {
    const names = [...wanted.keys()].join(', ');
    changes.push({
      summary: params.state === 'absent' ? `take ${names} out of ${params.sysctl_file}` : `set ${names} at boot in ${params.sysctl_file}`,
      of: params.sysctl_file, before: found.file ?? '', after: text,
      steps: [{ kind: 'write', path: params.sysctl_file, content: { text } }],
    });
  }
  const values = Object.fromEntries([...wanted.keys()].map((key) => [key, found.now[sysctlPath(key)] ?? null]));
  const plan = { changes, result: { values }, warnings: overruled(params, wanted, found) };
  if (isSet && !params.ignoreerrors) checkAllThere([...wanted.keys()], found, plan);
  return plan;
}

/** What would be done without a parameter that is missing is certain: set it once its kernel module has brought it. */
function checkAllThere(keys: readonly string[], found: Found, plan: Plan): void {
  const missing = keys.find((key) => !(sysctlPath(key) in found.now));
  if (missing === undefined) return;
  const path = sysctlPath(missing);
  const brings = moduleBehind(path);
  throw new Missing({ kind: 'path', name: path }, `the kernel has no parameter ${missing}`, brings ? `it comes with the kernel module ${brings}: load that first with kernel_module` : 'see whether the name is right: ls /proc/sys', plan);
}

/** The running kernel's side of one parameter; `now` is null where its value cannot be read. */
function setNow(params: Params, key: string, value: string, now: string | null | undefined): Change[] {
  const wanted = sameBlanks(value);
  if (now === wanted || (now === undefined && params.ignoreerrors)) return [];
  const path = sysctlPath(key);
  return [{
    summary: `set ${key} to ${wanted}${now ? `, was ${now}` : ''}`,
    of: key, before: now ?? undefined, after: wanted,
    steps: [scriptStep(setScript, [path, value, key], { makes: [path], ...(params.ignoreerrors && { codes: 'any' as const }) })],
    leaves: [{ kind: 'path', name: path, state: { value: wanted } }],
  }];
}

/** Parameters by name, with the value to set or, where they are to go, undefined. */
function wantedOf({ name, value, values, state }: Params): Map<string, string | undefined> {
  const given = values ? Object.entries(values) : [[name!, value] as const];
  for (const [key, each] of given) {
    if (!/^[A-Za-z0-9_][^\s=#;]*$/.test(key) || key.split('/').includes('..')) throw new ModuleFailure(`"${key}" is not the name of a kernel parameter`);
    if (state === 'present' && each === undefined) throw new ModuleFailure(`${key} needs a value`);
    if (each !== undefined && /[\n\0]/.test(each)) throw new ModuleFailure(`the value of ${key} has more than one line`);
  }
  return new Map(given.map(([key, each]) => [key, state === 'absent' ? undefined : each]));
}

/** Files of sysctl.d are read in the order of their names, wherever they stand; /etc/sysctl.conf comes last. */
function laterFiles(own: string, records: Readonly<Record<string, string>>): Found['later'] {
  const rank = (file: string) => (file === '/etc/sysctl.conf' ? '\uffff' : file.slice(file.lastIndexOf('/') + 1));
  return Object.entries(records)
    .filter(([name]) => name.startsWith('file:') && rank(name.slice(5)) > rank(own) && name.slice(5) !== own)
    .flatMap(([name, content]) => readSettings(content).map((setting) => ({ file: name.slice(5), ...setting })));
}

function overruled(params: Params, wanted: ReadonlyMap<string, string | undefined>, found: Found): string[] {
  if (params.state === 'absent') return [];
  return [...wanted].flatMap(([key, value]) => {
    const other = found.later.findLast((each) => sysctlPath(each.key) === sysctlPath(key) && each.value !== sameBlanks(value!));
    return other ? [`${key} is set to ${other.value} by ${other.file}, which is read after ${params.sysctl_file} at boot`] : [];
  });
}
