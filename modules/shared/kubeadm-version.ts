/** Versions of Kubernetes, and which configuration a kubeadm of such a version reads. */
import { ModuleFailure, z } from '../../engine/module/kit.ts';

/** The versions of kubeadm's configuration API that are written. */
export type Api = 'v1beta2' | 'v1beta3' | 'v1beta4';

/** A kubeadm, as far as its configuration is concerned. */
export interface Kubeadm {
  /** `v1.20.2`; undefined where a dry run cannot know it yet. */
  readonly version: string | undefined;
  /** 20 for 1.20; Infinity where it is not known. */
  readonly minor: number;
  readonly api: Api;
}

const form = /^v1\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** A version such as 1.31.2 or v1.31.2, with its v. */
export const kubeVersion = () => z.preprocess((value) => (typeof value === 'string' && /^\d/.test(value) ? `v${value}` : value), z.string().regex(form, 'expected a version of Kubernetes such as v1.31.2'));

/** The number after `1.` */
export function minorOf(version: string): number {
  return Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
}

/** The tag of an image, `v1.31.2`; undefined where it has none. */
export function tagOf(image: string): string | undefined {
  return /:([^:/@]+)(@.*)?$/.exec(image)?.[1];
}

/** Below, at or above zero as the first is older, the same or newer; what follows a `-` or `+` does not count. */
export function compareVersions(one: string, other: string): number {
  const numbers = (version: string): number[] => (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
  const [left, right] = [numbers(one), numbers(other)];
  return [0, 1, 2].map((at) => (left[at] ?? 0) - (right[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** What `kubeadm version -o json` tells. Throws ModuleFailure for what is no kubeadm, and for one older than 1.20. */
export function readKubeadm(json: string): Kubeadm {
  const version = versionIn(json);
  if (version === undefined) {
    const said = json.trim().split('\n').at(-1)?.slice(0, 200) || 'no answer';
    throw new ModuleFailure(`kubeadm on the host does not tell its version: ${said}`, { hint: 'run `kubeadm version` there: is it whole, and for this machine?' });
  }
  const minor = minorOf(version);
  if (!(minor >= 20)) throw new ModuleFailure(`kubeadm on the host is ${version}: 1.20 is the oldest that is known here`);
  return { version, minor, api: apiOf(minor) };
}

/** The kubeadm that an earlier task of a dry run brings: that of the version asked for, or the newest. */
export function foreseenKubeadm(version: string | undefined): Kubeadm {
  const minor = version === undefined ? Infinity : minorOf(version);
  return { version, minor, api: apiOf(minor) };
}

function apiOf(minor: number): Api {
  return minor < 22 ? 'v1beta2' : minor < 31 ? 'v1beta3' : 'v1beta4';
}

function versionIn(json: string): string | undefined {
  try {
    const { clientVersion } = JSON.parse(json) as { clientVersion?: { gitVersion?: unknown } };
    const version = clientVersion?.gitVersion;
    return typeof version === 'string' && /^v1\.\d+\.\d+/.test(version) ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Throws ModuleFailure where a kubeadm is too old for what is asked. */
export function needs(kubeadm: Kubeadm, minor: number, what: string): void {
  if (kubeadm.minor < minor) throw new ModuleFailure(`${what} needs kubeadm 1.${minor} or newer; the host has ${kubeadm.version}`);
}
