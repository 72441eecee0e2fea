/** What makes a user's account as asked: the changes of the module `user`. */
import { ModuleFailure, type Change, type Run, type Step, type Thing } from '../../engine/module/kit.ts';
import type { Account } from './accounts.ts';
import type { UserFound, UserParams } from './user-account.ts';
import { scriptStep } from './script.ts';
import { leftUser } from './user-foreseen.ts';

/** The changes that make a new account. Throws ModuleFailure where its number is taken. */
export function createUser(params: UserParams, found: UserFound, keyFile: string): Change[] {
  checkNumber(params, found);
  const { name, home = `/home/${name}` } = params;
  const ownGroup = params.group === undefined && !found.ownGroup;
  const makes: Thing[] = [{ kind: 'user', name }, ...(ownGroup ? [{ kind: 'group' as const, name }] : []), ...(params.create_home ? [{ kind: 'path' as const, name: home }] : [])];
  const parent = home.slice(0, home.lastIndexOf('/'));
  const needsParent = params.create_home && params.home !== undefined && parent !== '' && !found.hasHomeParent;
  const parentStep: Step[] = needsParent ? [{ kind: 'directory', path: parent }] : [];
  const changes: Change[] = [
    { summary: `create the user ${name}`, steps: [...parentStep, command('useradd', ...useraddOptions(params, found), name)], makes, leaves: [...leftUser(params, params.group === undefined ? name : nameOf(params.group, found), params.groups?.map((each) => nameOf(each, found)) ?? []), ...(ownGroup ? [{ kind: 'group' as const, name, state: { exists: true } }] : [])] },
  ];
  if (params.password !== undefined) changes.push(setPassword(params));
  else if (params.password_lock) changes.push({ summary: `lock the password of ${name}`, steps: [command('usermod', '-L', name)] });
  changes.push(...aging(params, undefined));
  if (params.generate_ssh_key) changes.push(sshKey(params, keyFile));
  return changes;
}

/** The changes that make an account as asked that is there already; none where it is. Throws ModuleFailure where its number is taken. */
export function modifyUser(params: UserParams, found: UserFound, account: Account, keyFile: string): Change[] {
  checkNumber(params, found);
  const { name } = params;
  const changes: Change[] = [];
  const set = (what: string, before: string, after: string, ...options: string[]): void => {
    if (before !== after) changes.push({ summary: `set the ${what} of ${name} to ${after || 'nothing'}, was ${before || 'nothing'}`, of: name, before, after, steps: [command('usermod', ...options, name)] });
  };
  if (params.uid !== undefined) set('number', String(account.uid), String(params.uid), '-u', String(params.uid), ...(params.non_unique ? ['-o'] : []));
  const group = params.group === undefined ? undefined : nameOf(params.group, found);
  if (group !== undefined) set('primary group', found.primary ?? String(account.gid), group, '-g', group);
  if (params.groups) changes.push(...memberships(params, found, group ?? found.primary));
  if (params.comment !== undefined) set('full name', account.comment, params.comment, '-c', params.comment);
  if (params.home !== undefined) set('home', account.home, params.home, '-d', params.home, ...(params.move_home ? ['-m'] : []));
  if (params.shell !== undefined) set('shell', account.shell, params.shell, '-s', params.shell);
  if (params.create_home && !found.hasHome && !(params.move_home && params.home !== account.home)) changes.push(makeHome(params, params.home ?? account.home));
  const isNew = params.password !== undefined && params.update_password === 'always' && !found.shadow?.same;
  if (isNew) changes.push(setPassword({ ...params, password_lock: params.password_lock ?? found.shadow?.locked }));
  else if (params.password_lock !== undefined && found.shadow && params.password_lock !== found.shadow.locked) {
    changes.push({ summary: `${params.password_lock ? 'lock' : 'unlock'} the password of ${name}`, steps: [command('usermod', params.password_lock ? '-L' : '-U', name)] });
  }
  changes.push(...aging(params, found.shadow));
  if (params.generate_ssh_key && found.publicKey === undefined) changes.push(sshKey(params, keyFile));
  const [first, ...rest] = changes;
  return first ? [{ ...first, leaves: leftUser(params, group, params.groups && groupsAfter(params, found, group ?? found.primary)) }, ...rest] : [];
}

/** The change that removes an account. */
export function removeUser({ name, remove, force }: UserParams): Change {
  return { summary: `remove the user ${name}${remove ? ' and the home directory' : ''}`, steps: [command('userdel', ...(force ? ['-f'] : []), ...(remove ? ['-r'] : []), name)], leaves: [{ kind: 'user', name, state: { exists: false } }] };
}

function command(...argv: string[]): Run {
  return { kind: 'run', argv };
}

function checkNumber({ name, uid, non_unique }: UserParams, { holder }: UserFound): void {
  if (uid === undefined || !holder || holder.name === name || non_unique) return;
  throw new ModuleFailure(`the user ${holder.name} has the number ${uid} already`, { hint: 'choose another uid, or set non_unique: true' });
}

/** A group's name, of one that is asked for by number too; one that does not exist yet goes by what it was asked by. */
function nameOf(asked: string, found: UserFound): string {
  return found.groups.get(asked)?.name ?? asked;
}

