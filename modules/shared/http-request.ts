/** One HTTP request that the host makes with its own tool; what may be secret goes by stdin alone. */
import { Missing, ModuleFailure, type Plan, type Probe } from '../../engine/module/kit.ts';
import { curlText, type Tool } from './download.ts';

export interface HttpRequest {
  readonly url: string;
  /** In capitals. */
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  /** Seconds to connect, and seconds in which some byte must come. */
  readonly timeout: number;
  readonly follow: boolean;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Name and password go with the first request, and not only once the server has asked. */
  readonly forceBasic: boolean;
  readonly validateCerts: boolean;
  /** Paths of the host. */
  readonly ca?: { readonly path: string; readonly isFolder: boolean } | undefined;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly unixSocket?: string | undefined;
  readonly useProxy: boolean;
  readonly agent: string;
}

/** True for methods that only look. */
export function isLook(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Throws Missing, with what would be done once it is there, where the host's tool cannot make the request. */
export function needRequestTool(tool: Tool | undefined, request: HttpRequest, plan?: Plan): void {
  if (tool === 'curl' || (tool === 'wget' && isPlain(request))) return;
  const why = tool === 'wget' ? 'the host has wget and no curl, and wget cannot make this request without showing what is in it' : 'the host has no curl to make the request with';
  throw new Missing({ kind: 'command', name: 'curl' }, why, 'install curl earlier with the package module', plan);
}

/** True where nothing but address and paths is sent, which wget can be handed. */
function isPlain({ method, headers, body, username, unixSocket }: HttpRequest): boolean {
  return isLook(method) && Object.keys(headers).length === 0 && body === undefined && username === undefined && unixSocket === undefined;
}

/** The command, and what it reads. */
export interface Prepared {
  readonly argv: readonly string[];
  readonly stdin: string | Buffer;
}

/** Prepares the request for the tool. Throws ModuleFailure for values that no request can hold. */
export function prepareRequest(tool: Tool, request: HttpRequest): Prepared {
  for (const value of [request.url, request.username ?? '', request.password ?? '', request.agent, ...Object.entries(request.headers).flat()]) {
    if (/[\r\n\0]/.test(value)) throw new ModuleFailure('an address, a header or a password of a request cannot hold a line break');
  }
  if (tool !== 'curl') return { argv: ['wget', ...wgetFlags(request)], stdin: `${request.url}\n` };
  const config = `${curlConfig(request).join('\n')}\n`;
  if (request.body === undefined) return { argv: ['curl', '-q', '-K', '-'], stdin: config };
  return { argv: ['sh', '-c', curlScript], stdin: Buffer.concat([Buffer.from(`${config}.\n`), request.body]) };
}

/** Reads curl's config up to a line with a dot; what follows is the body, which curl reads itself. */
const curlScript = `
config=$(while IFS= read -r line && [ "$line" != . ]; do printf '%s\\n' "$line"; done)
exec 8<&0
printf '%s\\n' "$config" | ( exec 9<&0 0<&8 8<&-; exec curl -q -K /dev/fd/9 )`;

function curlConfig(request: HttpRequest): string[] {
  const { url, method, headers, body, timeout, follow, validateCerts, ca, clientCert, clientKey, unixSocket, useProxy, agent } = request;
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  // What these methods send is empty where nothing is given, and servers want to be told so.
  const sends = body !== undefined || ['POST', 'PUT', 'PATCH'].includes(method);
  return [
    `url = ${curlText(url)}`, 'globoff', 'silent', 'show-error', 'include', 'proto = "=http,https"', ...(follow ? ['location', 'max-redirs = 10'] : []),
    `connect-timeout = ${timeout}`, `speed-time = ${Math.max(timeout, 1)}`, 'speed-limit = 1',
    ...(sends ? [`data-binary = ${body === undefined ? '""' : '"@-"'}`] : []),
    // A POST that is not named turns into a GET where a redirect says so.
    ...(method === 'HEAD' ? ['head'] : method === (sends ? 'POST' : 'GET') ? [] : [`request = ${curlText(method)}`]),
    ...Object.entries(headers).map(([name, value]) => `header = ${curlText(value === '' ? `${name};` : `${name}: ${value}`)}`),
    ...(names.includes('expect') ? [] : ['header = "Expect:"']),
    ...(sends && body === undefined && !names.includes('content-type') ? ['header = "Content-Type:"'] : []),
    ...(names.includes('user-agent') ? [] : [`user-agent = ${curlText(agent)}`]),
    ...loginConfig(request),
    ...(validateCerts ? [] : ['insecure']),
    ...(ca ? [`${ca.isFolder ? 'capath' : 'cacert'} = ${curlText(ca.path)}`] : []),
    ...(clientCert === undefined ? [] : [`cert = ${curlText(clientCert.replace(/[\\:]/g, '\\$&'))}`]),
    ...(clientKey === undefined ? [] : [`key = ${curlText(clientKey)}`]),
    ...(unixSocket === undefined ? [] : [`unix-socket = ${curlText(unixSocket)}`]),
    ...(useProxy ? [] : ['noproxy = "*"']),
    'write-out = "\\n@%{size_header} %{num_redirects} %{url_effective}"',
  ];
}

/** With both ways allowed curl sends the whole request without them first, and again by the way that the server asks for. */
function loginConfig({ username, password = '', forceBasic }: HttpRequest): string[] {
  if (username === undefined) return [];
  return [`user = ${curlText(`${username}:${password}`)}`, 'basic', ...(forceBasic ? [] : ['digest'])];
}

/** Headers come on stderr, the body on stdout; the address is read from stdin, since it may hold a password. */
function wgetFlags({ method, timeout, follow, validateCerts, ca, clientCert, clientKey, useProxy, agent }: HttpRequest): string[] {
  return [
    '--no-config', '-nv', '-S', '--tries=1', `--timeout=${timeout}`, '--content-on-error', `--max-redirect=${follow ? 10 : 0}`, `--user-agent=${agent}`,
    ...(method === 'HEAD' ? ['--method=HEAD'] : []), ...(validateCerts ? [] : ['--no-check-certificate']), ...(useProxy ? [] : ['--no-proxy']),
    ...(ca ? [`--ca-${ca.isFolder ? 'directory' : 'certificate'}=${ca.path}`] : []),
    ...(clientCert === undefined ? [] : [`--certificate=${clientCert}`, `--private-key=${clientKey ?? clientCert}`]),
    '-i', '-', '-O', '-',
  ];
}

/** The wget of the host is asked only where it can tell of a request all that curl would. */
export async function askRequest(tool: Tool, request: HttpRequest, probe: Probe): ReturnType<Probe['ask']> {
  const { argv, stdin } = prepareRequest(tool, request);
  return probe.ask(argv, { stdin, timeout: 3600, cap: answerCap });
}

/** Bytes of an answer that are taken. */
export const answerCap = 8 * 1024 * 1024;
