/** A mirror folder over HTTP: files at /HOST/PATH, packages at /packages/…, images as a registry that can be pulled from. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import { answerRegistry } from './answer-registry.ts';
import { MirrorError } from './mirror-error.ts';
import { pathSegments } from './mirror.ts';
import { readMirror } from './read-mirror.ts';
import { registryOf, type Registry } from './registry.ts';
import { sendFile } from './send-file.ts';

export interface ServeOptions {
  readonly folder: string;
  /** Address of this host to listen on. */
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Takes a line for each answer. */
  readonly log?: ((line: string) => void) | undefined;
}

export interface MirrorServer {
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a folder until it is closed; it may be filled meanwhile. Throws a MirrorError where the folder is none or the address is not to be had. */
export async function serveMirror({ folder, address, port, log }: ServeOptions): Promise<MirrorServer> {
  await readMirror(folder);
  const registry = registryOf(`${folder}/images`);
  const server = createServer((request, response) => {
    response.once('close', () => log?.(lineOf(request, response)));
    answer(request, response, folder, registry).catch((error: Error) => fail(response, error, log));
  });
  await listen(server, address, port);
  const url = `http://${isIPv6(address) ? `[${address}]` : address}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, folder: string, registry: () => Promise<Registry>): Promise<void> {
  const [asked = '/', query = ''] = (request.url ?? '/').split('?', 2);
  // apt asks so for what a source `deb URL ./` has.
  const path = asked.replaceAll('/./', '/');
  const isRegistry = path === '/v2' || path.startsWith('/v2/');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const body = isRegistry ? JSON.stringify({ errors: [{ code: 'UNSUPPORTED', message: 'this registry is read-only' }] }) : 'this server is read-only\n';
    return void response.writeHead(405, { allow: 'GET, HEAD', 'content-type': isRegistry ? 'application/json' : 'text/plain' }).end(body);
  }
  if (isRegistry) return answerRegistry(request, response, { folder, registry, path, query: new URLSearchParams(query) });
  if (path === '/') return greet(response, folder);
  const segments = pathSegments(path.slice(1));
  const at = segments && (path === '/mirror.json' || segments[0] === 'packages' ? segments : ['files', ...segments]).join('/');
  if (at && (await sendFile(request, response, folder, at, at.endsWith('.json') ? { 'content-type': 'application/json' } : {}))) return;
  sendText(response, 404, `the mirror has no ${path}\n`);
}

async function greet(response: ServerResponse, folder: string): Promise<void> {
  const { files, images, packages } = await readMirror(folder);
  sendText(response, 200, `kplay mirror: ${files.length} files at /HOST/PATH, ${images.length} images at /v2/, ${packages.length} package repositories at /packages/; /mirror.json lists them\n`);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text), 'x-content-type-options': 'nosniff' });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

function fail(response: ServerResponse, error: Error, log: ServeOptions['log']): void {
  if (error.message === 'Premature close' || response.destroyed) return; // the client went
  log?.(`error: ${error.message}`);
  if (response.headersSent) response.destroy();
  else sendText(response, 500, `${error.message}\n`);
}

function lineOf({ method, url = '', socket }: IncomingMessage, { statusCode }: ServerResponse): string {
  return `${new Date().toISOString()} ${socket.remoteAddress ?? '-'} ${method} ${url.replace(/[^\x21-\x7e]/g, '?')} ${statusCode}`;
}

async function listen(server: Server, address: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve)).catch((error: NodeJS.ErrnoException) => {
    const why = { EADDRINUSE: 'it is in use', EADDRNOTAVAIL: 'this host has no such address', EACCES: 'only root may listen there' }[error.code ?? ''] ?? error.message;
    throw new MirrorError(`cannot listen on ${address} port ${port}: ${why}`, undefined, { cause: error });
  });
}
