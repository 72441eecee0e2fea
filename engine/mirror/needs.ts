/** What a run needs from outside its hosts: the types, and how addresses of a mirror and of its sources belong together. */
import type { Platform } from './platform.ts';

/** A role and the hosts that need a thing for it. */
export interface Reason {
  readonly role: string;
  readonly hosts: readonly string[];
}

/** Where a thing is taken from: its own address, or that of a source that `mirror_origins` names. */
export interface FileNeed {
  /** Upstream address. */
  readonly url: string;
  readonly from: string;
  /** Hex SHA-256; undefined for a file of sums itself. */
  readonly sha256?: string | undefined;
  /** Upstream address of a file of sums, which is a need of its own. */
  readonly sums?: string | undefined;
  /** A run asks the upstream address even where mirror_url is set. */
  readonly strays: boolean;
  readonly why: readonly Reason[];
}

export interface ImageNeed {
  /** Whole upstream name: registry.k8s.io/pause:3.10 */
  readonly name: string;
  readonly from: string;
  /** The registry is asked over plain HTTP. */
  readonly isPlain: boolean;
  /** amd64, arm64 */
  readonly architectures: readonly string[];
  readonly why: readonly Reason[];
}

/** Packages that a role installs together. */
export interface PackageNeed {
  readonly platform: Platform;
  /** As the package manager takes them: NAME, or NAME=VERSION. */
  readonly names: readonly string[];
  /** Undefined: as hosts do by default. */
  readonly recommends?: boolean | undefined;
  /** Beside the distribution's own, as the module `package` takes them. */
  readonly repositories: readonly Readonly<Record<string, unknown>>[];
  readonly why: readonly Reason[];
}

export interface Needs {
  readonly files: readonly FileNeed[];
  readonly images: readonly ImageNeed[];
  readonly packages: readonly PackageNeed[];
}

/**
 * Stands for the mirror while needs are worked out, so that they are what a run against a mirror asks for: which variables hang on
 * `mirror_url` is up to the roles.
 */
export const standIn = 'http://mirror.invalid';

/** The upstream address of what a role asks for. */
export function upstreamOf(url: string): { readonly url: string; readonly strays: boolean } {
  return url.startsWith(`${standIn}/`) ? { url: `https://${url.slice(standIn.length + 1)}`, strays: false } : { url, strays: true };
}

/** An address with the longest beginning that `origins` knows replaced: HOST or HOST/PATH by another base address. */
export function originOf(address: string, origins: Readonly<Record<string, string>>): string {
  const known = Object.keys(origins).filter((start) => address === start || address.startsWith(`${start}/`)).sort((a, b) => b.length - a.length)[0];
  return known === undefined ? address : origins[known]!.replace(/\/+$/, '') + address.slice(known.length);
}

/** An image's whole upstream name, as container runtimes complete it: `nginx` is docker.io/library/nginx:latest. */
export function wholeName(asked: string): string {
  // Docker asks a mirror for all but docker.io by the mirror's own name.
  const mirror = standIn.replace(/^http:\/\//, '');
  const name = asked.startsWith(`${mirror}/`) ? asked.slice(mirror.length + 1) : asked;
  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const path = hasRegistry ? name : `docker.io/${rest.length === 0 ? 'library/' : ''}${name}`;
  return /[:@][^/]*$/.test(path.slice(path.indexOf('/'))) ? path : `${path}:latest`;
}
