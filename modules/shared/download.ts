/** Downloads made by the host itself, with the tool that it has; addresses, headers and passwords go by stdin alone. */
import { Missing, ModuleFailure, type Plan, type Probe, type Result } from '../../engine/module/kit.ts';

/** What is downloaded, and how. */
export interface Download {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly validateCerts: boolean;
  /** Seconds to connect, and seconds in which some byte must come. */
  readonly timeout: number;
  readonly useProxy: boolean;
}

/** `busybox` is its wget, which can neither send headers unseen nor skip a proxy. */
export type Tool = 'curl' | 'wget' | 'busybox';

/** The tool that the host has; undefined where there is none. */
export async function askTool(probe: Probe): Promise<Tool | undefined> {
  const script = 'if command -v curl >/dev/null; then echo curl; elif command -v wget >/dev/null; then if wget --version >/dev/null 2>&1; then echo wget; else echo busybox; fi; fi';
  const answer = (await probe.ask(['sh', '-c', script])).stdout.toString().trim();
  return answer === 'curl' || answer === 'wget' || answer === 'busybox' ? answer : undefined;
}

/** The tool, if there is one that can do it. Throws Missing, with what would be done once there is. */
export function needTool(tool: Tool | undefined, download: Download, plan?: Plan): Tool {
  const secrets = Object.keys(download.headers).length > 0 || download.username !== undefined;
  if (tool === 'curl' || (tool === 'wget' && !download.url.startsWith('file:')) || (tool === 'busybox' && !secrets && /^https?:/.test(download.url))) return tool;
  throw new Missing({ kind: 'command', name: 'curl' }, tool === undefined ? 'the host has neither curl nor wget to download with' : `the ${tool === 'wget' ? 'wget' : 'busybox wget'} of the host cannot do this download`, 'install curl earlier with the package module', plan);
}

/** What the tool reads: curl's config; or the address as a first line, then wget's settings. */
export function downloadInput(tool: Tool, download: Download): string {
  for (const value of [download.url, download.username ?? '', download.password ?? '', ...Object.entries(download.headers).flat()]) {
    if (/[\r\n\0]/.test(value)) throw new ModuleFailure('an address, a header or a password of a download cannot hold a line break');
  }
  return tool === 'curl' ? curlConfig(download) : `${download.url}\n${wgetSettings(download)}`;
}

/** A value as curl's config takes it; it must hold no line break. */
export function curlText(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\t', '\\t')}"`;
}

function curlConfig({ url, headers, username, password, validateCerts, timeout, useProxy }: Download): string {
  const lines = [
    `url = ${curlText(url)}`, 'globoff', 'location', 'fail', 'silent', 'show-error', `connect-timeout = ${timeout}`, `speed-time = ${Math.max(timeout, 1)}`, 'speed-limit = 1',
    ...Object.entries(headers).map(([name, value]) => `header = ${curlText(`${name}: ${value}`)}`),
    ...(username === undefined ? [] : [`user = ${curlText(`${username}:${password ?? ''}`)}`]),
    ...(validateCerts ? [] : ['insecure']),
    ...(useProxy ? [] : ['noproxy = "*"']),
  ];
  return `${lines.join('\n')}\n`;
}

function wgetSettings({ headers, username, password, validateCerts, timeout, useProxy }: Download): string {
  const lines = [
    'tries = 1', `timeout = ${timeout}`, ...Object.entries(headers).map(([name, value]) => `header = ${name}: ${value}`),
    ...(username === undefined ? [] : [`user = ${username}`, `password = ${password ?? ''}`, 'auth_no_challenge = on']),
    ...(validateCerts ? [] : ['check_certificate = off']),
    ...(useProxy ? [] : ['use_proxy = off']),
  ];
  return `${lines.join('\n')}\n`;
}

/** Shell text that downloads to `$tmp`, in the private folder `$private`, by what it reads from stdin; sets `$status`. */
export function downloadText(tool: Tool): string {
  if (tool === 'curl') return 'status=$(curl -q -K - -o "$tmp" -w \'%{http_code}\') || exit';
  const wget = tool === 'wget'
    ? 'cat > "$private/wgetrc" && printf \'%s\\n\' "$url" | wget -nv --config="$private/wgetrc" -i - -O "$tmp" || exit'
    : 'cat >/dev/null; wget -q -O "$tmp" "$url" || exit';
  return `IFS= read -r url; ${wget}; rm -f "$private/wgetrc"; status=200`;
}

/**
 * Streams a download through shell text that reads it from stdin, on a host that is only looked at: nothing is written
 * there. Throws Missing where the tool cannot, ModuleFailure where the download fails.
 */
export async function askStream(tool: Tool, download: Download, reader: string, args: readonly string[], probe: Probe): Promise<Result> {
  const plain = Object.keys(download.headers).length === 0 && download.username === undefined;
  if (tool !== 'curl' && !plain) throw new Missing({ kind: 'command', name: 'curl' }, 'to look at this download beforehand the host needs curl', 'install curl earlier with the package module');
  const flags = `-q -O -${tool === 'wget' ? ` --tries=1 --timeout=${download.timeout}${download.validateCerts ? '' : ' --no-check-certificate'}${download.useProxy ? '' : ' --no-proxy'} -i -` : ' "$url"'}`;
  const get = tool === 'curl' ? 'curl -q -K -' : tool === 'wget' ? `head -n 1 | wget ${flags}` : `IFS= read -r url; wget ${flags}`;
  const script = `{ { { ${get}; echo $? >&3; } | { ${reader}\n} >&4; } 3>&1 | { read -r code; exit "$code"; }; } 4>&1`;
  const answer = await probe.ask(['sh', '-c', script, 'sh', ...args], { stdin: downloadInput(tool, download), timeout: 3600, cap: 4 * 1024 * 1024 });
  if (answer.code !== 0) throw new ModuleFailure(`cannot download ${shownUrl(download.url)}: ${answer.stderr.toString().trim() || `code ${answer.code}`}`);
  return answer;
}

/** An address without the name and password that may stand in it. */
export function shownUrl(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}

/** The name of a file, as the end of its address says; never one that leads elsewhere. */
export function nameOfUrl(url: string): string {
  const path = url.replace(/[?#].*$/, '').replace(/^\w+:\/\/[^/]*/, '');
  const name = decoded(path.split('/').at(-1) ?? '');
  return name === '' || name === '.' || name === '..' || /[/\0]/.test(name) ? 'index.html' : name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
