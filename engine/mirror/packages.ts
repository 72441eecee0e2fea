/** What was fetched of packages, for one platform. */
import type { MirrorPackages } from './mirror.ts';

export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** In the repository's folder. */
  readonly file: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A repository of a mirror, with what is in it; of this and earlier times. */
export interface PackageRepository extends MirrorPackages {
  readonly packages: readonly PackageFile[];
  /** Its index is signed. */
  readonly signed: boolean;
  /** File of the key in its folder. */
  readonly key?: string | undefined;
}

export interface PackagesFetched {
  readonly repository: PackageRepository;
  /** How many packages the needs take, their bytes, and how many came now. */
  readonly count: number;
  readonly size: number;
  readonly fetched: number;
  /** In words, one a thing. */
  readonly missing: readonly string[];
}
