/** Keeps SELinux enforcing, permissive or disabled: now as far as a running kernel can, and at boot. */
import posix from 'node:path/posix';
import { defineModule, flag, Missing, ModuleFailure, text, z, type Change, type Plan, type Probe } from '../engine/module/kit.ts';
import { lookAtEdited, planEdit, type EditedFile } from './shared/edit-file.ts';
import { linesOf } from './shared/records.ts';
import { askRecords, scriptStep } from './shared/script.ts';
import { readSelinux, withSelinux } from './shared/selinux-config.ts';

const params = z.object({
  state: z.enum(['enforcing', 'permissive', 'disabled']).describe('enforcing denies what the policy forbids, permissive only notes it; disabled comes with the next boot, until then it is permissive'),
  policy: text().pipe(z.string().regex(/^[\w.-]+$/, 'expected the name of a policy')).optional().describe('the policy, such as targeted (default: what the file has, else targeted)'),
  configfile: text().pipe(z.string().regex(/^\//, 'expected an absolute path')).default('/etc/selinux/config').describe('the file that says it at boot; policies are the folders beside it (default /etc/selinux/config)'),
  update_kernel_param: flag().default(false).describe('have grubby keep selinux=0 on the kernel\'s command line for disabled, which newer kernels need to be without it at all, and off it otherwise (default no)'),
});

type Params = z.infer<typeof params>;

interface Found {
  readonly file: EditedFile;
  /** Undefined where the kernel runs without SELinux. */
  readonly now: 'enforcing' | 'permissive' | undefined;
  /** Names of policies that are installed. */
  readonly policies: readonly string[];
  /** The running kernel was told selinux=0. */
  readonly barred: boolean;
  /** The command line of each kernel that grubby knows; undefined where there is no grubby, or nobody needs to know. */
  readonly kernels: readonly string[] | undefined;
}

export default defineModule<typeof params, Found>({
  summary: 'Keep SELinux enforcing, permissive or disabled',
  params,
  aliases: { conf: 'configfile', file: 'configfile' },
  example: `- name: SELinux notes what it would deny, and denies nothing
  selinux:
    state: permissive`,
  returns: {
    state: 'as asked', policy: 'the policy at boot', configfile: 'the file', reboot_required: 'whether it is so only after the next boot',
    msg: 'what is to be said, such as: there is no SELinux on this host',
  },
  touches: ({ configfile }) => [configfile, enforceFile],
  inspect,
  plan,
});

const enforceFile = '/sys/fs/selinux/enforce';

/** $1 the folder of policies, $2 yes where the kernels' command lines are asked for. Old kernels have it in /selinux. */
const inspectScript = `
for each in ${enforceFile} /selinux/enforce; do [ -r "$each" ] && { printf '@now\\n '; head -c 1 "$each"; echo; break; }; done
printf '@policies\\n'; for each in "$1"/*/policy; do [ -d "$each" ] || continue; each=\${each%/policy}; printf ' %s\\n' "\${each##*/}"; done
printf '@barred\\n'; grep -ow 'selinux=0' /proc/cmdline | sed 's/^/ /'
[ -z "$2" ] || ! command -v grubby >/dev/null 2>&1 || { printf '@kernels\\n'; grubby --info=ALL | grep '^args=' | sed 's/^/ /'; }`;

const setScript = `
if command -v setenforce >/dev/null 2>&1; then exec setenforce "$1"; fi
for each in ${enforceFile} /selinux/enforce; do [ -e "$each" ] || continue; printf %s "$1" > "$each"; exit; done
echo 'the kernel runs without SELinux' >&2; exit 1`;

async function inspect(params: Params, probe: Probe): Promise<Found> {
  const { configfile, update_kernel_param } = params;
  const [file, records] = await Promise.all([
    lookAtEdited(configfile, {}, probe),
    askRecords(probe, inspectScript, [posix.dirname(configfile), update_kernel_param ? 'yes' : '']),
  ]);
  const foreseen = probe.foreseen?.('path', enforceFile)?.['mode'] as Found['now'];
  const now = records['now'] === undefined ? undefined : records['now'] === '1' ? 'enforcing' : 'permissive';
  const kernels = records['kernels'] === undefined ? undefined : linesOf(records['kernels']);
  return { file, now: foreseen ?? now, policies: linesOf(records['policies']), barred: Boolean(records['barred']), kernels };
}

function plan(params: Params, found: Found): Plan {
  const { state, configfile } = params;
  const { file, now } = found;
  if (file.content === undefined && now === undefined) return withoutSelinux(params);
  const before = readSelinux(file.content ?? '');
  const policy = params.policy ?? before.policy ?? 'targeted';
  const isNew = file.content === undefined || params.policy !== undefined;
  const content = withSelinux(file.content ?? '', { state, ...(isNew && { policy }) });
  const edit = planEdit(file, { content, summary: `set SELinux to ${state} at boot in`, msg: '' }, { create: true, backup: false });
  const later = state === 'disabled' ? now !== undefined : now === undefined || (before.policy ?? policy) !== policy;
  const plan: Plan = {
    changes: [...edit.changes, ...nowChanges(state, now), ...(params.update_kernel_param ? kernelChanges(state, found) : [])],
    result: { state, policy, configfile, reboot_required: later, msg: later ? `SELinux becomes ${state} with the next boot` : '' },
    warnings: [
      ...(later ? [`SELinux becomes ${state}${state === 'disabled' ? '' : ` with the policy ${policy}`} with the next boot`] : []),
      ...(found.barred && state !== 'disabled' && !params.update_kernel_param ? ['the kernel was started with selinux=0, which update_kernel_param takes off its command line'] : []),
    ],
  };
  if (state === 'disabled' || found.policies.includes(policy)) return plan;
  const folder = `${posix.dirname(configfile)}/${policy}`;
  const hint = found.policies.length > 0 ? `there is ${found.policies.join(', ')}` : `install its package, such as selinux-policy-${policy}`;
  throw new Missing({ kind: 'path', name: folder }, `the SELinux policy ${policy} is not on the host: there is no ${folder}/policy`, hint, plan);
}

/** Nothing is denied and nothing is noted where there is no SELinux: that is as good as asked, unless it is to deny. */
function withoutSelinux({ state, configfile }: Params): Plan {
  const msg = 'there is no SELinux on this host';
  const hint = 'install a policy (selinux-policy-targeted, selinux-policy-default with selinux-basics) and a kernel that has it';
  if (state === 'enforcing') throw new Missing({ kind: 'path', name: configfile }, `${msg}: neither ${configfile} nor ${enforceFile} is there`, hint);
  return { changes: [], result: { state: 'disabled', policy: null, configfile, reboot_required: false, msg: `${msg}: nothing to do` } };
}

/** A running kernel cannot be rid of SELinux, but it can let everything pass. */
function nowChanges(state: Params['state'], now: Found['now']): Change[] {
  const wanted = state === 'enforcing' ? 'enforcing' : 'permissive';
  if (now === undefined || now === wanted) return [];
  return [{
    summary: `set SELinux to ${wanted}, was ${now}`, of: 'SELinux', before: now, after: wanted,
    steps: [scriptStep(setScript, [wanted === 'enforcing' ? '1' : '0'])],
    leaves: [{ kind: 'path', name: enforceFile, state: { mode: wanted } }],
  }];
}

function kernelChanges(state: Params['state'], { kernels }: Found): Change[] {
  if (!kernels) throw new ModuleFailure('update_kernel_param needs grubby, which is not on the host', { hint: 'set the command line of the kernel in its boot loader\'s own way' });
  const isOff = (args: string): boolean => /(^|[\s"])selinux=0($|[\s"])/.test(args);
  if (kernels.every((args) => isOff(args) === (state === 'disabled'))) return [];
  const [summary, ...words] = state === 'disabled' ? ['put selinux=0 on the kernel\'s command line', '--args', 'selinux=0'] : ['take selinux=0 off the kernel\'s command line', '--remove-args', 'selinux'];
  return [{ summary: summary!, steps: [{ kind: 'run', argv: ['grubby', '--update-kernel', 'ALL', ...words] }] }];
}
