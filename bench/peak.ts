/** A program run by way of Python, which tells to the byte what the system counted: the time, and the most memory that one process held. */
import type { Runner } from './runner.ts';

export interface Peak {
  /** From its start to its end. */
  readonly seconds: number;
  /** Mebibytes: the most that the largest of its processes held at once. */
  readonly memory: number;
}

const script = `
import resource, subprocess, sys, time
begun = time.monotonic()
code = subprocess.run(sys.argv[1:]).returncode
print(time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)`;

/** Runs a program that must succeed. */
export async function runToPeak(run: Runner, argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Peak> {
  const { stderr } = await run(['python3', '-c', script, ...argv], { env });
  const [seconds, memory] = stderr.trimEnd().split('\n').at(-1)!.split(' ').map(Number);
  return { seconds: seconds!, memory: memory! };
}
