/** Which texts are a host with a port, by the rules of Ansible's inventories. */
import { isIPv6 } from 'node:net';

export interface HostAddress {
  readonly host: string;
  readonly port?: number | undefined;
}

const range = String.raw`\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`;
const label = String.raw`(?:[\p{L}\p{N}_]|${range})(?:[\p{L}\p{N}_-]|${range})*(?<![_-])`;
/** What most names are; the one below takes milliseconds to make ready. */
const common = /^[\da-z_][\w-]*(?<![_-])(?:\.[\da-z_][\w-]*(?<![_-]))*$/i;
const hostname = new RegExp(String.raw`^${label}(?:\.${label})*$`, 'iu');
const ipv6Characters = /^[\da-f:.[\]]+$/i;
const ipv6Range = /\[[\da-f]+:[\da-f]+(?::\d+)?\]/gi;

/**
 * A host name, address or range of them (`web[01:10].lan`) with an optional `:port`; an IPv6 address with a port
 * stands in brackets (`[::1]:22`). Undefined where the text is none of these, such as a list `web:db`.
 */
export function parseAddress(text: string): HostAddress | undefined {
  const withPort = /^\[(.+)\]:(\d+)$/.exec(text) ?? /^((?:[^:[\]]|\[[^\]]*\])*):(\d+)$/.exec(text);
  const host = withPort ? withPort[1]! : text;
  if (!isAddress(host)) return undefined;
  return withPort ? { host, port: Number(withPort[2]) } : { host };
}

/** An IPv4 address looks like a host name, so two questions are enough. */
function isAddress(text: string): boolean {
  return common.test(text) || hostname.test(text) || (text.includes(':') && ipv6Characters.test(text) && isIPv6(text.replace(ipv6Range, '0')));
}
