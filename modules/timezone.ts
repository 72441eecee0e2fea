/** Keeps a host's time zone, and whether its hardware clock runs in UTC. */
import { defineModule, Missing, ModuleFailure, nearest, text, textOf, z, type Change, type Plan, type Probe, type Step } from '../engine/module/kit.ts';
import { linesOf } from './shared/records.ts';
import { askRecords } from './shared/script.ts';

const zones = '/usr/share/zoneinfo';

const params = z.object({
  name: text().pipe(z.string().regex(/^[A-Za-z0-9][\w+-]*(\/[\w+-]+)*$/, 'expected a name of the time zone database, such as Europe/Berlin')).optional()
    .describe('the zone, such as Europe/Berlin or UTC; services that run keep the old one until they are restarted'),
  hwclock: z.enum(['UTC', 'local']).optional().describe('what the hardware clock runs in; UTC is right wherever no other system shares the machine'),
});

type Params = z.infer<typeof params>;

interface Found {
  /** The zone that /etc/localtime leads to, UTC where there is none; undefined where it is a file of its own. */
  readonly zone: string | undefined;
  /** What stands in /etc/timezone, where there is such a file. */
  readonly file: string | undefined;
  readonly adjtime: string | undefined;
  readonly timedatectl: boolean;
  /** known: the host has the zone; unknown: it has others; none: it has no zones at all. */
  readonly wanted: 'known' | 'unknown' | 'none';
  /** Names of zones that may have been meant. */
  readonly near: readonly string[];
}

export default defineModule<typeof params, Found>({
  summary: 'Set the host\'s time zone',
  params,
  aliases: { rtc: 'hwclock' },
  rules: [{ kind: 'oneOf', names: ['name', 'hwclock'] }],
  example: `- timezone:
    name: Europe/Berlin`,
  returns: { name: 'the zone', was: 'the zone before', hwclock: 'what the hardware clock runs in' },
  touches: () => ['/etc/localtime', '/etc/timezone', '/etc/adjtime'],
  inspect,
  plan,
});

/**
 * timedatectl is not asked: its service would start, and leave folders in /tmp. In a container it is not used at all: it tells the kernel
 * the zone, and a kernel that hears of one for the first time moves its clock by it, which is the clock of the machine around it.
 */
const inspectScript = `
dir=$2
printf '@link\\n'; readlink /etc/localtime | sed 's/^/ /'
printf '@there\\n'; [ -e /etc/localtime ] && printf ' yes\\n'
printf '@timedatectl\\n'; [ -d /run/systemd/system ] && ! systemd-detect-virt -cq && [ -S /run/dbus/system_bus_socket ] && command -v timedatectl | sed 's/^/ /'
printf '@wanted\\n'
if [ -z "$1" ] || [ "$(head -c 4 "$dir/$1" 2>/dev/null)" = TZif ]; then printf ' known\\n'
elif [ -e "$dir/UTC" ]; then
  printf ' unknown\\n@names\\n'
  cd "$dir" && find . -name '[a-z]*' -type d -prune -o ! -type d -name '[A-Z]*' -print | sed 's,^[.]/, ,'
  printf '@places\\n'; cut -f 3,4 zone.tab 2>/dev/null | grep -v '^#' | sed 's/^/ /'
else printf ' none\\n'; fi`;

async function inspect({ name = '' }: Params, probe: Probe): Promise<Found> {
  const [records, file, adjtime] = await Promise.all([askRecords(probe, inspectScript, [name, zones]), probe.read('/etc/timezone'), probe.read('/etc/adjtime')]);
  const foreseen = probe.foreseen?.('path', '/etc/localtime')?.['zone'];
  const linked = /zoneinfo\/(.+)$/.exec(records['link'] ?? '')?.[1];
  return {
    zone: typeof foreseen === 'string' ? foreseen : linked ?? (records['there'] ? undefined : 'UTC'),
    file: file && textOf(file).trim(), adjtime: adjtime?.toString('utf8'), timedatectl: Boolean(records['timedatectl']),
    wanted: (records['wanted'] ?? 'none') as Found['wanted'], near: nearZones(name, linesOf(records['names']), linesOf(records['places'])),
  };
}

