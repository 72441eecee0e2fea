/** Names of container images: read, checked, and written out in full as container runtimes know them. */
import { ModuleFailure } from '../../engine/module/kit.ts';

export interface ImageName {
  /** Registry and path: docker.io/library/busybox. */
  readonly repository: string;
  /** The name that the image goes by: REPOSITORY:TAG; REPOSITORY@DIGEST where no tag was given but a digest. */
  readonly name: string;
  /** sha256:HEX of the one image that will do; undefined where any will. */
  readonly digest?: string | undefined;
}

const domain = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[0-9a-fA-F:]+\\])(?::\\d+)?';
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const whole = new RegExp(`^(?:(${domain})/)?(${part}(?:/${part})*)(?::(\\w[\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`);

/** Whether a text names an image. */
export function isImageName(text: string): boolean {
  return whole.test(text);
}

/** Reads a name: docker.io is the registry of one that names none, latest its tag. Throws ModuleFailure. */
export function readImageName(text: string, digest?: string): ImageName {
  const [, registry, path, tag, own] = whole.exec(text) ?? [];
  if (path === undefined) throw new ModuleFailure(`${JSON.stringify(text)} is not the name of an image`, { hint: 'write it as registry.example.org/path/name:tag, in small letters' });
  if (own !== undefined && digest !== undefined && own !== digest) throw new ModuleFailure(`${text} names one digest, and ${digest} is asked for`);
  const repository = repositoryOf(registry, path);
  const wanted = own ?? digest;
  return { repository, name: tag === undefined && own !== undefined ? `${repository}@${own}` : `${repository}:${tag ?? 'latest'}`, ...(wanted !== undefined && { digest: wanted }) };
}

/** What stands before the first slash is a registry only where it looks like one, as docker has it. */
function repositoryOf(registry: string | undefined, path: string): string {
  const isRegistry = registry !== undefined && (/[.:]/.test(registry) || registry === 'localhost' || registry !== registry.toLowerCase());
  const place = isRegistry && registry !== 'index.docker.io' ? registry : 'docker.io';
  const rest = registry === undefined || isRegistry ? path : `${registry}/${path}`;
  return `${place}/${place === 'docker.io' && !rest.includes('/') ? 'library/' : ''}${rest}`;
}

/** The registry of a repository, as docker's own configuration names it. */
export function registryKey({ repository }: ImageName): string {
  const registry = repository.slice(0, repository.indexOf('/'));
  return registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
}
