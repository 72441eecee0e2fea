/** Keeps a user's account present as described, or absent. */
import { defineModule, flag, listOf, Missing, ModuleFailure, secret, text, textOf, whole, z, type Plan, type Probe, type Run, type StepResult } from '../engine/module/kit.ts';
import { accountName, readAccount, readGroup, type Account } from './shared/accounts.ts';
import { askRecords } from './shared/script.ts';
import { foreseenUser } from './shared/user-foreseen.ts';
import type { UserFound, UserParams } from './shared/user-account.ts';
import { createUser, modifyUser, removeUser } from './shared/user-changes.ts';

const params = z.object({
  name: text().pipe(z.string().regex(accountName, 'expected the name of a user')).describe('the user'),
  state: z.enum(['present', 'absent']).default('present').describe('whether the account exists (default present)'),
  uid: whole().optional().describe('its number (default: the next free one)'),
  non_unique: flag().default(false).describe('let several users share the number (default no)'),
  group: text().optional().describe('the primary group, name or number, which must exist (default: a group of the user\'s own name)'),
  groups: listOf(text()).optional().describe('the other groups, names or numbers, which must exist; an empty list leaves none'),
  append: flag().default(false).describe('keep other groups beside `groups` (default no: exactly these)'),
  comment: text().optional().describe('the full name'),
  home: z.string().regex(/^\//, 'expected an absolute path').optional().describe('the home directory (default: /home/NAME, as the host has it)'),
  create_home: flag().default(true).describe('make the home directory where it is missing (default yes)'),
  move_home: flag().default(false).describe('move what is in the old home when `home` changes (default no)'),
  skeleton: z.string().optional().describe('the directory whose files a new home gets (default /etc/skel)'),
  umask: z.string().regex(/^[0-7]{3,4}$/, 'expected an octal mask such as "027"').optional().describe('the mask a new home is made with, in quotes (default: the host\'s)'),
  shell: text().optional().describe('the login shell (default: the host\'s)'),
  system: flag().default(false).describe('make it a system account, with a low number; for a new one alone (default no)'),
  password: secret().optional().describe('the password as a crypt hash (`mkpasswd -m sha-512`); "!" or "*" for none'),
  update_password: z.enum(['always', 'on_create']).default('always').describe('on_create sets the password of a new account alone (default always)'),
  password_lock: flag().optional().describe('yes locks the password, no unlocks it'),
  password_expire_max: whole().optional().describe('days a password may be kept'),
  password_expire_min: whole().optional().describe('days before a password may be changed'),
  password_expire_warn: whole().optional().describe('days of warning before a password expires'),
  expires: z.preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), z.number()).optional().describe('when the account expires, in seconds since 1970 (counted in days); a negative number for never'),
  generate_ssh_key: flag().default(false).describe('make an SSH key where the user has none (default no)'),
  ssh_key_type: z.enum(['rsa', 'ed25519', 'ecdsa']).default('rsa').describe('kind of that key (default rsa)'),
  ssh_key_bits: whole().optional().describe('its size in bits (default: ssh-keygen\'s)'),
  ssh_key_file: z.string().optional().describe('its file, relative to the home directory (default .ssh/id_TYPE)'),
  ssh_key_comment: text().optional().describe('its comment (default NAME@HOST)'),
  remove: flag().default(false).describe('with state absent: remove the home directory and the mail too (default no)'),
  force: flag().default(false).describe('with state absent: remove the account of a user who is logged in too (default no)'),
  local: flag().default(false).describe('taken for compatibility; accounts are always made in /etc/passwd'),
});

export default defineModule<typeof params, UserFound>({
  summary: 'Keep a user\'s account present as described, or absent',
  params,
  aliases: { user: 'name', createhome: 'create_home' },
  rules: [{ kind: 'requiredIf', name: 'non_unique', value: true, names: ['uid'] }],
  example: `- name: The account of etcd
  user:
    name: etcd
    system: true
    group: etcd
    home: /var/lib/etcd
    create_home: false
    shell: /usr/sbin/nologin`,
  returns: { name: 'the user', uid: 'the number', group: 'the number of the primary group', groups: 'the other groups', home: 'the home directory', shell: 'the login shell', comment: 'the full name', ssh_public_key: 'the key made or found, with generate_ssh_key', ssh_key_file: 'its path' },
  touches: () => ['/etc/passwd', '/etc/group'],
  inspect,
  plan,
  output: (params, _found, steps) => after(params, steps),
});

/** $1 user, $2 wanted number, $3 wanted primary group, $4 home, $5 key file, then the wanted groups; the wanted hash on stdin. Hashes stay on the host. */
const inspectScript = `
IFS= read -r wanted || :
name=$1 uid=$2 group=$3 home=$4 key=$5; shift 5
put() { printf '@%s\\n' "$1"; shift; "$@" | sed 's/^/ /'; }
put account getent passwd "$name"
[ -z "$uid" ] || put holder getent passwd "$uid"
put own getent group "$name"
put member id -Gn "$name" 2>/dev/null
[ -z "$group" ] || put "group:$group" getent group "$group"
for each do put "group:$each" getent group "$each"; done
account=$(getent passwd "$name")
now=\${account%:*} now=\${now##*:} gid=\${account#*:*:*:} gid=\${gid%%:*}
[ -z "$gid" ] || put primary getent group "$gid"
home=\${home:-\${now:-/home/$name}}
put homes test -d "$home"; [ -d "$home" ] && printf ' yes\\n'
printf '@parent\\n'; [ -d "\${home%/*}/" ] && printf ' yes\\n'
printf '@key\\n'; [ -z "$key" ] || cat "$home/$key.pub" 2>/dev/null | sed 's/^/ /'
line=$(getent shadow "$name" 2>/dev/null)
if [ -n "$line" ]; then
  rest=\${line#*:} hash=\${rest%%:*} rest=\${rest#*:}
  printf '@aging\\n %s\\n' "$rest"
  printf '@locked\\n'; case $hash in '!'?*) printf ' yes\\n';; esac
  while case $hash in '!'*) ;; *) false;; esac; do hash=\${hash#!}; done
  while case $wanted in '!'*) ;; *) false;; esac; do wanted=\${wanted#!}; done
  printf '@password\\n'; [ "$hash" = "$wanted" ] && printf ' same\\n'
fi
:`;

