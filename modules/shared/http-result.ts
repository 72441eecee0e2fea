/** What the module `uri` registers of an answer, and which answers are not welcome. */
import { ModuleFailure } from '../../engine/module/kit.ts';
import type { HttpResponse } from './http-response.ts';

export interface Wanted {
  readonly status_code: readonly number[];
  readonly return_content: boolean;
}

/** Names that a server's headers cannot take: they would say something else of the task. */
const reserved = new Set(['changed', 'failed', 'skipped', 'unreachable', 'ansible_facts', 'attempts', 'diff', 'rc', 'stdout', 'stderr', 'exception', 'warnings', 'invocation', 'results']);

/** The fields of Ansible's module of the same name. */
export function answerResult(wanted: Wanted, response: HttpResponse): Record<string, unknown> {
  const { status, headers, cookies, url, redirected, took } = response;
  const named = Object.entries(headers).map(([name, value]) => [name.replaceAll('-', '_'), value] as const).filter(([name]) => !reserved.has(name));
  const { charset, isJson } = typeOf(headers['content-type'] ?? '');
  const content = new TextDecoder(charset).decode(response.body);
  return {
    ...Object.fromEntries(named), ...(headers['location'] !== undefined && { location: absolute(headers['location'], url) }),
    status, url, redirected, elapsed: Math.floor(took / 1000), cookies, cookies_string: Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; '),
    msg: messageOf(response),
    ...(isJson && jsonOf(content)), ...((wanted.return_content || !wanted.status_code.includes(status)) && { content }),
  };
}

/** The failure that an answer is where its status is not among those asked; undefined where it is welcome. */
export function unwelcome(wanted: Wanted, response: HttpResponse): ModuleFailure | undefined {
  const { status, problem = '' } = response;
  if (wanted.status_code.includes(status)) return undefined;
  const said = new TextDecoder().decode(response.body.subarray(0, 300)).replace(/\s+/g, ' ').trim();
  const hint = /certificate/i.test(problem) ? 'ca_path names a file with the authority that signed it; validate_certs: no takes any' : undefined;
  const message = `Status code was ${status} and not [${wanted.status_code.join(', ')}]: ${messageOf(response)}${said === '' || /^</.test(said) ? '' : `; the server says: ${said}`}`;
  return new ModuleFailure(message, { result: answerResult(wanted, response), ...(hint && { hint }) });
}

function messageOf({ status, reason, headers, problem }: HttpResponse): string {
  if (status < 0) return `Request failed: ${problem ?? ''}`;
  return status < 300 ? `OK (${headers['content-length'] ?? 'unknown'} bytes)` : `HTTP Error ${status}: ${reason}`;
}

function typeOf(header: string): { readonly charset: string; readonly isJson: boolean } {
  const [type = '', ...rest] = header.split(';').map((part) => part.trim());
  const isJson = /[/+](json|javascript)$/i.test(type);
  const charset = rest.map((part) => /^charset="?([^"]+)"?$/i.exec(part)?.[1]).find(Boolean) ?? 'utf-8';
  try {
    return { charset: new TextDecoder(charset).encoding, isJson };
  } catch {
    return { charset: 'utf-8', isJson };
  }
}

function jsonOf(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function absolute(location: string, url: string): string {
  return URL.canParse(location, url) ? new URL(location, url).href : location;
}
