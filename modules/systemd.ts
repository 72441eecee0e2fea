/** Keeps a systemd unit as asked: its file and drop-ins, whether it starts at boot, whether it runs now. */
import { defineModule, flag, Missing, ModuleFailure, seconds, text, z, type Change, type Evidence, type Plan, type Probe, type Step } from '../engine/module/kit.ts';
import { askRecords } from './shared/script.ts';
import { spacedFunction } from './shared/records.ts';
import { stateChanges } from './shared/unit-state.ts';
import { showStep, statusAfter } from './shared/unit-steps.ts';
import { foreseenStatus, isEnabled, readStatus, unitName, unitProperties, type UnitStatus } from './shared/unit.ts';

const unitText = () => text().pipe(z.string().refine((content) => /^\s*\[\w+\]\s*$/m.test(content) || !content.trim().includes('\n'), 'expected the text of a unit file, with sections such as [Service]'));

const params = z.object({
  name: text().pipe(z.string().regex(/^[\w:.\\@-]+$/, 'expected the name of one unit')).optional().describe('the unit; a bare word is a service'),
  state: z.enum(['started', 'stopped', 'restarted', 'reloaded']).optional().describe('started and stopped act only where needed; restarted and reloaded act each time and start what is not running'),
  enabled: flag().optional().describe('whether it starts at boot'),
  masked: flag().optional().describe('whether nobody can start it'),
  unit: unitText().optional().describe('the text of the unit\'s own file, kept as /etc/systemd/system/NAME (a single word is taken for the unit\'s name, as Ansible does)'),
  dropins: z.record(z.string().regex(/^[\w.@-]+$/, 'expected a file name'), z.union([unitText(), z.null()])).optional().describe('files in /etc/systemd/system/NAME.d: name, ".conf" added, and text; null removes one'),
  daemon_reload: flag().default(false).describe('have systemd read its files anew; done without asking where they changed (default no)'),
  daemon_reexec: flag().default(false).describe('have systemd start itself anew first (default no)'),
  scope: z.enum(['system'], 'expected system: kplay acts on units of the system, not on those of a user').default('system').describe('whose units: system alone'),
  no_block: flag().default(false).describe('do not wait until it has started or stopped (default no)'),
  force: flag().default(false).describe('let enabling replace links that are in the way (default no)'),
  wait: seconds().default(30).describe('seconds for a started unit to become active, counted from the start (default 30; systemd\'s own TimeoutStartSec= counts too)'),
  use: z.enum(['auto', 'systemd', 'service']).default('auto').describe('taken for compatibility; services are always systemd\'s'),
});

export type SystemdParams = z.infer<typeof params>;

/** Path → text now, undefined where there is no such file. */
type Files = ReadonlyMap<string, string | undefined>;

export interface SystemdFound {
  /** Undefined where no unit is named. */
  readonly status: UnitStatus | undefined;
  readonly files: Files;
  /** A unit file of that name stands in /etc/systemd/system, or will (in a dry run). */
  readonly hasFile: boolean;
}

export default defineModule<typeof params, SystemdFound>({
  summary: 'Keep a systemd unit: its file, at boot, running or not',
  params,
  aliases: { service: 'name', 'daemon-reload': 'daemon_reload', 'daemon-reexec': 'daemon_reexec' },
  rules: [{ kind: 'oneOf', names: ['name', 'unit', 'daemon_reload', 'daemon_reexec'] }],
  example: `- name: etcd runs, now and at boot
  systemd:
    name: etcd
    state: started
    enabled: true
    dropins:
      limits: |
        [Service]
        LimitNOFILE=65536`,
  returns: { name: 'the unit', state: 'as asked', enabled: 'whether it starts at boot', status: 'what systemctl show tells: ActiveState, SubState, UnitFileState, Result, ExecMainStatus, …' },
  touches: (params) => (params.daemon_reload || params.daemon_reexec ? [] : [`/etc/systemd/system/${targetOf(params) ?? ''}`]),
  slow: true,
  inspect,
  plan,
  output(params, _found, steps) {
    const unit = targetOf(params);
    const status = unit === undefined ? undefined : statusAfter(unit, steps, params.wait);
    return status ? { status } : {};
  },
  evidence,
});

const inspectScript = `${spacedFunction}
out=$(systemctl show -p "$2" -- "$1" 2>&1) && printf '@show\\n' || printf '@error\\n'
spaced "$out"
case $out in *UnitFileState=generated*) printf '@enabled\\n'; systemctl is-enabled -- "$1" 2>/dev/null | sed 's/^/ /';; esac`;

async function inspect(params: SystemdParams, probe: Probe): Promise<SystemdFound> {
  const unit = targetOf(params);
  if (unit === undefined) return { status: undefined, files: new Map(), hasFile: false };
  const [records, stat, ...texts] = await Promise.all([
    askRecords(probe, inspectScript, [unit, unitProperties.join(',')]),
    probe.stat(`/etc/systemd/system/${unit}`, { follow: true }),
    ...[...wantedFiles(params, unit).keys()].map((path) => probe.read(path)),
  ]);
  if (records['show'] === undefined) throw new ModuleFailure(`systemctl cannot tell of ${unit}: ${records['error']?.split('\n')[0] ?? 'no answer'}`, { hint: 'is systemd running on this host?' });
  const status = { ...readStatus(records['show']), ...(records['enabled'] && { UnitFileState: records['enabled'] === 'enabled' ? 'enabled' : 'disabled' }) };
  const paths = [...wantedFiles(params, unit).keys()];
  const foreseen = probe.foreseen?.('unit', unit);
  return { status: foreseen ? foreseenStatus(status, foreseen) : status, files: new Map(paths.map((path, i) => [path, texts[i]?.toString('utf8')])), hasFile: stat?.kind === 'file' };
}

