/** Waits until a machine has booted. */
import { connect } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './command.ts';
import { LabError } from './lab-error.ts';
import { tailOf } from './log.ts';
import { machinePaths } from './paths.ts';
import type { LabMachine, LabPlan } from './plan.ts';
import { until } from './process.ts';
import { sshArguments } from './ssh.ts';
import { isRunning } from './stop.ts';

/** Waits for ssh and for the end of the boot. Returns the units that failed; throws a LabError with the machine's last lines after `seconds`. */
export async function waitReady(plan: LabPlan, machine: LabMachine, seconds: number): Promise<readonly string[]> {
  const { log, ready } = machinePaths(plan, machine.name);
  const deadline = Date.now() + seconds * 1000;
  const fail = (what: string): never => {
    throw new LabError(`${machine.name} ${what}; its console ends with:\n${tailOf(log)}`, `the whole console: ${log}`);
  };
  while (!(await answers(machine.address, 500))) {
    if (!isRunning(plan, machine.name)) fail('ended while it booted');
    if (Date.now() > deadline) fail(`does not answer on ${machine.address} port 22 after ${seconds} s`);
    await sleep(50);
  }
  const ask = (...argv: string[]): ReturnType<typeof run> => run(['ssh', ...sshArguments(plan, machine), ...argv], { timeout: Math.max(5, (deadline - Date.now()) / 1000) });
  const { code, stdout, stderr } = await ask('systemctl', 'is-system-running', '--wait');
  const state = stdout.trim();
  if (state === 'stopping') await until(() => !isRunning(plan, machine.name), 15);
  if (state !== 'running' && state !== 'degraded') fail(state ? `is ${state} after ${seconds} s` : `cannot be logged in to (ssh ended with code ${code}: ${stderr.trim()})`);
  const failed = state === 'degraded' ? (await ask('systemctl', 'list-units', '--failed', '--plain', '--no-legend')).stdout : '';
  await writeFile(ready, '');
  return failed.split('\n').filter(Boolean).map((line) => line.split(' ')[0]!);
}

/** Whether an ssh server speaks at an address within some milliseconds. */
export function answers(address: string, within: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22 });
    const end = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(false), within);
    socket.once('data', (data) => end(data.toString('latin1').startsWith('SSH-')));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
