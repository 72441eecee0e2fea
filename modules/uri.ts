/** Makes an HTTP request from the host. GET and HEAD only look; every other method acts. */
import { defineModule, flag, listOf, Missing, ModuleFailure, secret, text, whole, z, type Plan, type Probe, type Run } from '../engine/module/kit.ts';
import { inspectCommand, type CommandFound } from './shared/command.ts';
import { askTool, shownUrl, type Tool } from './shared/download.ts';
import { expandPaths } from './shared/host-path.ts';
import { encodeBody, type Encoded } from './shared/http-body.ts';
import { answerCap, askRequest, isLook, needRequestTool, prepareRequest, type HttpRequest } from './shared/http-request.ts';
import { readResponse, type HttpResponse } from './shared/http-response.ts';
import { answerResult, unwelcome } from './shared/http-result.ts';

/** yes and no are what Ansible took before these words. */
const follows = z.preprocess((value) => (value === true || value === 'yes' ? 'all' : value === false || value === 'no' ? 'none' : value), z.enum(['safe', 'all', 'none']));

const params = z.object({
  url: text().describe('address: http or https'),
  method: z.preprocess((value) => (typeof value === 'string' ? value.toUpperCase() : value), z.string().regex(/^[A-Z]+$/, 'expected one word, such as POST')).default('GET').describe('GET and HEAD only look, also in a dry run; all others act and count as a change; default GET'),
  body: z.unknown().meta({ kplay: 'private' }).optional().describe('what is sent: text, or for json and form-urlencoded a mapping or a list'),
  body_format: z.enum(['raw', 'json', 'form-urlencoded']).default('raw').describe('how body is written, and its Content-Type where headers name none; text is sent as it is; default raw'),
  headers: z.record(z.string(), text()).meta({ kplay: 'private' }).default({}).describe('headers of the request; never shown to other users of the host'),
  status_code: listOf(whole()).default([200]).describe('answers that are a success; default 200'),
  return_content: flag().default(false).describe('registers what the server sent as content, at most 8 MiB; JSON is registered in any case; default no'),
  timeout: whole().default(30).describe('seconds to connect, and seconds in which at least a byte must come; default 30'),
  follow_redirects: follows.default('safe').describe('safe follows redirects of GET and HEAD, all those of other methods too (by GET after a POST, but for 307 and 308; other methods stay), none follows none; default safe'),
  url_username: text().optional().describe('user name for basic or digest authentication'),
  url_password: secret().optional().describe('password for basic or digest authentication'),
  force_basic_auth: flag().default(false).describe('sends name and password with the first request, and not only once the server asks; default no'),
  validate_certs: flag().default(true).describe('no takes any certificate; default yes'),
  ca_path: text().optional().describe('file or folder of the host with certificates of authorities, instead of those that the host trusts'),
  client_cert: text().optional().describe('file of the host with a certificate in PEM that the host shows of itself'),
  client_key: text().optional().describe('file of the host with its key in PEM; default in client_cert'),
  unix_socket: text().optional().describe('socket of the host to connect to, whatever the address says'),
  use_proxy: flag().default(true).describe('no goes past the proxy that the environment names; default yes'),
  http_agent: text().default('kplay').describe('User-Agent of the request; default kplay'),
  creates: text().optional().describe('path or pattern on the host; no request is made where it is there'),
  removes: text().optional().describe('path or pattern on the host; a request is made only where it is there'),
});
type Params = z.infer<typeof params>;

interface Found {
  readonly conditions: CommandFound;
  readonly tool: Tool | undefined;
  readonly request: HttpRequest;
  /** The first of the named files that is not on the host. */
  readonly lacking?: string | undefined;
  /** What a method that only looks was answered. */
  readonly response?: HttpResponse | undefined;
}