/** Zones that may have been meant, likeliest first: of the same city, of a place that the database tells of, in that region, spelt alike. */
export function nearZones(name: string, names: readonly string[], places: readonly string[]): string[] {
  const lower = name.toLowerCase();
  const city = lower.split('/').at(-1)!;
  const alike = nearest(name, names);
  return [...new Set([
    ...names.filter((each) => each.toLowerCase() === lower),
    ...names.filter((each) => each.toLowerCase().split('/').at(-1) === city),
    ...places.filter((place) => place.toLowerCase().split('\t')[1]?.includes(city)).map((place) => place.split('\t')[0]!),
    ...(alike ? [alike] : []),
    ...names.filter((each) => each.toLowerCase().startsWith(`${lower}/`)),
  ])].slice(0, 5);
}

function plan(params: Params, found: Found): Plan {
  const { name, hwclock } = params;
  const changes = [...(name === undefined ? [] : zoneChanges(name, found)), ...(hwclock === undefined ? [] : clockChanges(hwclock, found))];
  const plan: Plan = { changes, result: { ...(name !== undefined && { name, was: found.zone ?? null }), ...(hwclock !== undefined && { hwclock }) } };
  if (found.wanted === 'unknown') throw new ModuleFailure(`there is no time zone ${name} on the host`, { hint: found.near.length > 0 ? `did you mean ${found.near.join(' or ')}?` : `see ${zones}` });
  if (found.wanted === 'none' && found.zone !== name) throw new Missing({ kind: 'package', name: 'tzdata' }, `the host has no time zones: ${zones} is empty`, 'install the package tzdata first', plan);
  return plan;
}

function zoneChanges(name: string, found: Found): Change[] {
  const write: Step[] = found.file === undefined || found.file === name ? [] : [{ kind: 'write', path: '/etc/timezone', content: { text: `${name}\n` } }];
  if (found.zone === name) return write.length === 0 ? [] : [{ summary: `write ${name} into /etc/timezone, was ${found.file}`, of: '/etc/timezone', before: found.file, after: name, steps: write }];
  const set: Step = found.timedatectl ? { kind: 'run', argv: ['timedatectl', 'set-timezone', name], makes: ['/etc/localtime'] } : { kind: 'link', path: '/etc/localtime', target: `${zones}/${name}` };
  return [{
    summary: `set the time zone to ${name}${found.zone ? `, was ${found.zone}` : ''}`, of: 'time zone', before: found.zone ?? '', after: name,
    steps: [set, ...write], leaves: [{ kind: 'path', name: '/etc/localtime', state: { zone: name } }],
  }];
}

/** The third line of /etc/adjtime says it (hwclock(8)); UTC where there is no such file or line. */
function clockChanges(hwclock: 'UTC' | 'local', { adjtime, timedatectl }: Found): Change[] {
  const [drift = '', last = '', mode = ''] = (adjtime ?? '').split('\n');
  const now = mode.trim() === 'LOCAL' ? 'local' : 'UTC';
  if (now === hwclock) return [];
  const after = `${drift || '0.0 0 0.0'}\n${last || '0'}\n${hwclock === 'local' ? 'LOCAL' : 'UTC'}\n`;
  const write: Step = { kind: 'write', path: '/etc/adjtime', content: { text: after } };
  return [{
    summary: `let the hardware clock run in ${hwclock === 'local' ? 'local time' : 'UTC'}`, of: '/etc/adjtime', before: adjtime ?? '', after,
    steps: timedatectl ? [{ kind: 'run', argv: ['timedatectl', 'set-local-rtc', hwclock === 'local' ? '1' : '0'] }, write] : [write],
  }];
}
