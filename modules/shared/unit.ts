/** systemd units: names, and what `systemctl show` tells of them. */

/** Properties that the module asks for; `status` in its result is these. */
export const unitProperties = [
  'Id', 'Names', 'Description', 'Type', 'LoadState', 'LoadError', 'ActiveState', 'SubState', 'UnitFileState', 'UnitFilePreset', 'NeedDaemonReload', 'FragmentPath', 'DropInPaths',
  'CanReload', 'ConditionResult', 'Result', 'ExecMainCode', 'ExecMainStatus', 'ExecMainStartTimestamp', 'ActiveEnterTimestamp', 'MainPID', 'NRestarts', 'RemainAfterExit',
] as const;

export type UnitStatus = Readonly<Partial<Record<(typeof unitProperties)[number], string>>>;

/** A unit's full name: a bare word is a service. */
export function unitName(name: string): string {
  return /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/.test(name) ? name : `${name}.service`;
}

/** `Key=value` lines as systemctl show prints them. */
export function readStatus(text: string): UnitStatus {
  const rows = text.split('\n').filter((line) => line.includes('=')).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  return Object.fromEntries(rows);
}

/** The status once earlier tasks of a dry run are done: `{ active, enabled, masked }`, as far as they touch it. */
export function foreseenStatus(status: UnitStatus, { active, enabled, masked }: Readonly<Record<string, unknown>>): UnitStatus {
  return {
    ...status,
    ...(status.LoadState === 'not-found' && { LoadState: 'loaded' }),
    ...(masked !== undefined && { LoadState: masked ? 'masked' : 'loaded', UnitFileState: masked ? 'masked' : 'disabled' }),
    ...(enabled !== undefined && { UnitFileState: enabled ? 'enabled' : 'disabled' }),
    ...(active !== undefined && { ActiveState: active ? 'active' : 'inactive', SubState: active ? 'running' : 'dead' }),
  };
}

/** Started or on its way there. */
export function isRunning({ ActiveState: state = '' }: UnitStatus): boolean {
  return ['active', 'activating', 'reloading', 'refreshing', 'maintenance'].includes(state);
}

/** Whether nobody can start it: its file is linked to /dev/null. */
export function isMasked({ LoadState, UnitFileState = '' }: UnitStatus): boolean {
  return LoadState === 'masked' || UnitFileState.startsWith('masked');
}

/**
 * Whether enabling would change nothing, or disabling would: undefined for a unit that is neither, since its file
 * has no [Install] (static), stands for other files (indirect) or was made by a generator.
 */
export function isEnabled({ UnitFileState: state = '' }: UnitStatus): boolean | undefined {
  if (['static', 'indirect', 'generated', 'transient', 'alias'].includes(state)) return undefined;
  return state === 'enabled';
}

/** Exit codes by which systemd itself gives up before the program runs (systemd.exec(5)). */
const ownCodes: Readonly<Record<string, string>> = {
  200: 'its WorkingDirectory= cannot be entered', 203: 'the program of ExecStart= cannot be run', 208: 'its standard input cannot be set up', 209: 'its standard output cannot be set up', 216: 'its Group= cannot be had', 217: 'its User= cannot be had',
  218: 'its capabilities cannot be set', 226: 'its name spaces cannot be set up', 238: 'its StateDirectory= cannot be made', 239: 'its CacheDirectory= cannot be made', 240: 'its LogsDirectory= cannot be made', 241: 'its ConfigurationDirectory= cannot be made',
};

/** Why a unit is not running, in words. */
export function whyDown(status: UnitStatus): string {
  const { Result: result = '', ExecMainCode: kind, ExecMainStatus: code = '', LoadState: load, LoadError: error = '' } = status;
  if (load !== undefined && load !== 'loaded') return `systemd cannot load it (${load})${error ? `: ${error.replace(/^\S+ /, '').replaceAll('"', '')}` : ''}`;
  const words: Record<string, string> = {
    'exit-code': `its process ended with code ${code}${ownCodes[code] ? `: ${ownCodes[code]}` : ''}`,
    signal: `its process was killed by signal ${code}`,
    'core-dump': `its process dumped core on signal ${code}`,
    timeout: 'it ran out of time',
    protocol: 'it did not keep to the protocol of its Type= (a PID file or a notice that never came)',
    watchdog: 'its watchdog ran out',
    'start-limit-hit': 'it was started too often in a short time',
    'oom-kill': 'it was killed for lack of memory',
    resources: 'systemd lacked a resource to start it',
    'exec-condition': 'its ExecCondition= said no',
  };
  const said = words[result] ?? (kind === '1' && code !== '0' && code !== '' ? words['exit-code'] : undefined);
  return said ?? `it is ${status.ActiveState ?? 'unknown'} (${status.SubState ?? 'unknown'}), Result=${result || 'none'}`;
}
