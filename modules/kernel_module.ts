/** Keeps a kernel module loaded or not: now, and at boot. */
import { defineModule, ModuleFailure, text, z, type Change, type Plan, type Probe, type Step } from '../engine/module/kit.ts';
import { kernelName, optionOf, pathsOf } from './shared/kernel-features.ts';
import { askRecords, scriptStep } from './shared/script.ts';

const params = z.object({
  name: text().pipe(z.string().regex(/^[\w.-]+$/, 'expected the name of a kernel module')).describe('the kernel module, such as br_netfilter'),
  state: z.enum(['present', 'absent']).default('present').describe('present: loaded, or part of the kernel itself; absent: not loaded (default present)'),
  params: text().optional().describe('parameters to load it with, such as "max_loop=64"; they do not reach a module that is loaded already'),
  persistent: z.enum(['present', 'absent', 'disabled']).optional()
    .describe('present loads it at boot too (/etc/modules-load.d/NAME.conf); absent takes that file away; disabled leaves boot alone (default: the same as state)'),
});

type Params = z.infer<typeof params>;

interface Found {
  /** loaded: there, and can be taken out; builtin: part of the kernel; loadable: modprobe would load it; unknown: this kernel has no such module. */
  readonly kind: 'loaded' | 'builtin' | 'loadable' | 'unknown';
  /** What modprobe says of a module that it cannot load. */
  readonly why: string;
  readonly load: string | undefined;
  readonly options: string | undefined;
}

export default defineModule<typeof params, Found>({
  summary: 'Load a kernel module, now and at boot',
  params,
  example: `- name: Bridged packets pass the firewall
  kernel_module:
    name: br_netfilter`,
  returns: { name: 'the module', state: 'as asked', found: 'loaded, builtin or loadable, as it was before' },
  touches: ({ name }) => [loadFile(name), optionsFile(name), ...pathsOf(name)],
  inspect,
  plan,
});

/** $1 the name, $2 its option in the kernel's configuration, then the paths that show it. Only looks: modprobe -n loads nothing. */
const inspectScript = `
name=$1 option=$2; shift 2
dir=/lib/modules/$(uname -r)
printf '@modprobe\\n'
if [ ! -d "$dir" ]; then printf ' none\\n the kernel %s has no folder of modules\\n' "$(uname -r)"
elif ! command -v modprobe >/dev/null 2>&1; then printf ' none\\n there is no modprobe on the host\\n'
else
  would=$(modprobe -n -v -- "$name" 2>&1) && printf ' yes\\n' || printf ' no\\n'
  printf '%s\\n' "$would" | sed 's/^/ /'
fi
printf '@there\\n'
for path do [ -e "$path" ] && printf ' %s\\n' "$path"; done
grep -qw -- "$name" /proc/filesystems 2>/dev/null && printf ' /proc/filesystems\\n'
printf '@loaded\\n'
kernel=$(printf %s "$name" | tr - _)
grep -q "^$kernel " /proc/modules 2>/dev/null && printf ' yes\\n'
printf '@config\\n'
{ zcat /proc/config.gz || cat "/boot/config-$(uname -r)"; } 2>/dev/null | grep -x "$option=y" | sed 's/^/ /'
printf '@builtin\\n'
tr - _ 2>/dev/null < "$dir/modules.builtin" | grep "/$kernel[.]ko" | sed 's/^/ /'`;

async function inspect({ name }: Params, probe: Probe): Promise<Found> {
  const [records, load, options] = await Promise.all([
    askRecords(probe, inspectScript, [name, optionOf(name), ...pathsOf(name)]),
    probe.read(loadFile(name)),
    probe.read(optionsFile(name)),
  ]);
  const foreseen = probe.foreseen?.('path', moduleFolder(name))?.['loaded'];
  const now = foreseen === undefined ? whatIs(records) : { kind: foreseen ? 'loaded' as const : 'loadable' as const, why: '' };
  return { ...now, load: load?.toString('utf8'), options: options?.toString('utf8') };
}

