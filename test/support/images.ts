/** Container images made by hand, as archives and in a registry of the tests' own. */
import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface MadeImage {
  readonly manifest: Buffer;
  readonly config: Buffer;
  readonly layer: Buffer;
  /** sha256:… of the manifest. */
  readonly digest: string;
  /** sha256:… of the configuration. */
  readonly id: string;
}

/** A file of an archive. */
export interface TarFile {
  readonly name: string;
  readonly content: Buffer | string;
  readonly mode?: number;
}

const sha256 = (content: Buffer | string): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const hex = (digest: string): string => digest.slice('sha256:'.length);

/** A tar as any tar reads it. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap(({ name, content, mode = 0o644 }) => {
    const bytes = Buffer.from(content);
    const header = Buffer.alloc(512);
    const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
    header.write(name);
    header.write(octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(bytes.length, 12) + octal(0, 12) + '        0', 100, 'latin1');
    header.write('ustar\x0000', 257, 'latin1');
    header.write(octal(header.reduce((sum, byte) => sum + byte, 0), 8), 148, 'latin1');
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** An image of one layer that runs `command`; other words in `label` make another image. */
export function makeImage(label: string, files: readonly TarFile[] = [{ name: 'label', content: label }], command: readonly string[] = ['/label']): MadeImage {
  const layer = tarOf(files);
  const config = Buffer.from(JSON.stringify({ architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', os: 'linux', config: { Cmd: command, Labels: { label } }, rootfs: { type: 'layers', diff_ids: [sha256(layer)] } }));
  const manifest = Buffer.from(JSON.stringify({
    schemaVersion: 2, mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', digest: sha256(config), size: config.length },
    layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar', digest: sha256(layer), size: layer.length }],
  }));
  return { manifest, config, layer, digest: sha256(manifest), id: sha256(config) };
}

/** An archive as `docker save` writes it. */
export function dockerArchive(images: Readonly<Record<string, MadeImage>>): Buffer {
  const rows = Object.entries(images);
  return tarOf([
    ...rows.flatMap(([, { id, config, layer }]) => [{ name: `${hex(id)}.json`, content: config }, { name: `${hex(sha256(layer))}.tar`, content: layer }]),
    { name: 'manifest.json', content: JSON.stringify(rows.map(([name, { id, layer }]) => ({ Config: `${hex(id)}.json`, RepoTags: name === '' ? null : [name], Layers: [`${hex(sha256(layer))}.tar`] }))) },
  ]);
}

/** An OCI layout; a name without a slash is a tag alone, as umoci has it. */
export function ociArchive(images: Readonly<Record<string, MadeImage>>): Buffer {
  const rows = Object.entries(images);
  const index = rows.map(([name, { digest, manifest }]) => ({ mediaType: 'application/vnd.docker.distribution.manifest.v2+json', digest, size: manifest.length, ...(name !== '' && { annotations: { 'org.opencontainers.image.ref.name': name } }) }));
  return tarOf([
    { name: './oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: './index.json', content: JSON.stringify({ schemaVersion: 2, manifests: index }) },
    ...rows.flatMap(([, { digest, manifest, id, config, layer }]) => [[digest, manifest], [id, config], [sha256(layer), layer]].map(([name, content]) => ({ name: `./blobs/sha256/${hex(String(name))}`, content: content! }))),
  ]);
}

export interface TestRegistry {
  /** host:port */
  readonly host: string;
  /** `METHOD path login`, in order. */
  readonly asked: string[];
  /** By repository:tag; change it and the registry has something else. */
  readonly images: Map<string, MadeImage>;
  close(): Promise<void>;
}

/** A registry on an address of this host. With `login` (user:password) it serves nobody else; with `tls`, by HTTPS. */
export async function openRegistry(address: string, images: Readonly<Record<string, MadeImage>>, login?: string, tls?: { readonly key: string; readonly cert: string }): Promise<TestRegistry> {
  const asked: string[] = [];
  const kept = new Map(Object.entries(images));
  const listener: RequestListener = (request, response) => {
    const given = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
    asked.push(`${request.method} ${request.url}${given === '' ? '' : ` ${given}`}`);
    if (login !== undefined && given !== login) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
    const [, repository, kind, wanted] = /^\/v2\/(.+)\/(manifests|blobs)\/([^?]+)/.exec(request.url ?? '') ?? [];
    if (repository === undefined) return void response.writeHead(/^\/v2\/?$/.test(request.url ?? '') ? 200 : 404).end();
    const own = [...kept].filter(([name]) => name.slice(0, name.lastIndexOf(':')) === repository);
    const found = kind === 'manifests'
      ? own.find(([name, { digest }]) => name === `${repository}:${wanted}` || digest === wanted)?.[1].manifest
      : own.flatMap(([, { config, layer }]) => [config, layer]).find((blob) => sha256(blob) === wanted);
    if (!found) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    const type = kind === 'manifests' ? 'application/vnd.docker.distribution.manifest.v2+json' : 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': found.length, 'docker-content-digest': sha256(found), 'docker-distribution-api-version': 'registry/2.0' }).end(request.method === 'HEAD' ? undefined : found);
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, address, resolve));
  return {
    host: `${address}:${(server.address() as AddressInfo).port}`, asked, images: kept,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
