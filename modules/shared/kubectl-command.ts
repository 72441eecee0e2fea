/** How kubectl is run on a host: which kubeconfig, without traces on the disk, and what it says when it fails. */
import { ModuleFailure, text, textOf, type AskOptions, type Probe, type Result, type Run } from '../../engine/module/kit.ts';
import { pathLine } from './kubeadm-files.ts';
import { scriptStep } from './script.ts';

/** Params that all of these modules share. */
export const accessParams = {
  kubeconfig: text().optional().describe('file on the host that says where the cluster is and who asks; default: the environment\'s KUBECONFIG, else /etc/kubernetes/admin.conf'),
  context: text().optional().describe('context of that file; default: its current one'),
};

export interface Access {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

export const defaultKubeconfig = '/etc/kubernetes/admin.conf';
/** Answers hold whole manifests with their histories. */
export const answerCap = 32 * 1024 * 1024;

/**
 * Shell text that sets kubectl up; $1 is the kubeconfig, $2 the context, and both are shifted away. kubectl keeps what it learns of
 * an API in a folder: here it has none, since looking leaves nothing behind and what was learnt would soon be wrong.
 */
export const kubectlSetup = `
KUBECONFIG=\${1:-\${KUBECONFIG:-${defaultKubeconfig}}} kubectl_context=$2; shift 2; export KUBECONFIG
${pathLine}
kubectl() { command kubectl --cache-dir=/dev/null/none \${kubectl_context:+"--context=$kubectl_context"} "$@"; }`;

/** The first args of every script that begins with {@link kubectlSetup}. */
export function accessArgs({ kubeconfig = '', context = '' }: Access): string[] {
  return [kubeconfig, context];
}

/** Asks kubectl one thing, which only looks. */
export function askKubectl(probe: Probe, access: Access, words: readonly string[], options: AskOptions = {}): Promise<Result> {
  return probe.ask(['sh', '-c', `${kubectlSetup}\nkubectl "$@"`, 'kubectl', ...accessArgs(access), ...words], { timeout: 90, cap: answerCap, ...options });
}

/** Asks kubectl for JSON. Throws ModuleFailure where it fails; undefined where it says nothing. */
export async function askJson(probe: Probe, access: Access, words: readonly string[], options: AskOptions = {}): Promise<unknown> {
  return readJson(await askKubectl(probe, access, words, options));
}

/** A step of shell text in which kubectl is set up; $1 and on are `args`. */
export function kubectlStep(access: Access, title: string, script: string, args: readonly string[], options: Partial<Run> = {}): Run {
  return scriptStep(`${kubectlSetup}\n${script.trim()}`, [...accessArgs(access), ...args], { title, ...options });
}

/** An answer in JSON. Throws ModuleFailure where there is none; undefined where it is empty. */
export function readJson(answer: Result): unknown {
  if (answer.code !== 0) throw new ModuleFailure(complaintOf(answer));
  if (answer.truncated) throw new ModuleFailure(`kubectl answered more than ${answerCap / 1024 / 1024} MiB`);
  return parse(textOf(answer.stdout));
}

/** Reads JSON; undefined where it is empty. Throws ModuleFailure for what is none. */
export function parse(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ModuleFailure(`kubectl answered something that is not JSON: ${text.slice(0, 200)}`);
  }
}

/** What kubectl complains of, without its advice and what it only warns of. */
export function complaintOf({ code, stderr }: Pick<Result, 'code' | 'stderr'>): string {
  if (code === 124) return 'kubectl ran out of time';
  const text = textOf(stderr).replaceAll(/^Please review the fields above[^]*?^See http.*$/gm, '').replaceAll('\n- ', ' ');
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !isNoise(line)).map(plainLine);
  return lines.length === 0 ? `kubectl ended with code ${code} and without a word` : `${lines.slice(0, 6).join('; ')}${lines.length > 6 ? `; and ${lines.length - 6} more` : ''}`;
}

/** A line without what kubectl says in every one of them. */
function plainLine(line: string): string {
  return line.replace(/^error: /, '').replace(/^Error from server( \(\w+\))?: /, '').replace(/^error when [a-z ]+ "STDIN": /, '').replace(/^unable to recognize ("STDIN": )?/, '');
}

/** Warnings of the API, as kubectl hands them on. */
export function warningsOf({ stderr }: Pick<Result, 'stderr'>): string[] {
  return textOf(stderr).split('\n').flatMap((line) => /^Warning: (.+)$/.exec(line)?.[1] ?? []);
}

function isNoise(line: string): boolean {
  return /^Warning: |^[IWEF]\d{4} \d\d:\d\d:/.test(line);
}
