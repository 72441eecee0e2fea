/** Accounts in a dry run: how a task would leave one, and how later tasks find it. */
import { createHash } from 'node:crypto';
import type { Probe, ThingState } from '../../engine/module/kit.ts';
import type { GroupEntry } from './accounts.ts';
import type { UserFound, UserParams } from './user-account.ts';

/** What is foreseen of an account; fields that no task touched are missing. */
interface Foreseen {
  readonly exists?: boolean;
  readonly uid?: number;
  readonly group?: string;
  readonly groups?: readonly string[];
  readonly comment?: string;
  readonly home?: string;
  readonly shell?: string;
  readonly hasHome?: boolean;
  readonly locked?: boolean;
  /** Hex SHA-256 of the crypt hash, which itself is kept nowhere. */
  readonly password?: string;
  readonly aging?: Readonly<Record<'min' | 'max' | 'warn' | 'expires', string | undefined>>;
  readonly hasKey?: boolean;
}

/** How the account will be once it is as asked; `groups` are the other groups by name, `group` the primary one. */
export function leftUser(params: UserParams, group: string | undefined, groups: readonly string[] | undefined): ThingState[] {
  const { name, uid, comment, home, shell, password, password_lock: locked } = params;
  const days = (value: number | undefined): string | undefined => (value === undefined ? undefined : String(value));
  const expires = params.expires === undefined ? undefined : params.expires < 0 ? '' : String(Math.floor(params.expires / 86_400));
  const state: Foreseen = definedOnly({
    exists: true, uid, comment, home, shell, group, groups, locked, ...(params.create_home && { hasHome: true }), ...(params.generate_ssh_key && { hasKey: true }),
    ...(password !== undefined && { password: digest(password) }),
    aging: { min: days(params.password_expire_min), max: days(params.password_expire_max), warn: days(params.password_expire_warn), expires },
  });
  return [{ kind: 'user', name, state: { ...state } }];
}

/** What inspecting gives once earlier tasks of a dry run are done. -1 stands for a number that only the run gives. */
export function foreseenUser(params: UserParams, found: UserFound, probe: Probe): UserFound {
  const groups = new Map([...found.groups].map(([asked, group]) => [asked, group ?? foreseenGroup(asked, probe)] as const));
  const foreseen = probe.foreseen?.('user', params.name) as Foreseen | undefined;
  if (!foreseen) return { ...found, groups };
  if (foreseen.exists === false) return { ...found, groups, account: undefined, primary: undefined, member: [], shadow: undefined, hasHome: false };
  const { name } = params;
  const { uid, comment, home, shell, aging } = foreseen;
  const account = { ...(found.account ?? { name, uid: -1, gid: -1, comment: '', home: `/home/${name}`, shell: params.shell ?? '' }), ...definedOnly({ uid, comment, home, shell }) };
  const primary = foreseen.group ?? found.primary ?? name;
  const shadow = found.shadow ?? { same: false, locked: false, min: '', max: '', warn: '', expires: '' };
  const same = foreseen.password === undefined ? shadow.same : params.password !== undefined && foreseen.password === digest(params.password);
  return {
    ...found, groups, account, primary,
    member: [primary, ...(foreseen.groups ?? found.member.filter((each) => each !== found.primary))],
    hasHome: foreseen.hasHome ?? found.hasHome,
    publicKey: found.publicKey ?? (foreseen.hasKey ? '' : undefined),
    shadow: { ...shadow, ...definedOnly(aging ?? {}), same, locked: foreseen.locked ?? shadow.locked },
  };
}

function foreseenGroup(asked: string, probe: Probe): GroupEntry | undefined {
  const foreseen = probe.foreseen?.('group', asked);
  return foreseen?.['exists'] ? { name: asked, gid: (foreseen['gid'] as number | undefined) ?? -1, members: [] } : undefined;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function definedOnly<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
