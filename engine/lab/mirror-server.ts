/** The server of the lab's mirror: a process of its own on this host's address in the lab, which outlives the command that starts it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readMirror } from '../mirror/read-mirror.ts';
import { commandEnv } from './command.ts';
import { allowPort } from './host-firewall.ts';
import { LabError } from './lab-error.ts';
import { tailOf } from './log.ts';
import type { LabReport } from './options.ts';
import { labPaths } from './paths.ts';
import type { LabPlan } from './plan.ts';
import { isAlive, killQuietly, readMark, signal, starterName, until, withArgument, writeMark } from './process.ts';
import { addressText, gatewayOf } from './subnet.ts';

type Lab = Pick<LabPlan, 'name' | 'directory'>;

/** How the lab's mirror is. */
export interface MirrorStatus {
  readonly url: string;
  readonly folder: string;
  readonly state: 'up' | 'down';
  /** Its server on this host; missing where it does not run. */
  readonly pid?: number | undefined;
}

/** Where machines reach a mirror that the lab serves: "http://10.213.0.1:8080". */
export function mirrorUrl(plan: Pick<LabPlan, 'subnet' | 'mirrorPort'>): string {
  return `http://${listenText(plan)}`;
}

/** Serves the plan's mirror and nothing else; true where a server was started or stopped. Throws a LabError where it does not start. */
export async function ensureMirror(plan: LabPlan, report: LabReport): Promise<boolean> {
  await allowPort(plan, plan.mirror ? plan.mirrorPort : undefined);
  if (!plan.mirror) return stopMirror(plan);
  const argv = serverArgv(plan, plan.mirror);
  if (isServing(plan, argv)) return false;
  await readMirror(plan.mirror).catch((error: Error) => {
    throw new LabError(`the lab's mirror cannot be served: ${error.message}`, 'set lab_mirror to a mirror folder; where it is one of Kubernetes built here: kplay lab kubernetes makes it anew', { cause: error });
  });
  await stopMirror(plan);
  const server = start(plan, argv);
  const hasEnded = (): boolean => server.exitCode !== null || server.signalCode !== null;
  const url = mirrorUrl(plan);
  const { mirrorLog } = labPaths(plan);
  if (!(await until(() => hasEnded() || (isServing(plan, argv) && answers(url)), 60)) || hasEnded()) {
    const what = hasEnded() ? 'ended' : 'does not answer';
    await stopMirror(plan);
    throw new LabError(`the mirror's server ${what} at ${url}:\n${tailOf(mirrorLog)}`, `is the port in use? set lab_mirror_port; the server's log: ${mirrorLog}`);
  }
  report({ kind: 'done', text: `the mirror ${plan.mirror} is served at ${url}` });
  return true;
}

/** Ends the server, whichever folder it serves; true where one ran. */
export async function stopMirror(lab: Lab): Promise<boolean> {
  const { mirrorMark } = labPaths(lab);
  // One that was only just started when its command was cut off has no mark yet.
  await until(() => {
    const starting = withArgument(starterName(mirrorMark));
    for (const pid of starting) killQuietly(pid, 'SIGKILL');
    return starting.length === 0;
  }, 5);
  const server = readMark(mirrorMark);
  const ran = isAlive(server);
  signal(server, 'SIGTERM');
  if (ran && !(await until(() => !isAlive(server), 5))) {
    signal(server, 'SIGKILL');
    await until(() => !isAlive(server), 5);
  }
  await rm(mirrorMark, { force: true });
  return ran;
}

/** How the mirror is; undefined where the plan has none. */
export async function mirrorStatus(plan: LabPlan): Promise<MirrorStatus | undefined> {
  const mark = readMark(labPaths(plan).mirrorMark);
  if (!plan.mirror) return undefined;
  const url = mirrorUrl(plan);
  const serving = isServing(plan, serverArgv(plan, plan.mirror));
  const state = serving && (await answers(url)) ? 'up' : 'down';
  return { url, folder: plan.mirror, state, pid: serving ? mark?.pid : undefined };
}

/** The command that serves; it tells a server of another folder or address from the one that is wanted. */
function serverArgv(plan: LabPlan, folder: string): readonly string[] {
  // The program that users run, as it stands beside this file in the built tree and in the bundle.
  const program = fileURLToPath(new URL('../cli/main.js', import.meta.url));
  return [process.execPath, program, 'mirror', 'serve', folder, '--listen', listenText(plan)];
}

function listenText({ subnet, mirrorPort }: Pick<LabPlan, 'subnet' | 'mirrorPort'>): string {
  return `${addressText(gatewayOf(subnet))}:${mirrorPort}`;
}

function isServing(lab: Lab, argv: readonly string[]): boolean {
  const mark = readMark(labPaths(lab).mirrorMark);
  if (!isAlive(mark)) return false;
  try {
    return readFileSync(`/proc/${mark.pid}/cmdline`, 'utf8') === argv.map((word) => `${word}\0`).join('');
  } catch {
    return false; // it ended just now
  }
}

function start(lab: Lab, argv: readonly string[]): ChildProcess {
  const { mirrorMark, mirrorLog } = labPaths(lab);
  const output = openSync(mirrorLog, 'w', 0o600);
  const script = `${writeMark}; shift; exec "$@"`;
  // A session of its own, so that neither Ctrl-C nor the end of the terminal reaches it.
  const child = spawn('sh', ['-ec', script, starterName(mirrorMark), mirrorMark, ...argv], {
    detached: true, cwd: '/', stdio: ['ignore', output, output], env: { PATH: commandEnv['PATH'] },
  });
  closeSync(output);
  child.unref();
  return child;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/v2/`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
