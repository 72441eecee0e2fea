/** Reboots the host and waits until it has come back: known by its boot id, and by nothing else. */
import { readFile } from 'node:fs/promises';
import { defineModule, listOf, Missing, ModuleFailure, text, textOf, whole, z, type NotYet, type Probe, type Run } from '../engine/module/kit.ts';
import { scriptStep } from './shared/script.ts';

const bootIdFile = '/proc/sys/kernel/random/boot_id';
const folders = ['/sbin', '/bin', '/usr/sbin', '/usr/bin', '/usr/local/sbin'];

const params = z.object({
  reboot_timeout: whole().default(600).describe('seconds in which the host must have booted anew and the test command succeed; default 600'),
  pre_reboot_delay: whole().default(0).describe('seconds between the message to those who are logged in and the reboot; default 0'),
  post_reboot_delay: whole().default(0).describe('seconds to wait after the reboot began before the host is looked at; default 0'),
  connect_timeout: whole().optional().describe('seconds until one attempt to connect counts as failed; default as for every connection to the host'),
  test_command: text().default('whoami').describe('shell text that must succeed once the host is back; default whoami'),
  msg: text().default('Reboot initiated by kplay').describe('what those who are logged in are told; default Reboot initiated by kplay'),
  search_paths: listOf(text()).default(folders).describe('folders of the host in which shutdown is looked for, then reboot'),
  reboot_command: text().optional().describe('shell text that reboots the host, instead of shutdown; pre_reboot_delay and msg have no effect then'),
  boot_time_command: text().optional().describe('shell text that prints something else after each boot; default the kernel\'s boot id'),
});
type Params = z.infer<typeof params>;

interface Found {
  /** What tells this boot from the next. */
  readonly boot: string;
  /** The program that reboots; undefined where there is none, or the user names a command. */
  readonly program: string | undefined;
}

export default defineModule({
  summary: 'Reboot the host and wait until it is back',
  kind: 'action',
  params,
  aliases: { reboot_timeout_sec: 'reboot_timeout', pre_reboot_delay_sec: 'pre_reboot_delay', post_reboot_delay_sec: 'post_reboot_delay', connect_timeout_sec: 'connect_timeout' },
  example: '- name: Boot the new kernel\n  reboot:\n    reboot_timeout: 300\n    test_command: systemctl is-system-running --wait',
  returns: { rebooted: 'whether the host has booted anew', elapsed: 'seconds from the reboot until the host was back' },
  ahead: false,
  async inspect(asked, probe): Promise<Found> {
    const [id, boot, program, own] = await Promise.all([tell(['cat', bootIdFile], probe), bootOf(asked, probe), findProgram(asked, probe), readFile(bootIdFile, 'utf8').catch(() => '')]);
    if (id !== '' && id === own.trim()) throw new ModuleFailure('this would reboot the controller itself', { result: { rebooted: false, elapsed: 0 } });
    if (boot === '') throw new ModuleFailure(`the host does not tell its boot: ${asked.boot_time_command ?? `there is no ${bootIdFile}`}`, { hint: 'name a command with boot_time_command' });
    return { boot, program };
  },
  plan(asked, { boot, program }) {
    return {
      changes: [{ summary: 'reboot', steps: [rebootStep(asked, program)] }],
      result: { rebooted: true, elapsed: 0 },
      cut: {
        delay: Math.max(0, asked.post_reboot_delay), timeout: asked.reboot_timeout, connectTimeout: asked.connect_timeout, hint: 'look at the console of the host; reboot_timeout gives it longer',
        until: (probe) => isBack(asked, boot, probe),
      },
    };
  },
});

/** What tells one boot from the next; empty where the host does not say. */
function bootOf({ boot_time_command: command }: Params, probe: Probe): Promise<string> {
  return tell(command === undefined ? ['cat', bootIdFile] : ['sh', '-c', command], probe);
}

/** A host that goes down at this very moment may never answer. */
async function tell(argv: readonly string[], probe: Probe): Promise<string> {
  const { code, stdout } = await probe.ask(argv, { timeout: 15 });
  return code === 0 ? textOf(stdout).trim() : '';
}

async function findProgram({ reboot_command: command, search_paths: paths }: Params, probe: Probe): Promise<string | undefined> {
  if (command !== undefined) return undefined;
  const script = 'for name in shutdown reboot; do for folder; do if [ -x "$folder/$name" ]; then echo "$folder/$name"; exit; fi; done; done';
  return textOf((await probe.ask(['sh', '-c', script, 'sh', ...paths])).stdout) || undefined;
}

/** Codes of a command that the going down of the host ended by a signal count as done: the boot id has the last word. */
const codes = [0, 129, 137, 143];

function rebootStep(asked: Params, program: string | undefined): Run {
  const { reboot_command: command, search_paths: paths, msg } = asked;
  if (command !== undefined) return scriptStep('PATH=$1:$PATH; export PATH\nexec /bin/sh -c "$2"', [paths.join(':'), command], { codes, timeout: asked.reboot_timeout });
  if (program === undefined) throw new Missing({ kind: 'command', name: 'shutdown' }, `the host has neither shutdown nor reboot in ${paths.join(', ')}`, 'name another folder with search_paths, or a command with reboot_command');
  const delay = Math.max(0, asked.pre_reboot_delay);
  const text = `
if [ "$2" -gt 0 ]; then
  if command -v wall >/dev/null; then printf '%s\\n' "$3" | wall; fi
  sleep "$2"
fi
case $1 in */shutdown) exec "$1" -r now "$3" ;; *) exec "$1" ;; esac`;
  return scriptStep(text, [program, String(delay), msg], { codes, timeout: delay + 60 });
}

async function isBack(asked: Params, before: string, probe: Probe): Promise<NotYet | undefined> {
  const now = await bootOf(asked, probe);
  if (now === '') return { why: 'it does not tell its boot', result: { rebooted: false } };
  if (now === before) return { why: 'it is still in the boot that it was in', result: { rebooted: false } };
  const { code, stdout, stderr } = await probe.ask(['sh', '-c', asked.test_command]);
  if (code === 0) return undefined;
  const said = textOf(stderr) || textOf(stdout);
  return { why: `the test command "${asked.test_command}" ended with code ${code}${said === '' ? '' : `: ${said.split('\n').at(-1)}`}`, result: { rebooted: true } };
}
