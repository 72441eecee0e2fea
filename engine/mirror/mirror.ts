/** A mirror folder: files, images and packages under their upstream addresses, and `mirror.json`, which says what is there. */
import { join } from 'node:path';
import * as z from 'zod';
import { MirrorError } from './mirror-error.ts';

const file = z.looseObject({
  url: z.url().describe('upstream address, such as "https://dl.k8s.io/release/v1.20.2/bin/linux/amd64/kubeadm"'),
  path: z.string().min(1).describe('where it lies in the folder: "files/HOST/PATH"'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/).describe('of its content, in hex'),
  size: z.int().min(0).describe('bytes'),
});

const image = z.looseObject({
  name: z.string().min(1).describe('whole upstream name, such as "registry.k8s.io/pause:3.2"'),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/).describe('of its manifest or index in images/'),
});

const packages = z.looseObject({
  kind: z.enum(['apt', 'rpm']).describe('how clients read it'),
  url: z.url().describe('upstream address of the repository'),
  path: z.string().min(1).describe('where its root lies in the folder: "packages/…"'),
});

/** What `mirror.json` holds. Further fields are kept as they are. */
export const mirrorSchema = z.looseObject({
  version: z.literal(1).describe('of this format'),
  kubernetes: z.string().optional().describe('version of the Kubernetes that it was made for, without v'),
  files: z.array(file).default([]),
  images: z.array(image).default([]),
  packages: z.array(packages).default([]),
});

export type Mirror = z.output<typeof mirrorSchema>;
export type MirrorFile = z.output<typeof file>;
export type MirrorImage = z.output<typeof image>;
export type MirrorPackages = z.output<typeof packages>;

/** Files and folders of a mirror. */
export interface MirrorPaths {
  readonly list: string;
  /** Files at HOST/PATH of their upstream address. */
  readonly files: string;
  /** One OCI image layout; each image's `org.opencontainers.image.ref.name` is its whole upstream name. */
  readonly images: string;
  /** Repositories of packages. */
  readonly packages: string;
}

/** Where a mirror folder has what. */
export function mirrorPaths(folder: string): MirrorPaths {
  return { list: join(folder, 'mirror.json'), files: join(folder, 'files'), images: join(folder, 'images'), packages: join(folder, 'packages') };
}

/** The path in a mirror of a file by its upstream address, "files/HOST/PATH"; throws a MirrorError where that is no address of a file. */
export function filePath(url: string): string {
  const { host, pathname } = new URL(url);
  const segments = pathSegments(`${host}${pathname}`);
  if (!segments) throw new MirrorError(`${url} cannot be kept in a mirror: it is not the address of a file`);
  return ['files', ...segments].join('/');
}

/** The decoded segments of a URL's path; undefined where one is empty, leads up, or cannot be part of a file's name. */
export function pathSegments(path: string): readonly string[] | undefined {
  let segments: string[];
  try {
    segments = path.split('/').map(decodeURIComponent);
  } catch {
    return undefined; // a % that is followed by no number
  }
  return segments.every((each) => each !== '' && each !== '.' && each !== '..' && !/[/\0]/.test(each)) ? segments : undefined;
}
