/** Real Kubernetes for tests on real machines: the mirror folder that `kplay lab kubernetes --from-source` makes. */
import { usualCache } from '../../engine/lab/bring-up.ts';
import { checkHost } from '../../engine/lab/host-check.ts';
import { missingPackages } from '../../engine/lab/host-packages.ts';
import { ensureKubernetes, type KubernetesMirror } from '../../engine/lab/kubernetes/ensure-kubernetes.ts';

/**
 * The mirror folder, built where it lacks, which takes minutes and is done before the tests (`prepare-host.ts`), so that a test finds it
 * in seconds. Undefined where it cannot be had: why is then said loudly, and the tests called `what` are to be skipped.
 */
export async function testKubernetes(what: string): Promise<KubernetesMirror | undefined> {
  try {
    const system = checkHost();
    const missing = missingPackages();
    if (missing.length > 0) throw new Error(`this host lacks ${missing.join(' ')} (apt-get install --yes ${missing.join(' ')})`);
    return await ensureKubernetes(system, usualCache, ({ kind, text }) => {
      process.stderr.write(`${kind === 'warning' ? 'warning: ' : ''}${text}\n`);
    });
  } catch (error) {
    process.stderr.write(`\n*** ${what.toUpperCase()} ON REAL KUBERNETES: SKIPPED, THERE IS NO KUBERNETES: ${(error as Error).message} ***\n\n`);
    return undefined;
  }
}
