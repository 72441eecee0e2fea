/** What kubeadm complained of, in its own words without their frame. */
import { ModuleFailure, textOf, type StepResult } from '../../engine/module/kit.ts';

export interface Complaint {
  /** `its checks before init say no: Swap: running with swap on is not supported` */
  readonly message: string;
  readonly phase: string | undefined;
}

/** Throws ModuleFailure where a kubeadm that may end with any code has failed; `what` is what it was to do. */
export function judgeKubeadm(step: StepResult | undefined, what: string, hint?: string): void {
  if (!step || step.code === 0) return;
  const stderr = textOf(step.stderr);
  const { message, phase } = complaintOf(step.code, stderr);
  const advice = phase === 'preflight' ? 'mend that, or name the checks in ignore_preflight_errors' : hint;
  throw new ModuleFailure(`${what}: ${message}`, { ...(advice && { hint: advice }), result: { rc: step.code, stdout: textOf(step.stdout), stderr } });
}

/** The reason in what kubeadm wrote to stderr. */
export function complaintOf(code: number, stderr: string): Complaint {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^To see the stack trace|^\[preflight\] If you know what/.test(line));
  const checks = lines.map((line) => /^\s*\[ERROR ([^\]]+)\]: (.*)$/.exec(line)).filter((match) => match !== null).map(([, check, why]) => `${check}: ${why}`);
  if (checks.length > 0) return { message: `the checks of kubeadm say no: ${checks.join('; ')}`, phase: 'preflight' };
  const at = lines.findIndex((line) => /^error execution phase /.test(line));
  const [, phase, why = ''] = /^error execution phase (\S+): (.*)$/.exec(lines[at] ?? '') ?? [];
  if (phase !== undefined) return { message: `phase ${phase}: ${[why, ...lines.slice(at + 1)].map((line) => line.trim()).join(' ').slice(0, 600)}`, phase: phase.split('/')[0] };
  if (code === 124) return { message: 'it ran out of time', phase: undefined };
  return { message: lines.at(-1)?.trim().slice(0, 600) ?? `it ended with code ${code}`, phase: undefined };
}