/** modprobe's own word counts first; where the kernel has no modules folder, what /proc and /sys show. */
export function whatIs(records: Readonly<Record<string, string>>): Pick<Found, 'kind' | 'why'> {
  const [code, ...said] = (records['modprobe'] ?? '').split('\n');
  const would = said.join('\n').trim();
  if (records['loaded']) return { kind: 'loaded', why: '' };
  if (code === 'yes' && would !== '') return { kind: 'loadable', why: '' };
  if (code === 'yes') return { kind: records['builtin'] ? 'builtin' : 'loaded', why: '' };
  if (records['there'] || records['config']) return { kind: 'builtin', why: '' };
  return { kind: 'unknown', why: code === 'no' ? would : `${would}, and nothing in /proc or /sys shows it` };
}

function plan(params: Params, found: Found): Plan {
  const changes = params.state === 'present' ? load(params, found) : unload(params, found);
  const boot = params.persistent ?? (params.state === 'present' ? 'present' : 'absent');
  if (boot !== 'disabled') changes.push(...atBoot(params, found, boot));
  return { changes, result: { name: params.name, state: params.state, found: found.kind } };
}

function load({ name, params }: Params, found: Found): Change[] {
  if (found.kind === 'loaded' || found.kind === 'builtin') return [];
  if (found.kind === 'unknown') throw new ModuleFailure(`there is no kernel module ${name}: ${found.why}`, { hint: 'it may be in a package of its own (linux-modules-extra, kernel-modules-extra), or the running kernel older than the one installed: reboot' });
  return [{
    summary: `load the kernel module ${name}${params ? ` with ${params}` : ''}`,
    steps: [scriptStep(loadScript, [name, ...(params?.split(/\s+/) ?? [])], { makes: pathsOf(name) })],
    leaves: [{ kind: 'path', name: moduleFolder(name), state: { loaded: true } }],
  }];
}

/** modprobe also says yes where a line of modprobe.d puts another command in the module's place. */
const loadScript = `
modprobe -- "$@" || exit
case $(modprobe -n -v -- "$1" 2>/dev/null) in
  install*) printf 'modprobe %s loaded nothing: a line "install %s" in /etc/modprobe.d forbids it\\n' "$1" "$1" >&2; exit 1;;
esac`;

function unload({ name }: Params, found: Found): Change[] {
  if (found.kind === 'builtin') throw new ModuleFailure(`${name} is part of the kernel and cannot be unloaded`);
  if (found.kind !== 'loaded') return [];
  return [{ summary: `unload the kernel module ${name}`, steps: [{ kind: 'run', argv: ['modprobe', '-r', '--', name] }], leaves: [{ kind: 'path', name: moduleFolder(name), state: { loaded: false } }] }];
}

function atBoot(params: Params, found: Found, boot: 'present' | 'absent'): Change[] {
  const { name } = params;
  const options = params.params ? `options ${kernelName(name)} ${params.params}\n` : undefined;
  const changes: Change[] = [];
  const put = (path: string, before: string | undefined, after: string | undefined): void => {
    if (before === after) return;
    const step: Step = after === undefined ? { kind: 'remove', path } : { kind: 'write', path, content: { text: after } };
    changes.push({ summary: after === undefined ? `remove ${path}` : `write ${path}`, of: path, before: before ?? '', after: after ?? '', steps: [step] });
  };
  if (boot === 'absent') {
    put(loadFile(name), found.load, undefined);
    put(optionsFile(name), found.options, undefined);
  } else {
    put(loadFile(name), found.load, `${name}\n`);
    if (options !== undefined) put(optionsFile(name), found.options, options);
  }
  return changes;
}

function moduleFolder(name: string): string {
  return `/sys/module/${kernelName(name)}`;
}

function loadFile(name: string): string {
  return `/etc/modules-load.d/${name}.conf`;
}

function optionsFile(name: string): string {
  return `/etc/modprobe.d/${name}.conf`;
}
