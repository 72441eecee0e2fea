/** `kplay lab kubernetes`: where a lab's Kubernetes comes from, found out once and written down for playbooks. */
import { mkdir } from 'node:fs/promises';
import { usualCache } from '../bring-up.ts';
import { checkHost } from '../host-check.ts';
import { ensureHostPackages } from '../host-packages.ts';
import { withLabLock } from '../lab-lock.ts';
import { ensureMirror, mirrorUrl } from '../mirror-server.ts';
import { isNetworkUp } from '../network.ts';
import type { LabOptions } from '../options.ts';
import { labPaths } from '../paths.ts';
import type { LabPlan } from '../plan.ts';
import { writeSafely } from '../write.ts';
import { ensureKubernetes } from './ensure-kubernetes.ts';
import { releasesAnswer } from './released.ts';

export interface LabKubernetesOptions extends Pick<LabOptions, 'report' | 'confirm' | 'cache'> {
  /** Builds although released Kubernetes could be had. */
  readonly fromSource?: boolean | undefined;
}

/** What is written to `LAB_DIR/kubernetes.json`; nothing in it where released Kubernetes is taken. */
export interface LabKubernetes {
  /** Where machines of the lab find it. */
  readonly mirror_url?: string | undefined;
  /** Kubernetes' version, without v. */
  readonly version?: string | undefined;
  /** The mirror folder on this host. */
  readonly folder?: string | undefined;
}

/** Finds out where Kubernetes comes from, builds it where it must be, and writes that down in the lab's folder. */
export async function labKubernetes(plan: LabPlan, options: LabKubernetesOptions): Promise<LabKubernetes> {
  const { report, cache = usualCache, fromSource = false } = options;
  const system = checkHost();
  if (!fromSource && (await releasesAnswer())) {
    report({ kind: 'done', text: 'dl.k8s.io answers: playbooks take released Kubernetes, nothing is built (--from-source builds all the same)' });
    return write(plan, {}, report);
  }
  if (!fromSource) report({ kind: 'step', text: 'dl.k8s.io does not answer: Kubernetes comes from the distribution\'s source package' });
  await ensureHostPackages(options);
  const { folder, version, built } = await ensureKubernetes(system, cache, report);
  if (!built) report({ kind: 'done', text: `Kubernetes ${version} is there: ${folder}` });
  return write(plan, { mirror_url: mirrorUrl(plan), version, folder }, report);
}

/** Serves the lab's mirror where the lab is up: the plan's, and where its inventory names none the one that was found. */
export async function serveKubernetes(plan: LabPlan, { folder }: LabKubernetes, { report }: Pick<LabOptions, 'report'>): Promise<void> {
  if (folder && plan.mirror && plan.mirror !== folder) report({ kind: 'warning', text: `lab_mirror is ${plan.mirror}, so that is what the lab serves` });
  await withLabLock(plan, report, async () => {
    if (await isNetworkUp(plan)) await ensureMirror({ ...plan, mirror: plan.mirror ?? folder }, report);
  });
}

async function write(plan: LabPlan, found: LabKubernetes, report: LabOptions['report']): Promise<LabKubernetes> {
  const file = labPaths(plan).kubernetes;
  await withLabLock(plan, report, async () => {
    await mkdir(plan.directory, { recursive: true, mode: 0o755 });
    await writeSafely(file, `${JSON.stringify(found, null, 2)}\n`, 0o644);
  });
  report({ kind: 'done', text: `wrote ${file}` });
  return found;
}
