/** Answers of web servers, as curl and wget hand them on. */
import { ModuleFailure, textOf, type Result } from '../../engine/module/kit.ts';
import { shownUrl, type Tool } from './download.ts';
import { answerCap, type HttpRequest } from './http-request.ts';

export interface HttpResponse {
  /** -1 where there was no whole answer; `problem` then says why. */
  readonly status: number;
  /** `Not Found`; empty where the server gave none. */
  readonly reason: string;
  /** Names in small letters; several of a name are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Those that were set on the way, redirects included. */
  readonly cookies: Readonly<Record<string, string>>;
  /** The address that answered, without the password that may stand in it. */
  readonly url: string;
  readonly redirected: boolean;
  readonly body: Buffer;
  readonly problem?: string | undefined;
  /** Milliseconds. */
  readonly took: number;
}

/** Reads what the tool printed. Throws ModuleFailure for an answer that is too large to be kept. */
export function readResponse(tool: Tool, request: HttpRequest, result: Result): HttpResponse {
  if (result.truncated) throw new ModuleFailure(`the answer of ${shownUrl(request.url)} is larger than ${answerCap / 1024 / 1024} MiB`, { hint: 'method HEAD asks without taking the content, get_url puts it into a file' });
  return tool === 'curl' ? readCurl(request, result) : readWget(request, result);
}

/** The heads of all answers, the last body, and at the end what curl says of them. */
function readCurl(request: HttpRequest, result: Result): HttpResponse {
  const { stdout } = result;
  const at = stdout.lastIndexOf('\n@');
  const [, size, redirects, url = ''] = /^\n@(\d+) (\d+) (.*)$/.exec(stdout.toString('utf8', Math.max(at, 0))) ?? [];
  if (result.code !== 0 || size === undefined) return failedResponse(request, result);
  const headers = stdout.subarray(0, Number(size));
  const redirected = Number(redirects) > 0;
  return { ...readHeads(headers.toString('latin1').split(/\r?\n/)), url: shownUrl(redirected ? url : request.url), redirected, body: stdout.subarray(Number(size), at), took: result.duration };
}

/** Each line of a head stands on stderr, two spaces in. An exit code of 8 is an answer that says no. */
function readWget(request: HttpRequest, result: Result): HttpResponse {
  const lines = textOf(result.stderr).split('\n').filter((line) => line.startsWith('  ')).map((line) => line.slice(2).trimEnd());
  const heads = readHeads(lines);
  if (heads.status < 0 || (result.code !== 0 && result.code !== 8)) return failedResponse(request, result);
  const url = request.follow ? lines.reduce((now, line) => (/^location: /i.test(line) ? new URL(line.slice(10).trim(), now).href : now), request.url) : request.url;
  return { ...heads, url: shownUrl(url), redirected: url !== request.url, body: result.stdout, took: result.duration };
}

function failedResponse({ url }: HttpRequest, { stderr, code, duration }: Result): HttpResponse {
  const lines = textOf(stderr).split('\n').filter((line) => line.trim() !== '' && !line.startsWith('  '));
  const line = lines.find((each) => /^curl: \(\d+\)/.test(each)) ?? lines.at(-1) ?? '';
  const said = code === 124 ? 'its time ran out' : line.replace(/^curl: \(\d+\) /, '') || `the tool ended with code ${code}`;
  return { status: -1, reason: '', headers: {}, cookies: {}, url: shownUrl(url), redirected: false, body: Buffer.alloc(0), problem: said, took: duration };
}

/** The heads of one or more answers: the last one counts, but for the cookies. */
function readHeads(lines: readonly string[]): Pick<HttpResponse, 'status' | 'reason' | 'headers' | 'cookies'> {
  const cookies: Record<string, string> = {};
  let headers: Record<string, string> = {};
  let status = -1;
  let reason = '';
  for (const line of lines) {
    const first = /^HTTP\/[\d.]+ (\d{3})(?: (.*))?$/.exec(line);
    if (first) {
      [status, reason, headers] = [Number(first[1]), (first[2] ?? '').trim(), {}];
      continue;
    }
    const [, name = '', value = ''] = /^([^\s:]+):[ \t]*(.*)$/.exec(line) ?? [];
    if (name === '') continue;
    const key = name.toLowerCase();
    headers[key] = Object.hasOwn(headers, key) ? `${headers[key]}, ${value}` : value;
    const cookie = key === 'set-cookie' ? /^([^=;\s]+)=([^;]*)/.exec(value) : undefined;
    if (cookie) cookies[cookie[1]!] = cookie[2]!.trim();
  }
  return { status, reason, headers, cookies };
}
