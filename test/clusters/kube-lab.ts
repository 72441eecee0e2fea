/** Lab machines for Kubernetes clusters, the mirror that they are built from, and what the tests ask of a cluster. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { labDown } from '../../engine/lab/down.ts';
import { mirrorUrl } from '../../engine/lab/mirror-server.ts';
import type { LabPlan } from '../../engine/lab/plan.ts';
import type { KubernetesMirror } from '../../engine/lab/kubernetes/ensure-kubernetes.ts';
import { labUp } from '../../engine/lab/up.ts';
import { kplay, type Ran, type RunOptions } from '../support/kplay.ts';
import { testKubernetes } from '../support/kubernetes.ts';
import { inside, labVars, noLab, testLab } from '../lab/test-lab.ts';

export interface KubeLab {
  readonly plan: LabPlan;
  /** Runs a bundled playbook on the lab by the command line; its events are JSON. */
  play(playbook: string, options?: readonly string[], how?: RunOptions): Promise<Ran>;
  /** What kubectl prints on a machine, as JSON; throws with its complaint. */
  kubectl<T = Listed>(machine: string, ...words: readonly string[]): Promise<T>;
  /** Names of nodes that are Ready, as a machine's kubectl sees them. */
  readyNodes(machine: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string }; readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] } }[];
}

const quiet = { report: () => undefined };

/** Kubernetes for a lab; undefined, said loudly, where this host can have neither. */
export async function kubernetesFor(what: string): Promise<KubernetesMirror | undefined> {
  return noLab(what) === undefined ? testKubernetes(what) : undefined;
}

export interface KubeLabShape {
  readonly controlPlanes: number;
  readonly workers: number;
  /** Members of an etcd of its own; 0 where it is missing. */
  readonly etcd?: number;
  /** Further variables, over the usual ones: several control planes have a virtual address. */
  readonly vars?: Readonly<Record<string, unknown>>;
}

/** Bare machines in 10.X.Y.0/24: first the control planes, then workers, then those that run etcd alone. */
export async function openKubeLab(name: string, net: string, kubernetes: KubernetesMirror, shape: KubeLabShape): Promise<KubeLab> {
  const { controlPlanes, workers, etcd = 0, vars = controlPlanes > 1 ? { kube_vip: `${net}.100` } : {} } = shape;
  const plan = testLab(name, net, controlPlanes + workers + etcd, { lab_mirror: kubernetes.folder });
  const folder = mkdtempSync(path.join(os.tmpdir(), `kplay-${name}-`));
  const inventory = path.join(folder, 'hosts.yml');
  writeFileSync(inventory, inventoryText(plan, kubernetes.version, { controlPlanes, workers, vars }));
  await labDown(plan, { ...quiet, purge: true });
  await labUp(plan, { ...quiet, confirm: async () => true });
  const kubectl: KubeLab['kubectl'] = async (machine, ...words) => {
    const { code, stdout, stderr } = await inside(plan, machine, 'kubectl', '--request-timeout=20s', ...words, '-o', 'json');
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as never;
  };
  return {
    plan, kubectl,
    play: (playbook, options = [], how = {}) => kplay(['run', `playbooks/${playbook}`, '-i', inventory, '--output', 'json', ...options], how),
    readyNodes: async (machine) => (await kubectl(machine, 'get', 'nodes')).items
      .filter(({ status }) => status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True')).map(({ metadata }) => metadata.name),
    async close() {
      await labDown(plan, { ...quiet, purge: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function inventoryText(plan: LabPlan, version: string, { controlPlanes, workers, vars }: Required<Omit<KubeLabShape, 'etcd'>>): string {
  const hosts = (machines: LabPlan['machines']): string => machines.map(({ name, address }) => `        ${name}: { ansible_host: ${address} }`).join('\n');
  return `all:
  vars:
${labVars(plan)}
    mirror_url: ${mirrorUrl(plan)}
    kube_version: ${version}
    mirror_packages: false
    kube_network: routes
    kube_dns_enabled: false
${Object.entries(vars).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`).join('')}\
    containerd_restrict_oom_score_adj: true
    kubelet_extra_args: { oom-score-adj: 0 }
    kube_proxy_config: { conntrack: { maxPerCore: 0 } }
  children:
    kube_control_plane:
      hosts:
${hosts(plan.machines.slice(0, controlPlanes))}
    kube_node:
      hosts:
${hosts(plan.machines.slice(controlPlanes, controlPlanes + workers))}
    etcd:
      hosts:
${hosts(plan.machines.slice(controlPlanes + workers))}
`;
}
