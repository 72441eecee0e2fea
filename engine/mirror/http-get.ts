/** GET over HTTP: redirects, and the proxies that the environment names. */
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The server answered, but not with what was asked for. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  constructor(status: number, text: string) {
    super(`the server answered ${status}${text ? ` ${text}` : ''}`);
    this.status = status;
  }
}

/** Seconds in which a byte must come. */
const patience = 60;

/** The answer, once redirects are followed; its body has not been read. */
export async function get(url: string, options: GetOptions = {}, hops = 0): Promise<IncomingMessage> {
  const response = await request(new URL(url), options);
  const { statusCode: status = 0, headers } = response;
  if (status < 300 || status >= 400 || !headers.location) return response;
  response.resume();
  if (hops >= 10) throw new Error(`${url} leads from one redirect to the next`);
  const next = new URL(headers.location, url);
  if (next.protocol !== 'https:' && url.startsWith('https:')) throw new Error(`${url} leads to ${next.href}, which is not over TLS`);
  return get(next.href, options, hops + 1);
}

/** Waits as long as it makes sense before the next try. */
export async function pauseBefore(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(Math.min(1000 * 2 ** (attempt - 1), 15_000), undefined, signal ? { signal } : {});
}

async function request(url: URL, { headers = {}, signal }: GetOptions): Promise<IncomingMessage> {
  const proxy = proxyFor(url, process.env);
  const common: RequestOptions = { headers: { 'user-agent': 'kplay', accept: '*/*', ...headers }, timeout: patience * 1000, ...(signal ? { signal } : {}) };
  if (!proxy) return answer((url.protocol === 'https:' ? https : http).request(url, common));
  if (url.protocol === 'http:') {
    const asked: RequestOptions = { ...common, host: proxy.hostname, port: proxy.port || 80, path: url.href, headers: { ...common.headers, host: url.host, ...authorization(proxy) } };
    return answer(http.request(asked));
  }
  const socket = await tunnel(proxy, url, signal);
  const secured = connectTls({ socket, servername: url.hostname });
  return answer(https.request(url, { ...common, createConnection: () => secured }));
}

function answer(sent: http.ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve).once('error', reject).once('timeout', () => sent.destroy(new Error(`nothing came for ${patience} seconds`))).end();
  });
}

/** A way through a proxy to a host that is spoken to over TLS. */
function tunnel(proxy: URL, { hostname, port }: URL, signal: AbortSignal | undefined): Promise<Socket> {
  const to = `${hostname}:${port || 443}`;
  return new Promise((resolve, reject) => {
    const sent = http.request({ method: 'CONNECT', host: proxy.hostname, port: proxy.port || 80, path: to, headers: { host: to, ...authorization(proxy) }, timeout: patience * 1000, ...(signal ? { signal } : {}) });
    sent.once('connect', (response, socket) => (response.statusCode === 200 ? resolve(socket as Socket) : reject(new Error(`the proxy ${proxy.host} answered ${response.statusCode}`))));
    sent.once('error', reject).once('timeout', () => sent.destroy(new Error(`the proxy ${proxy.host} did not answer`))).end();
  });
}

function authorization({ username, password }: URL): Record<string, string> {
  if (!username) return {};
  return { 'proxy-authorization': `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}` };
}

/** The proxy for an address, as curl reads the environment; undefined where it is asked itself. */
export function proxyFor(url: URL, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  // HTTP_PROXY in capitals is left out, since a web server sets it from a header.
  const named = url.protocol === 'https:' ? (env['https_proxy'] ?? env['HTTPS_PROXY']) : env['http_proxy'];
  const proxy = named || env['all_proxy'] || env['ALL_PROXY'];
  if (!proxy) return undefined;
  const own = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(',').map((each) => each.trim().replace(/^\*?\./, '').replace(/:\d+$/, '')).filter(Boolean);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (own.some((name) => name === '*' || host === name || host.endsWith(`.${name}`))) return undefined;
  const address = new URL(/^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`);
  if (address.protocol !== 'http:') throw new Error(`the proxy ${address.protocol}//${address.host} is not an HTTP proxy`);
  return address;
}
