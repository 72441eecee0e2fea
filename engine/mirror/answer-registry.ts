/** The pull side of the OCI distribution API. https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { relative } from 'node:path';
import { blobPath, type Descriptor } from './image-layout.ts';
import { mirrorPaths, pathSegments } from './mirror.ts';
import type { Registry } from './registry.ts';
import { sendFile } from './send-file.ts';

/** A request below /v2/ of a mirror folder. */
export interface RegistryRequest {
  readonly folder: string;
  readonly registry: () => Promise<Registry>;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Answers one; errors too have the registry's JSON. */
export async function answerRegistry(request: IncomingMessage, response: ServerResponse, asked: RegistryRequest): Promise<void> {
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  if (asked.path === '/v2' || asked.path === '/v2/') return sendJson(request, response, 200, {});
  const segments = pathSegments(asked.path.slice('/v2/'.length));
  const [kind, reference] = segments?.slice(-2) ?? [];
  if (!segments || segments.length < 3) return refuse(request, response, 404, 'NAME_INVALID', 'expected /v2/NAME/manifests/REFERENCE, /v2/NAME/blobs/DIGEST or /v2/NAME/tags/list');
  const registry = await asked.registry();
  const named = segments.slice(0, -2).join('/');
  const name = wholeName(registry, named, asked.query.get('ns'));
  if (name === undefined) return refuse(request, response, 404, 'NAME_UNKNOWN', `the mirror has no image ${named}`);
  if (kind === 'tags' && reference === 'list') return listTags(request, response, registry, name, named, asked.query);
  if (kind === 'manifests') return sendManifest(request, response, asked.folder, registry, name, reference!);
  if (kind === 'blobs') return sendBlob(request, response, asked.folder, reference!);
  return refuse(request, response, 404, 'UNSUPPORTED', 'this registry has manifests, blobs and tags/list');
}

/** Whole names come as they are; containerd names the registry in `ns`; Docker asks a mirror for images of docker.io alone, and leaves that out. */
function wholeName({ repositories }: Registry, name: string, ns: string | null): string | undefined {
  const hosts = [...(ns ? [ns] : []), 'docker.io'];
  const names = [name, ...hosts.map((host) => `${host}/${name}`), ...hosts.map((host) => `${host}/library/${name}`), name.replace(/^docker\.io\/(?=[^/]+$)/, 'docker.io/library/')];
  return names.find((each) => repositories.has(each));
}

async function sendManifest(request: IncomingMessage, response: ServerResponse, folder: string, registry: Registry, name: string, reference: string): Promise<void> {
  const tags = registry.repositories.get(name)!;
  const found = reference.includes(':') ? registry.manifests.get(reference) : tags.get(reference);
  if (!found) {
    const known = tags.size > 0 ? `; it has ${[...tags.keys()].join(', ')}` : '';
    return refuse(request, response, 404, 'MANIFEST_UNKNOWN', `the mirror has no ${name}${reference.includes(':') ? '@' : ':'}${reference}${known}`);
  }
  if (!accepts(request.headers.accept, found)) {
    return refuse(request, response, 404, 'MANIFEST_UNKNOWN', `${name}:${reference} is of the type ${found.mediaType}, which the request does not accept`);
  }
  const sent = await sendPart(request, response, folder, found.digest, { 'content-type': found.mediaType });
  if (!sent) refuse(request, response, 404, 'MANIFEST_BLOB_UNKNOWN', `the mirror lacks the manifest ${found.digest} of ${name}:${reference}; fill it again`);
}

async function sendBlob(request: IncomingMessage, response: ServerResponse, folder: string, digest: string): Promise<void> {
  if (!blobPath('', digest)) return refuse(request, response, 400, 'DIGEST_INVALID', `${digest} is no digest that this registry knows; expected sha256: and 64 hex digits`);
  const sent = await sendPart(request, response, folder, digest, {});
  if (!sent) refuse(request, response, 404, 'BLOB_UNKNOWN', `the mirror has no blob ${digest}`);
}

function sendPart(request: IncomingMessage, response: ServerResponse, folder: string, digest: string, headers: Readonly<Record<string, string>>): Promise<boolean> {
  const path = relative(folder, blobPath(mirrorPaths(folder).images, digest)!);
  return sendFile(request, response, folder, path, { ...headers, 'docker-content-digest': digest, etag: `"${digest}"` });
}

function listTags(request: IncomingMessage, response: ServerResponse, registry: Registry, name: string, named: string, query: URLSearchParams): void {
  const [last, count] = [query.get('last'), query.get('n')];
  const all = [...registry.repositories.get(name)!.keys()].sort().filter((tag) => last === null || tag > last);
  const tags = count !== null && /^\d+$/.test(count) ? all.slice(0, Number(count)) : all;
  if (tags.length < all.length && tags.length > 0) {
    response.setHeader('link', `</v2/${named}/tags/list?n=${count}&last=${encodeURIComponent(tags.at(-1)!)}>; rel="next"`);
  }
  sendJson(request, response, 200, { name: named, tags });
}

/** A client that names types takes no other; one that names none takes all. */
function accepts(header: string | undefined, { mediaType }: Descriptor): boolean {
  const types = (header ?? '*/*').split(',').map((each) => each.split(';')[0]!.trim());
  return types.some((type) => type === mediaType || type === '*/*' || type === 'application/*');
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(request, response, status, { errors: [{ code, message }] });
}

function sendJson(request: IncomingMessage, response: ServerResponse, status: number, value: unknown): void {
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(request.method === 'HEAD' ? undefined : text);
}
