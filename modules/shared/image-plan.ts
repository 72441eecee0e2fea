/** What has to happen so that a host has images, or has them no more. */
import { ModuleFailure, type Change, type Step, type ThingState } from '../../engine/module/kit.ts';
import type { ArchivedImage, ImageArchive } from './image-archive.ts';
import type { FoundImage, ImageAccess } from './image-look.ts';
import { readImageName, type ImageName } from './image-name.ts';
import { loadStep, pullStep, removeStep, tagStep, type Login } from './image-steps.ts';

export interface ImagesAsked {
  readonly access: ImageAccess;
  readonly images: readonly ImageName[];
  /** Full names that the one image gets besides. */
  readonly further: readonly string[];
  readonly login?: Login | undefined;
}

type Present = ReadonlyMap<string, FoundImage>;

/** Pulls what is not there, or is there as another image than the digest says. */
export function pullChanges({ access, images, login }: ImagesAsked, present: Present): Change[] {
  if (access.tool === 'crictl' && images.some(({ digest, name }) => digest !== undefined && !name.includes('@'))) throw cannot('give an image a name beside its digest');
  return images.filter((image) => !isThere(image, present)).map((image) => {
    const other = present.has(image.name) ? ', in place of another of that name' : '';
    const what = image.digest === undefined || image.name.includes('@') ? image.name : `${image.name}@${image.digest}`;
    return { summary: `pull ${what}${other}`, of: image.name, steps: [pullStep(access, image, login)], leaves: [leaves(image.name, image.digest)] };
  });
}

function isThere(image: ImageName, present: Present): boolean {
  const found = present.get(image.name);
  return found !== undefined && (image.digest === undefined || found.digests.includes(image.digest));
}

/** Names that the image should have and does not, or that stand for another one. */
export function tagChanges({ access, images: [image], further }: ImagesAsked, present: Present, isNew: boolean): Change[] {
  if (further.length === 0 || image === undefined) return [];
  if (access.tool === 'crictl') throw cannot('give an image further names');
  const own = present.get(image.name);
  const missing = further.filter((name) => isNew || !isSame(own, present.get(name)));
  if (missing.length === 0) return [];
  return [{ summary: `name ${image.name} also ${missing.join(', ')}`, of: image.name, steps: [tagStep(access, image.name, missing)], leaves: missing.map((name) => leaves(name, own?.digests[0] ?? image.digest)) }];
}

function isSame(one: FoundImage | undefined, other: FoundImage | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.id !== undefined && other.id !== undefined ? one.id === other.id : one.digests.some((digest) => other.digests.includes(digest));
}

/** Takes the names away. containerd's own names for an image, by digest and id, go with its last one. */
export function removeChanges({ access, images }: ImagesAsked, present: Present): Change[] {
  const names = images.map(({ name }) => name).filter((name) => present.has(name));
  if (names.length === 0) return [];
  const digests = new Set(names.flatMap((name) => present.get(name)!.digests));
  const isKept = (digest: string): boolean => [...present].some(([name, found]) => found.digests.includes(digest) && !names.includes(name) && !/^sha256:|@/.test(name));
  const own = access.tool !== 'ctr' ? [] : [...present].filter(([name, found]) => /^sha256:|@/.test(name) && !names.includes(name) && found.digests.some((digest) => digests.has(digest) && !isKept(digest))).map(([name]) => name);
  return [{ summary: `remove ${names.join(', ')}`, of: 'images', before: names.map((name) => `${name}\n`).join(''), after: '', steps: [removeStep(access, [...names, ...own])], leaves: names.map((name) => ({ kind: 'image', name, state: { present: false } })) }];
}

/** What an archive is to bring: its images by the names that are asked for, else by its own. Throws ModuleFailure. */
export function wantedOf(archive: ImageArchive, asked: readonly ImageName[], path: string): { readonly image: ArchivedImage; readonly name: string }[] {
  const { images } = archive;
  if (images.length === 0) throw new ModuleFailure(`the archive ${path} holds no image`);
  const all = images.flatMap(({ names }) => names);
  if (asked.length === 0) {
    if (images.some(({ names }) => names.length === 0)) throw new ModuleFailure(`the archive ${path} holds an image that has no name in it`, { hint: images.length === 1 ? 'say by name: what it is to be called' : 'pack its images one by one, or with their names' });
    return images.flatMap((image) => image.names.map((name) => ({ image, name })));
  }
  return asked.map(({ name }) => {
    const image = images.find(({ names }) => names.includes(name)) ?? (images.length === 1 ? images[0] : undefined);
    if (image === undefined) throw new ModuleFailure(`the archive ${path} does not hold ${name}; it holds ${all.join(', ') || 'images without names'}`);
    return { image, name };
  });
}

export interface LoadAsked {
  readonly archive: ImageArchive;
  /** What people read. */
  readonly shown: string;
  /** On the host. */
  readonly path: string;
  readonly before: readonly Step[];
  readonly stage?: string | undefined;
}

/** Loads the archive where one of its images is not there under its name. `present` knows ids where the runtime has them. */
export function loadChanges({ access, images }: ImagesAsked, { archive, shown, path, before, stage }: LoadAsked, present: Present): Change[] {
  const wanted = wantedOf(archive, images, shown);
  const missing = wanted.filter(({ image, name }) => !isLoaded(image, present.get(name)));
  if (missing.length === 0) return [];
  if (access.tool === 'crictl') throw cannot('load an archive');
  if (access.tool === 'docker' && archive.kind === 'oci') throw new ModuleFailure(`${shown} is an OCI archive, and docker loads its own kind`, { hint: `skopeo copy oci-archive:${shown} docker-archive:OTHER.tar:NAME makes one` });
  const byDigest = access.tool === 'ctr' && wanted.every(({ image }) => image.digest !== undefined || image.names.length === 0);
  const pairs = wanted.map(({ image, name }) => ({ from: byDigest ? (image.digest ?? '') : image.names.includes(name) ? name : (image.names[0] ?? image.id ?? ''), to: name }));
  const names = wanted.map(({ name }) => name);
  // What came under the archive's name and was asked for under another; nobody's that was there before.
  const drop = byDigest ? [] : [...new Set(wanted.flatMap(({ image }) => image.names))].filter((name) => !names.includes(name) && !present.has(name) && images.length > 0 && archive.images.length === 1);
  return [{
    summary: `load ${missing.map(({ name }) => name).join(', ')} from ${shown}`, of: 'images', before: '', after: missing.map(({ name }) => `${name}\n`).join(''),
    steps: [...before, loadStep(access, { path, pairs, byDigest, drop, stage })], leaves: wanted.map(({ image, name }) => leaves(name, image.digest)),
  }];
}

/** Where the runtime does not tell by what an image of the archive could be known again, its name counts. */
function isLoaded(image: ArchivedImage, found: FoundImage | undefined): boolean {
  if (found === undefined) return false;
  if (image.digest !== undefined && found.digests.includes(image.digest)) return true;
  if (image.id !== undefined && found.id !== undefined) return image.id === found.id;
  return image.digest === undefined || found.digests.length === 0;
}

function leaves(name: string, digest: string | undefined): ThingState {
  return { kind: 'image', name, state: { present: true, digest } };
}

function cannot(what: string): ModuleFailure {
  return new ModuleFailure(`crictl cannot ${what}`, { hint: 'containerd\'s own program ctr can, and docker; runtime: says which is spoken with' });
}

/** Full names of a list. */
export function fullNames(names: readonly string[]): string[] {
  return names.map((name) => readImageName(name).name);
}
