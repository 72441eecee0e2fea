/** What `kplay mirror push` does. */
import { pushedTo, pushMirror, readRegistry } from '../mirror/push-mirror.ts';
import { readMirror } from '../mirror/read-mirror.ts';
import { openWatch } from '../mirror/watch.ts';
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { onInterrupt } from './interrupt.ts';
import { openProgress } from './mirror-progress.ts';

/** Variables of the bundled playbooks that name the registry of these images. */
const variables: Readonly<Record<string, string>> = { 'registry.k8s.io': 'kube_image_repository', 'docker.io': 'docker_io_repository', 'quay.io': 'quay_io_repository', 'ghcr.io': 'ghcr_io_repository' };

/** Pushes the images of a mirror folder to a registry. */
export async function mirrorPush(folder: string, to: string, context: Context): Promise<number> {
  const registry = readRegistry(to);
  await readMirror(folder);
  const interrupt = new AbortController();
  const release = onInterrupt(interrupt, context, 'what has been pushed stays; the same command goes on');
  const progress = openProgress(context, 'pushed');
  try {
    const watch = openWatch(progress.tell, interrupt.signal);
    const names = await pushMirror(folder, registry, watch);
    progress.end();
    if (watch.missing.length > 0) {
      context.error(`kplay: ${watch.missing.length} of ${names.length} images could not be pushed\n${watch.missing.map((each) => `  ${each}`).join('\n')}`);
      return exitCode.failed;
    }
    const upstream = [...new Set(names.map((name) => name.slice(0, name.indexOf('/'))))];
    context.out([`${registry.base} has ${names.length} images: ${watch.counts.fetched} pushed now, ${watch.counts.here} were there`, 'for a run that takes them from there:', ...upstream.map((host) => (variables[host] ? `  ${variables[host]}: ${pushedTo(registry, host)}` : `  ${host} is at ${pushedTo(registry, host)}`))].join('\n'));
    return exitCode.fine;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    return exitCode.interrupted;
  } finally {
    progress.end();
    release();
  }
}