async function inspect(params: UserParams, probe: Probe): Promise<UserFound> {
  if (params.password !== undefined && /[:\n\0]/.test(params.password)) throw new ModuleFailure('the password is not a crypt hash: it has a colon or a line end', { hint: 'make one with mkpasswd -m sha-512, or the filter password_hash' });
  const { name, uid, group = '', home = '', groups = [] } = params;
  const args = [name, uid === undefined ? '' : String(uid), group, home, params.generate_ssh_key ? keyFile(params) : '', ...groups];
  const records = await askRecords(probe, inspectScript, args, { stdin: `${params.password ?? ''}\n` });
  const known = [group, ...groups].filter(Boolean).map((each) => [each, readGroup(records[`group:${each}`])] as const);
  const [, min = '', max = '', warn = '', , expires = ''] = (records['aging'] ?? '').split(':');
  const found: UserFound = {
    account: readAccount(records['account']),
    holder: readAccount(records['holder']),
    ownGroup: readGroup(records['own']),
    primary: readGroup(records['primary'])?.name,
    member: (records['member'] ?? '').split(/\s+/).filter(Boolean),
    groups: new Map(known),
    hasHome: records['homes'] === 'yes',
    hasHomeParent: records['parent'] === 'yes',
    publicKey: records['key'] || undefined,
    shadow: records['aging'] === undefined ? undefined : { same: records['password'] === 'same', locked: records['locked'] === 'yes', min, max, warn, expires },
  };
  return foreseenUser(params, found, probe);
}

function plan(params: UserParams, found: UserFound): Plan {
  const { name, state, remove, force } = params;
  if (state === 'absent') return { changes: found.account ? [removeUser(params)] : [], result: { name, state, remove, force } };
  const changes = found.account ? modifyUser(params, found, found.account, keyFile(params)) : createUser(params, found, keyFile(params));
  const isPlain = params.password !== undefined && !/^([!*].*|\$[\w.,=-]+\$.+|[\w./]{13}|)$/.test(params.password);
  const plan: Plan = {
    changes,
    result: { name, state, ...(params.password !== undefined && { password: 'NOT_LOGGING_PASSWORD' }), ...(changes.length === 0 && found.account && describe(params, found, found.account)) },
    waits: changes.length === 0 ? [] : [lookAgain('getent', 'passwd', name), lookAgain('id', '-Gn', name)],
    warnings: isPlain ? [`the password of ${name} is not a crypt hash, so nobody can log in with it; make one with mkpasswd -m sha-512`] : [],
  };
  const missing = [...found.groups].find(([, group]) => !group)?.[0];
  if (missing !== undefined) throw new Missing({ kind: 'group', name: missing }, `there is no group ${missing}`, 'make it first with the module group', plan);
  return plan;
}

/** The account as it is, for the result. */
function describe(params: UserParams, found: UserFound, account: Account): Record<string, unknown> {
  const { uid, gid, home, shell, comment } = account;
  const key = params.generate_ssh_key && found.publicKey !== undefined ? { ssh_public_key: found.publicKey, ssh_key_file: `${home}/${keyFile(params)}` } : {};
  return { uid, group: gid, home, shell, comment, groups: found.member.filter((each) => each !== found.primary), ...key };
}

function lookAgain(...argv: string[]): Run {
  return { kind: 'run', argv, codes: 'any' };
}

function keyFile({ ssh_key_file, ssh_key_type }: Pick<UserParams, 'ssh_key_file' | 'ssh_key_type'>): string {
  return ssh_key_file ?? `.ssh/id_${ssh_key_type}`;
}

/** The account after the changes, from the last steps, which ask the host again. */
function after(params: UserParams, steps: readonly StepResult[]): Record<string, unknown> {
  if (params.state === 'absent') return {};
  const answer = (program: string): string | undefined => {
    const result = steps.findLast(({ step }) => step.kind === 'run' && step.argv?.[0] === program);
    return result && textOf(result.stdout);
  };
  const account = readAccount(answer('getent'));
  if (!account) return {};
  const groups = (answer('id') ?? '').split(/\s+/).filter(Boolean).slice(1);
  const publicKey = steps.map(({ stdout }) => textOf(stdout)).findLast((output) => /^(ssh|ecdsa)-\S+ \S+/.test(output));
  const key = publicKey === undefined ? {} : { ssh_public_key: publicKey, ssh_key_file: `${account.home}/${keyFile(params)}` };
  return { uid: account.uid, group: account.gid, home: account.home, shell: account.shell, comment: account.comment, groups, ...key };
}
