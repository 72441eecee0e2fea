/** What must happen for a host to be without swap: at boot first, so that nothing turns it on again, and then now. */
import type { Change, Plan, Step } from '../../engine/module/kit.ts';
import { sizeText } from './diff-text.ts';
import { planEdit } from './edit-file.ts';
import { readFstab, withoutEntries, type FstabEntry } from './fstab.ts';
import { scriptStep } from './script.ts';
import { swapServices, type ActiveSwap, type SwapFound, type SwapUnit } from './swap-look.ts';
import type { SwapParams } from './swap-params.ts';

/** Turns off what is meant, and tells what stays nevertheless. */
export function planSwapOff(params: SwapParams, found: SwapFound): Plan {
  const { active, container } = found;
  const isMeant = (name: string): boolean => params.path === undefined || name === params.path || name === found.real[params.path];
  const on = active.filter(({ name }) => isMeant(name));
  const off = params.now && container === undefined ? on : [];
  const isNamed = (name: string): boolean => isMeant(name) || isMeant(found.real[name] ?? name);
  const isLineMeant = ({ src, fstype }: FstabEntry): boolean => fstype === 'swap' && isNamed(asText(src));
  const edit = withoutEntries(found.fstab.content ?? '', isLineMeant, params.comment ? 'comment' : 'remove');
  const units = found.units.filter(({ name, what }) => name.endsWith('.swap') && isNamed(what));
  const services = params.path === undefined ? found.units.filter(({ name }) => swapServices.includes(name)) : [];
  const changes = [
    ...fstabChanges(params, found, edit.content),
    ...units.flatMap(unitChanges),
    ...services.flatMap((unit) => serviceChanges(unit, off.length > 0)),
    ...off.flatMap((swap) => offChanges(swap, found.units)),
  ];
  const remains = [
    ...(container !== undefined && on.length > 0 ? [`this host is a container (${container}): swap of its kernel belongs to the host outside, and ${namesOf(on)} stays on`] : []),
    ...(container === undefined && !params.now && on.length > 0 ? [`swap on ${namesOf(on)} stays on until the next boot`] : []),
    ...off.filter((swap) => !isExplained(swap, found)).map(({ name }) => `neither fstab nor a unit that is known turns on swap on ${name}: what does may do it again`),
    ...off.filter(({ kind }) => kind === 'file').map(({ name, size }) => `the swap file ${name} (${sizeText(size)}) stays on the disk`),
    ...units.filter((unit) => isOwnStatic(unit) && unit.active).map(({ name, file }) => `${name} has no [Install] in ${file}: what starts it may start it again`),
  ];
  return { changes, result: { active: on.map(({ name }) => name), fstab_lines: edit.lines.map(asText), remains }, warnings: remains };
}

/** Whether something that is taken care of here turned it on. */
function isExplained({ name }: ActiveSwap, { fstab, units, real }: SwapFound): boolean {
  const lines = readFstab(fstab.content ?? '').filter(({ fstype }) => fstype === 'swap').map(({ src }) => asText(src));
  const whats = units.filter(({ file }) => file !== '').map(({ what }) => what);
  if ([...lines, ...whats].some((source) => source === name || real[source] === name)) return true;
  return name.startsWith('/dev/zram') ? units.some((unit) => swapServices.includes(unit.name)) : units.some((unit) => ['dphys-swapfile.service', 'swapspace.service'].includes(unit.name));
}

/** Text of a file that was read as bytes. */
function asText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function namesOf(swaps: readonly ActiveSwap[]): string {
  return swaps.map(({ name }) => name).join(', ');
}

function fstabChanges(params: SwapParams, { fstab, systemd }: SwapFound, content: string): Change[] {
  if (fstab.content === undefined || content === fstab.content) return [];
  const { changes } = planEdit(fstab, { content, summary: params.comment ? 'make swap a comment in' : 'take swap out of', msg: '' }, { create: false, backup: params.backup });
  const reload: Step[] = systemd && fstab.real === '/etc/fstab' ? [{ kind: 'run', argv: ['systemctl', 'daemon-reload'] }] : [];
  return changes.map((change) => ({ ...change, steps: [...change.steps, ...reload] }));
}

/**
 * Units made of fstab go with its lines. What other generators make (zram-generator, gpt-auto) comes again at each boot, and
 * a file below /usr again with its package: both are masked. A file in /etc stands where the mask would be and is disabled.
 */
function unitChanges(unit: SwapUnit): Change[] {
  const { name, file, boot, madeOf } = unit;
  if (file === '' || boot === 'masked' || madeOf === '/etc/fstab') return [];
  const isGenerated = /^\/run\/systemd\/generator/.test(file);
  if (isGenerated || /^(\/usr)?\/lib\//.test(file)) {
    const isWanted = isGenerated || ['enabled', 'enabled-runtime', 'static', 'indirect'].includes(boot);
    return isWanted ? [systemctl(`mask ${name}`, 'mask', name, { masked: true })] : [];
  }
  return boot.startsWith('enabled') ? [systemctl(`disable ${name} at boot`, 'disable', name, { enabled: false })] : [];
}

function systemctl(summary: string, verb: string, name: string, state: Readonly<Record<string, boolean>>): Change {
  return { summary, steps: [{ kind: 'run', argv: ['systemctl', verb, '--', name] }], leaves: [{ kind: 'unit', name, state }] };
}

function isOwnStatic({ file, boot }: SwapUnit): boolean {
  return file.startsWith('/etc/systemd/system/') && boot === 'static';
}

/** A service that is stopped turns its own swap off; without the right to do so it is only kept from the next boot. */
function serviceChanges({ name, boot, active }: SwapUnit, mayStop: boolean): Change[] {
  const stops = active && mayStop;
  if (!boot.startsWith('enabled') && !stops) return [];
  return [{
    summary: boot.startsWith('enabled') ? `disable ${name} at boot${stops ? ', and stop it' : ''}` : `stop ${name}`,
    steps: [{ kind: 'run', argv: ['systemctl', 'disable', ...(stops ? ['--now'] : []), '--', name] }],
    leaves: [{ kind: 'unit', name, state: { enabled: false, ...(stops && { active: false }) } }],
  }];
}

/** One that a service has turned off by then is as good. */
const offScript = `swapoff -- "$1" || ! grep -qF -- "$(printf %s "$1" | sed 's/ /\\\\040/g') " /proc/swaps`;

/** What was in it goes back to memory, which takes its time, or fails where there is too little. */
function offChanges({ name, size }: ActiveSwap, units: readonly SwapUnit[]): Change[] {
  const maker = units.find((unit) => unit.active && unit.name === `systemd-zram-setup@${name.replace('/dev/', '')}.service`);
  const stop: Step[] = maker ? [{ kind: 'run', argv: ['systemctl', 'stop', '--', maker.name] }] : [];
  return [{
    summary: `turn off swap on ${name} (${sizeText(size)})`, of: '/proc/swaps', before: `${name}\n`, after: '',
    steps: [scriptStep(offScript, [name]), ...stop], leaves: [{ kind: 'path', name: '/proc/swaps', state: { [name]: false } }],
  }];
}