function plan(params: SystemdParams, found: SystemdFound): Plan {
  const unit = targetOf(params);
  const files = unit === undefined ? [] : fileChanges(params, found, unit);
  const isStale = files.length > 0 || params.daemon_reload || found.status?.NeedDaemonReload === 'yes';
  const reload: Step[] = [
    ...(params.daemon_reexec ? [{ kind: 'run' as const, argv: ['systemctl', 'daemon-reexec'], leavesNothing: true }] : []),
    ...(isStale ? [{ kind: 'run' as const, argv: ['systemctl', 'daemon-reload'], leavesNothing: true }] : []),
  ];
  if (unit === undefined || !found.status) return { changes: [], waits: reload };
  const { status } = found;
  const { changes, waits } = stateChanges(params, found, unit, files.length > 0);
  const withReload = placeReload(files, changes, reload);
  const isQuiet = withReload.changes.length === 0;
  const showing = isQuiet || changes.some((change) => change.of === unit) ? [] : [showStep(unit)];
  const plan: Plan = {
    changes: withReload.changes, waits: [...withReload.waits, ...waits, ...showing],
    result: { name: params.name ?? unit, ...(params.state && { state: params.state }), enabled: params.enabled ?? isEnabled(status) ?? false, ...(isQuiet && { status }) },
  };
  const exists = status.LoadState !== 'not-found' || found.hasFile || found.files.has(`/etc/systemd/system/${unit}`);
  if (exists || (params.state ?? params.enabled) === undefined) return plan;
  throw new Missing({ kind: 'unit', name: unit }, `there is no unit ${unit} on the host`, 'see `systemctl list-unit-files`; a package or an earlier task must bring it, or give its text in `unit`', plan);
}

/** systemd reads its files after they changed and before anything else happens; reading them is no change by itself. */
function placeReload(files: readonly Change[], others: readonly Change[], reload: readonly Step[]): { readonly changes: readonly Change[]; readonly waits: readonly Step[] } {
  const [first, ...rest] = others;
  if (reload.length === 0) return { changes: [...files, ...others], waits: [] };
  if (first) return { changes: [...files, { ...first, steps: [...reload, ...first.steps] }, ...rest], waits: [] };
  return { changes: files, waits: reload };
}

function fileChanges(params: SystemdParams, found: SystemdFound, unit: string): Change[] {
  const changes: Change[] = [];
  for (const [path, wanted] of wantedFiles(params, unit)) {
    const now = found.files.get(path);
    if (now === wanted) continue;
    const step: Step = wanted === undefined ? { kind: 'remove', path } : { kind: 'write', path, content: { text: wanted }, mode: '0644', owner: 'root', group: 'root' };
    const folder: Step[] = path.includes('.d/') && wanted !== undefined ? [{ kind: 'directory', path: path.slice(0, path.lastIndexOf('/')) }] : [];
    changes.push({
      summary: `${wanted === undefined ? 'remove' : now === undefined ? 'create' : 'change'} ${path}`, of: path, before: now ?? '', after: wanted ?? '', steps: [...folder, step],
      ...(path.endsWith(`/${unit}`) && { makes: [{ kind: 'unit', name: unit }], leaves: [{ kind: 'unit', name: unit, state: {} }] }),
    });
  }
  return changes;
}

/** The files that are asked for and their texts, each with a line end; undefined for one that shall go. */
function wantedFiles(params: SystemdParams, unit: string): Map<string, string | undefined> {
  const files = new Map<string, string | undefined>();
  const ended = (content: string): string => (content.endsWith('\n') ? content : `${content}\n`);
  if (params.unit !== undefined && params.name !== undefined) files.set(`/etc/systemd/system/${unit}`, ended(params.unit));
  for (const [name, content] of Object.entries(params.dropins ?? {})) {
    files.set(`/etc/systemd/system/${unit}.d/${name.endsWith('.conf') ? name : `${name}.conf`}`, content === null ? undefined : ended(content));
  }
  return files;
}

/** The unit's full name. Ansible lets `unit` be another word for `name`, so a lone word there is one. */
function targetOf({ name, unit }: Pick<SystemdParams, 'name' | 'unit'>): string | undefined {
  if (name !== undefined) return unitName(name);
  if (unit === undefined) return undefined;
  if (/\s|\[/.test(unit.trim())) throw new ModuleFailure('the text of a unit needs the name of the unit too', { hint: 'add name:' });
  return unitName(unit.trim());
}

const evidenceScript = `
printf '@status\\n'; systemctl status --no-pager -l -n 0 -- "$1" 2>&1 | sed 's/^/ /'
printf '@journal\\n'; { journalctl -u "$1" -n 30 --no-pager -o short-iso 2>&1 || printf 'the journal cannot be read\\n'; } | sed 's/^/ /'`;

async function evidence(params: SystemdParams, probe: Probe): Promise<Evidence[]> {
  const unit = targetOf(params);
  if (unit === undefined) return [];
  const records = await askRecords(probe, evidenceScript, [unit]);
  const journal = records['journal'];
  const nothing = !journal || /^-- No entries --$/m.test(journal);
  return [
    { title: `systemctl status ${unit}`, text: records['status'] || 'systemctl gave no answer' },
    { title: `last lines of the journal of ${unit}`, text: nothing ? `the journal has no lines of ${unit}; is a journal kept on this host, and may this user read it?` : journal },
  ];
}