export default defineModule({
  summary: 'Make an HTTP request from the host',
  kind: ({ method }) => (isLook(method) ? 'state' : 'action'),
  params,
  aliases: { user: 'url_username', password: 'url_password' },
  example: '- name: Wait until the API server is ready\n  uri:\n    url: https://127.0.0.1:6443/readyz\n    ca_path: /etc/kubernetes/pki/ca.crt\n  register: ready\n  until: ready.status == 200\n  retries: 30\n  delay: 2',
  returns: {
    status: 'the server\'s answer, -1 where there was none', json: 'what the server sent, where it says that it is JSON', content: 'what it sent as text, with return_content or where status is not as asked',
    url: 'the address that answered', redirected: 'whether that is another than asked', msg: 'OK and the size, or what is wrong', elapsed: 'seconds', cookies: 'mapping', cookies_string: 'as the header Cookie takes them',
    content_type: 'and every other header, in small letters with _ for -',
  },
  // A request that acts goes in its turn; requests for the same address too.
  touches: ({ method, url }) => [isLook(method) ? `/${encodeURIComponent(url)}` : '/'],
  slow: true,
  ahead: false,
  async inspect(asked, probe): Promise<Found> {
    const encoded = encodeBody(asked.body, asked.body_format, asked.headers);
    refuse(asked, encoded);
    const [paths, conditions, tool] = await Promise.all([lookAtPaths(asked, probe), inspectCommand(asked, probe), askTool(probe)]);
    const request = requestOf(asked, encoded, paths);
    const found = { conditions, tool, request, lacking: paths.lacking };
    if (!isLook(asked.method) || isSkipped(found) || found.lacking !== undefined || tool === undefined) return found;
    needRequestTool(tool, request);
    return { ...found, response: readResponse(tool, request, await askRequest(tool, request, probe)) };
  },
  plan(asked, found, here) {
    const { conditions, tool, request, response } = found;
    if (isSkipped(found)) {
      const stdout = conditions.created ? `skipped, since ${asked.creates} exists` : `skipped, since ${asked.removes} does not exist`;
      return { changes: [], result: { stdout, msg: stdout, url: shownUrl(asked.url) } };
    }
    const plan = isLook(asked.method) ? undefined : planAct(request);
    if (found.lacking !== undefined) throw new Missing({ kind: 'path', name: found.lacking }, `${found.lacking} is not on the host`, undefined, plan);
    needRequestTool(tool, request, plan);
    if (plan) return plan;
    const failure = unwelcome(asked, response!);
    if (!failure) return { changes: [], result: answerResult(asked, response!) };
    if (!here.check) throw failure;
    // In a dry run what will answer may be yet to come.
    return { changes: [], again: `an answer ${asked.status_code.join(' or ')} of ${shownUrl(asked.url)}, which is not so yet` };
  },
  output(asked, { request }, steps) {
    const made = steps.at(-1);
    if (!made) return {};
    const response = readResponse('curl', request, made);
    const failure = unwelcome(asked, response);
    if (failure) throw failure;
    return answerResult(asked, response);
  },
});

function refuse({ url, method }: Params, { body }: Encoded): void {
  if (!/^https?:\/\//i.test(url)) throw new ModuleFailure(`"${shownUrl(url)}" does not begin with http:// or https://`);
  if (method === 'HEAD' && body) throw new ModuleFailure('a HEAD request has no body');
}

function isSkipped({ conditions }: Pick<Found, 'conditions'>): boolean {
  return conditions.created || conditions.removed;
}

interface Paths extends Pick<HttpRequest, 'ca' | 'clientCert' | 'clientKey' | 'unixSocket'> {
  readonly lacking?: string | undefined;
}

async function lookAtPaths({ ca_path: ca, client_cert: cert, client_key: key, unix_socket: socket }: Params, probe: Probe): Promise<Paths> {
  const given = [ca, cert, key, socket].filter((each) => each !== undefined);
  const expanded = await expandPaths(given, probe);
  const stats = await Promise.all(expanded.map((each) => probe.stat(each, { follow: true })));
  const of = (path: string | undefined): string | undefined => (path === undefined ? undefined : expanded[given.indexOf(path)]);
  const caPath = of(ca);
  return {
    ca: caPath === undefined ? undefined : { path: caPath, isFolder: stats[0]?.kind === 'directory' },
    clientCert: of(cert), clientKey: of(key), unixSocket: of(socket),
    lacking: expanded.find((_, index) => !stats[index]),
  };
}

function requestOf(asked: Params, { body, headers }: Encoded, { ca, clientCert, clientKey, unixSocket }: Paths): HttpRequest {
  return {
    url: asked.url, method: asked.method, headers, body, timeout: asked.timeout,
    follow: asked.follow_redirects === 'all' || (asked.follow_redirects === 'safe' && isLook(asked.method)),
    username: asked.url_username, password: asked.url_password, forceBasic: asked.force_basic_auth,
    validateCerts: asked.validate_certs, ca, clientCert, clientKey, unixSocket, useProxy: asked.use_proxy, agent: asked.http_agent,
  };
}

function planAct(request: HttpRequest): Plan {
  const step: Run = { kind: 'run', ...prepareRequest('curl', request), codes: 'any', cap: answerCap, quiet: true };
  return { changes: [{ summary: `${request.method} ${shownUrl(request.url)}`, steps: [step] }], result: { url: shownUrl(request.url) } };
}
