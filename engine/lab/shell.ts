/** `kplay lab shell` and `kplay lab exec`: into a machine, over the ssh that playbooks use too. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { quoteAll } from '../session/quote.ts';
import { commandEnv } from './command.ts';
import { LabError } from './lab-error.ts';
import { chooseMachines, type LabMachine, type LabPlan } from './plan.ts';
import { sshArguments } from './ssh.ts';
import { isRunning } from './stop.ts';

/** Opens a shell on the terminal that this process has; gives its exit code. Throws a LabError where the machine is down. */
export function labShell(plan: LabPlan, name: string): Promise<number> {
  return ssh(plan, name, ['-t'], []);
}

/** Runs a command in a machine with this process's input and output; gives its exit code, 255 where ssh itself failed. */
export function labExec(plan: LabPlan, name: string, argv: readonly string[]): Promise<number> {
  return ssh(plan, name, ['-T'], [quoteAll(argv)]);
}

async function ssh(plan: LabPlan, name: string, terminal: readonly string[], command: readonly string[]): Promise<number> {
  const machine = chooseMachines(plan, [name])[0] as LabMachine;
  if (!isRunning(plan, name)) throw new LabError(`lab machine ${name} is down`, 'start it: kplay lab up');
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', [...terminal, ...sshArguments(plan, machine), ...command], { stdio: 'inherit', env: { ...commandEnv, LC_ALL: process.env['LC_ALL'] } });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
