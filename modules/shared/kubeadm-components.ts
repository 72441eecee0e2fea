/** Parts of kubeadm's ClusterConfiguration: flags, volumes, etcd, in the words of each API version. */
import { ModuleFailure } from '../../engine/module/kit.ts';
import type { Arguments, Volume } from './kubeadm-param-kinds.ts';
import type { Component, ImageParams } from './kubeadm-params.ts';
import { needs, type Kubeadm } from './kubeadm-version.ts';

/** A part of a document; undefined fields are left out. */
export type Part = Readonly<Record<string, unknown>>;

/** Flags: a mapping up to v1beta3, a list of name and value from v1beta4. Throws ModuleFailure for a flag that is given twice to an old kubeadm. */
export function flagsPart(flags: Arguments | undefined, kubeadm: Kubeadm): unknown {
  if (!flags || Object.keys(flags).length === 0) return undefined;
  const pairs = Object.entries(flags).flatMap(([name, value]) => [value].flat().map((each) => ({ name, value: each })));
  if (kubeadm.api === 'v1beta4') return pairs;
  const repeated = pairs.find(({ name }, at) => pairs.findIndex((other) => other.name === name) !== at);
  if (repeated) needs(kubeadm, 31, `the flag ${repeated.name} with several values`);
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
}

/** One control plane component: its flags, volumes and variables. */
export function componentPart(component: Component | undefined, kubeadm: Kubeadm): Part {
  return { extraArgs: flagsPart(component?.extra_args, kubeadm), extraVolumes: component?.extra_volumes?.map(volumePart), extraEnvs: envsPart(component?.extra_envs, kubeadm) };
}

function volumePart({ name, host_path, mount_path, read_only, path_type }: Volume): Part {
  return { name, hostPath: host_path, mountPath: mount_path, readOnly: read_only, pathType: path_type };
}

function envsPart(envs: Readonly<Record<string, string>> | undefined, kubeadm: Kubeadm): unknown {
  if (!envs) return undefined;
  needs(kubeadm, 31, 'extra_envs');
  return Object.entries(envs).map(([name, value]) => ({ name, value }));
}

/** A member on each control plane, or a cluster that is there already; undefined where nothing is asked. */
export function etcdPart(etcd: ImageParams['etcd'], kubeadm: Kubeadm): Part | undefined {
  const { local, external } = etcd ?? {};
  if (external) {
    if (external.http_endpoints) needs(kubeadm, 35, 'etcd.external.http_endpoints');
    // All three have to be there, empty where the cluster is reached without TLS.
    const { endpoints, http_endpoints, ca_file = '', cert_file = '', key_file = '' } = external;
    return { external: { endpoints, httpEndpoints: http_endpoints, caFile: ca_file, certFile: cert_file, keyFile: key_file } };
  }
  if (!local) return undefined;
  const { image_repository, image_tag, data_dir = '/var/lib/etcd', extra_args, extra_envs, server_cert_sans, peer_cert_sans } = local;
  return {
    local: {
      imageRepository: image_repository, imageTag: image_tag, dataDir: data_dir, extraArgs: flagsPart(extra_args, kubeadm), extraEnvs: envsPart(extra_envs, kubeadm),
      serverCertSANs: server_cert_sans, peerCertSANs: peer_cert_sans,
    },
  };
}

export interface Addons {
  readonly dns: Part | undefined;
  readonly proxy: Part | undefined;
  /** Phases that are left out. */
  readonly skipped: readonly string[];
}

/** CoreDNS and kube-proxy: left out by the configuration from v1beta4, by phases before that. */
export function addonsPart({ dns, proxy_mode }: Pick<ImageParams, 'dns' | 'proxy_mode'>, kubeadm: Kubeadm): Addons {
  if (proxy_mode === 'nftables') needs(kubeadm, 29, 'proxy_mode: nftables');
  const isNew = kubeadm.api === 'v1beta4';
  const asked = orNothing({ imageRepository: dns?.image_repository, imageTag: dns?.image_tag, disabled: isNew && dns?.disabled ? true : undefined });
  return {
    dns: asked && kubeadm.api === 'v1beta2' ? { type: 'CoreDNS', ...asked } : asked,
    proxy: isNew && proxy_mode === 'none' ? { disabled: true } : undefined,
    skipped: isNew ? [] : [...(dns?.disabled ? ['addon/coredns'] : []), ...(proxy_mode === 'none' ? ['addon/kube-proxy'] : [])],
  };
}

/** Seconds as Go writes a duration. */
export function duration(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : `${seconds}s`;
}

/** The part, or undefined where it says nothing. */
export function orNothing(part: Part): Part | undefined {
  return Object.values(part).some((value) => value !== undefined) ? part : undefined;
}

/** Throws ModuleFailure where a field that a param stands for is also in a free mapping, and says otherwise. */
export function refuseTwice(free: Readonly<Record<string, unknown>> | undefined, field: string, value: unknown, param: string): void {
  if (!free || !(field in free) || value === undefined || free[field] === value) return;
  throw new ModuleFailure(`${field} is ${JSON.stringify(free[field])} in the free mapping and ${JSON.stringify(value)} by ${param}: give it once`);
}
