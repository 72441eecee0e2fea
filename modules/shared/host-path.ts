/** Paths of a host as users write them. */
import type { Probe } from '../../engine/module/kit.ts';

/**
 * Paths with a leading `~` or `~user` and `$NAME` or `${NAME}` replaced by what they stand for on the host, as Ansible
 * does; a name that the host does not know stays as it is. Asks the host only where there is something to replace.
 */
export async function expandPaths(paths: readonly string[], probe: Probe): Promise<string[]> {
  const names = [...new Set(paths.flatMap(unknownsOf))];
  if (names.length === 0) return [...paths];
  const answers = await Promise.all(names.map((name) => (name.startsWith('~') ? home(name.slice(1), probe) : variable(name, probe))));
  const values = new Map(names.map((name, index) => [name, answers[index]]));
  return paths.map((path) => path
    .replace(/^~[^/]*/, (tilde) => values.get(tilde) ?? tilde)
    .replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, plain, braced) => values.get(plain ?? braced) ?? whole));
}

/** One path, expanded. */
export async function expandPath(path: string, probe: Probe): Promise<string> {
  return (await expandPaths([path], probe))[0]!;
}

function unknownsOf(path: string): string[] {
  const tilde = /^~[^/]*/.exec(path)?.[0];
  return [...(tilde === undefined ? [] : [tilde]), ...[...path.matchAll(/\$(?:(\w+)|\{(\w+)\})/g)].map((match) => (match[1] ?? match[2])!)];
}

async function home(user: string, probe: Probe): Promise<string | undefined> {
  const script = user === '' ? 'printf %s "${HOME-}"' : '{ getent passwd "$1" || awk -F: -v n="$1" \'$1 == n\' /etc/passwd; } | head -n 1 | cut -d: -f6';
  const { stdout } = await probe.ask(['sh', '-c', script, 'sh', user]);
  return stdout.toString().replace(/\n$/, '') || undefined;
}

async function variable(name: string, probe: Probe): Promise<string | undefined> {
  const { code, stdout } = await probe.ask(['printenv', name]);
  return code === 0 ? stdout.toString().replace(/\n$/, '') : undefined;
}

/** Where a path really leads on the host, all links followed; the path itself where the host cannot say. */
export async function realPath(path: string, probe: Probe): Promise<string> {
  const { code, stdout } = await probe.ask(['readlink', '-f', '--', path]);
  return code === 0 && stdout.length > 1 ? stdout.toString().replace(/\n$/, '') : path;
}
