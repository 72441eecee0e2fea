/** Keeps a host's name: the one it has now and the one it boots with. */
import { defineModule, text, textOf, z, type Change, type Plan, type Probe, type Step } from '../engine/module/kit.ts';
import { askRecords, scriptStep } from './shared/script.ts';

const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

const params = z.object({
  name: text().pipe(z.string().max(64).refine((name) => name.split('.').every((part) => label.test(part)), 'expected a host name: letters, digits and hyphens, parts split by dots'))
    .describe('the name, with or without its domain; at most 64 characters'),
  use: z.enum(['auto', 'systemd', 'generic', 'debian', 'redhat', 'sles', 'alpine', 'openrc', 'freebsd', 'macos', 'macosx', 'darwin', 'openbsd', 'solaris']).default('auto')
    .describe('systemd sets it by hostnamectl, any other word by /etc/hostname and hostname(1) (default auto: hostnamectl where systemd runs)'),
});

type Params = z.infer<typeof params>;

interface Found {
  /** The name the kernel has now. */
  readonly now: string;
  /** What stands in /etc/hostname. */
  readonly boot: string | undefined;
  readonly systemd: boolean;
}

export default defineModule<typeof params, Found>({
  summary: 'Set the host\'s name, now and at boot',
  params,
  example: `- hostname:
    name: "{{ inventory_hostname }}"`,
  returns: { name: 'the name', ansible_facts: 'ansible_hostname, ansible_nodename and, where the name has a domain, ansible_fqdn and ansible_domain' },
  touches: () => ['/etc/hostname'],
  inspect,
  plan,
});

const inspectScript = `
printf '@now\\n'; uname -n | sed 's/^/ /'
printf '@systemd\\n'; [ -d /run/systemd/system ] && command -v hostnamectl | sed 's/^/ /'`;

async function inspect(_params: Params, probe: Probe): Promise<Found> {
  const [records, file] = await Promise.all([askRecords(probe, inspectScript), probe.read('/etc/hostname')]);
  return { now: records['now'] ?? '', boot: file === undefined ? undefined : readName(textOf(file)), systemd: Boolean(records['systemd']) };
}

/** The first line that is no comment, as hostname(5) has it. */
export function readName(file: string): string {
  return file.split('\n').map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#')) ?? '';
}

function plan({ name, use }: Params, found: Found): Plan {
  const changes: Change[] = [];
  const byFile = use === 'auto' ? !found.systemd : use !== 'systemd';
  if (found.boot !== name) {
    const write: Step = { kind: 'write', path: '/etc/hostname', content: { text: `${name}\n` }, mode: '0644' };
    const step: Step = byFile ? write : { kind: 'run', argv: ['hostnamectl', '--static', 'set-hostname', name], makes: ['/etc/hostname'] };
    changes.push({ summary: `set the name at boot to ${name}${found.boot ? `, was ${found.boot}` : ''}`, of: '/etc/hostname', before: found.boot ?? '', after: name, steps: [step] });
  }
  if (found.now !== name) {
    const step = byFile ? scriptStep(setNow, [name]) : { kind: 'run' as const, argv: ['hostnamectl', '--transient', 'set-hostname', name] };
    changes.push({ summary: `set the name to ${name}, was ${found.now}`, of: 'hostname', before: found.now, after: name, steps: [step] });
  }
  return { changes, result: { name, ansible_facts: facts(name) } };
}

const setNow = 'if command -v hostname >/dev/null 2>&1; then hostname "$1"; else printf %s "$1" > /proc/sys/kernel/hostname; fi';

function facts(name: string): Record<string, string> {
  const [short = name, ...domain] = name.split('.');
  const named = { ansible_hostname: short, ansible_nodename: name };
  return domain.length === 0 ? named : { ...named, ansible_fqdn: name, ansible_domain: domain.join('.') };
}
