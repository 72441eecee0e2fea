/** What a unit's state at boot and now needs to become as asked. */
import { ModuleFailure, type Change, type Step } from '../../engine/module/kit.ts';
import { unitStep, type Verb } from './unit-steps.ts';
import { isEnabled, isMasked, isRunning, whyDown, type UnitStatus } from './unit.ts';

/** The params of `systemd` that decide about the state. */
export interface UnitWish {
  readonly state?: 'started' | 'stopped' | 'restarted' | 'reloaded' | undefined;
  readonly enabled?: boolean | undefined;
  readonly masked?: boolean | undefined;
  readonly no_block: boolean;
  readonly force: boolean;
  readonly wait: number;
}

interface Planned {
  readonly changes: readonly Change[];
  readonly waits: readonly Step[];
}

/** Changes for mask, boot and now, in this order; `isRewritten` where the unit's files change in the same task. Throws ModuleFailure for what cannot be. */
export function stateChanges(wish: UnitWish, found: { readonly status: UnitStatus | undefined; readonly hasFile: boolean }, unit: string, isRewritten: boolean): Planned {
  const status = found.status ?? {};
  const id = status.Id && status.LoadState !== 'not-found' ? status.Id : unit;
  const changes: Change[] = [];
  const systemctl = (summary: string, state: Readonly<Record<string, boolean>>, ...argv: string[]): void => void changes.push({ summary, steps: [{ kind: 'run', argv: ['systemctl', ...argv], leavesNothing: true }], leaves: [{ kind: 'unit', name: unit, state }] });
  if (wish.masked === false && isMasked(status)) systemctl(`unmask ${unit}`, { masked: false }, 'unmask', unit);
  if (wish.enabled !== undefined && needsEnabling(wish.enabled, status, isRewritten)) {
    systemctl(wish.enabled ? `enable ${unit} at boot` : `disable ${unit} at boot`, { enabled: wish.enabled }, wish.enabled ? 'enable' : 'disable', ...(wish.force ? ['--force'] : []), id);
  }
  const { changes: running, waits } = wish.state ? runningChanges(wish, status, unit, isRewritten) : { changes: [], waits: [] };
  changes.push(...running);
  if (wish.masked === true && !isMasked(status) && found.hasFile) throw new ModuleFailure(`${unit} cannot be masked: its own file stands in /etc/systemd/system, where the mask would be`, { hint: 'stop and disable it, or remove that file first' });
  if (wish.masked === true && !isMasked(status)) systemctl(`mask ${unit}`, { masked: true }, 'mask', unit);
  return { changes, waits };
}

function needsEnabling(wanted: boolean, status: UnitStatus, isRewritten: boolean): boolean {
  const now = isEnabled(status);
  if (now === undefined && !isRewritten) return false;
  if (!wanted && status.UnitFileState === 'enabled-runtime') return true;
  return wanted !== (now ?? false);
}

function runningChanges(wish: UnitWish, status: UnitStatus, unit: string, isRewritten: boolean): Planned {
  const isUp = isRunning(status);
  const verb = verbFor(wish.state!, isUp, status);
  if (verb !== undefined && verb !== 'stop') checkStartable(wish, status, unit, isRewritten, verb);
  const step = (what: Verb): Step => unitStep(unit, what, wish.wait, wish.no_block);
  if (verb !== undefined) {
    const active = verb !== 'stop';
    return { changes: [{ summary: `${verb} ${unit}`, of: unit, before: status.ActiveState, after: active ? 'active' : 'inactive', steps: [step(verb)], leaves: [{ kind: 'unit', name: unit, state: { active } }] }], waits: [] };
  }
  const isComing = wish.state === 'started' && status.ActiveState === 'activating' && !wish.no_block;
  return { changes: [], waits: isComing ? [step('watch')] : [] };
}

function verbFor(state: NonNullable<UnitWish['state']>, isUp: boolean, status: UnitStatus): Verb | undefined {
  switch (state) {
    case 'started': return isUp ? undefined : 'start';
    case 'stopped': return isUp || status.ActiveState === 'deactivating' ? 'stop' : undefined;
    case 'restarted': return isUp ? 'restart' : 'start';
    case 'reloaded': return isUp ? 'reload' : 'start';
  }
}

function checkStartable(wish: UnitWish, status: UnitStatus, unit: string, isRewritten: boolean, verb: Verb): void {
  if (isMasked(status) && wish.masked !== false) throw new ModuleFailure(`${unit} is masked and cannot be started`, { hint: 'set masked: false', result: { status } });
  if (isRewritten) return;
  if (status.LoadState === 'bad-setting' || status.LoadState === 'error') throw new ModuleFailure(`${unit} cannot be started: ${whyDown(status)}`, { result: { status } });
  if (verb === 'reload' && status.CanReload === 'no') throw new ModuleFailure(`${unit} cannot be reloaded: its file has no ExecReload=`, { hint: 'use state: restarted', result: { status } });
}