/** Where a group of the user's own name exists already, it becomes the primary one; useradd alone would refuse. */
function useraddOptions(params: UserParams, found: UserFound): string[] {
  const group = params.group === undefined ? found.ownGroup?.name : nameOf(params.group, found);
  const others = params.groups?.map((each) => nameOf(each, found)) ?? [];
  const option = (flag: string, value: string | number | undefined): string[] => (value === undefined ? [] : [flag, String(value)]);
  return [
    ...option('-u', params.uid), ...(params.uid !== undefined && params.non_unique ? ['-o'] : []),
    ...option('-g', group), ...(others.length > 0 ? ['-G', others.join(',')] : []),
    ...option('-c', params.comment), ...option('-d', params.home), ...option('-s', params.shell),
    ...option('-e', params.expires === undefined ? undefined : expiryDay(params.expires).date),
    ...(params.system ? ['-r'] : []),
    ...(params.create_home ? ['-m', ...option('-k', params.skeleton), ...(params.umask === undefined ? [] : ['-K', `UMASK=${params.umask}`])] : ['-M']),
  ];
}

function memberships(params: UserParams, found: UserFound, primary: string | undefined): Change[] {
  const now = found.member.filter((each) => each !== found.primary && each !== primary);
  const after = groupsAfter(params, found, primary);
  if (after.length === now.length && after.every((each) => now.includes(each))) return [];
  const added = after.filter((each) => !now.includes(each));
  const summary = params.append ? `add ${params.name} to ${added.join(', ')}` : `set the groups of ${params.name} to ${after.join(', ') || 'none'}, was ${now.join(', ') || 'none'}`;
  const options = params.append ? ['-a', '-G', added.join(',')] : ['-G', after.join(',')];
  return [{ summary, of: params.name, before: now.toSorted().join('\n'), after: after.toSorted().join('\n'), steps: [command('usermod', ...options, params.name)] }];
}

/** The other groups as they shall be. */
function groupsAfter(params: UserParams, found: UserFound, primary: string | undefined): string[] {
  const asked = params.groups!.map((each) => nameOf(each, found));
  const now = params.append ? found.member.filter((each) => each !== found.primary) : [];
  return [...new Set([...now, ...asked])].filter((each) => each !== primary);
}

/** A locked account stays locked: its hash stands behind an exclamation mark, as usermod -L writes it. */
function setPassword({ name, password, password_lock: isLocked }: UserParams): Change {
  return { summary: `set the password of ${name}`, steps: [{ kind: 'run', argv: ['chpasswd', '-e'], stdin: `${name}:${isLocked ? '!' : ''}${password}\n` }] };
}

/** Days since 1970, as shadow has them, and the date of that day, as useradd takes it; nothing for never. */
function expiryDay(seconds: number): { readonly days: string; readonly date: string } {
  if (seconds < 0) return { days: '', date: '' };
  const days = Math.floor(seconds / 86_400);
  return { days: String(days), date: new Date(days * 86_400_000).toISOString().slice(0, 10) };
}

/** Expiry of account and password; of a new account, what useradd does not take. */
function aging(params: UserParams, shadow: UserFound['shadow']): Change[] {
  const { name } = params;
  const rows: [string, number | undefined, string | undefined, string][] = [
    ['longest time a password is kept', params.password_expire_max, shadow?.max, '-M'],
    ['shortest time a password is kept', params.password_expire_min, shadow?.min, '-m'],
    ['warning before a password expires', params.password_expire_warn, shadow?.warn, '-W'],
  ];
  const changes: Change[] = rows.flatMap(([what, asked, now, flag]) => (asked === undefined || String(asked) === now ? []
    : [{ summary: `set the ${what} of ${name} to ${asked} days`, of: name, before: now, after: String(asked), steps: [command('chage', flag, String(asked), name)] }]));
  if (shadow === undefined || params.expires === undefined) return changes;
  const wanted = expiryDay(params.expires);
  const now = shadow.expires === '-1' ? '' : shadow.expires;
  if (now !== wanted.days) changes.push({ summary: wanted.date ? `let the account ${name} expire on ${wanted.date}` : `let the account ${name} never expire`, steps: [command('usermod', '-e', wanted.date, name)] });
  return changes;
}

function makeHome({ name, skeleton = '/etc/skel', umask }: UserParams, home: string): Change {
  return { summary: `make the home ${home} of ${name}`, steps: [scriptStep(homeScript, [name, home, skeleton, umask ?? ''])], makes: [{ kind: 'path', name: home }] };
}

const homeScript = `
[ -z "$4" ] || umask "$4"
mkdir -p -- "$2" || exit
[ ! -d "$3" ] || cp -R -- "$3/." "$2/" || exit
[ -n "$4" ] || chmod 0700 -- "$2"
chown -R -- "$(id -u "$1"):$(id -g "$1")" "$2"`;

/** The key is made as the user, so that no file of root's can be put under a directory the user owns. */
function sshKey(params: UserParams, keyFile: string): Change {
  const { name, ssh_key_type: type, ssh_key_bits: bits, ssh_key_comment: comment } = params;
  return { summary: `make an SSH key ${keyFile} for ${name}`, steps: [scriptStep(keyScript, [name, keyFile, type, bits === undefined ? '' : String(bits), comment ?? ''])] };
}

const keyScript = `
home=$(getent passwd "$1" | cut -d: -f6)
runuser -u "$1" -- sh -c '
  cd "$1" && umask 077 && mkdir -p -- "$(dirname -- "$2")" || exit
  [ -e "$2" ] || ssh-keygen -q -t "$3" \${4:+-b "$4"} -C "\${5:-$(id -un)@$(uname -n)}" -N "" -f "$2" </dev/null || exit
  cat -- "$2.pub"' sh "$home" "$2" "$3" "$4" "$5"`;
