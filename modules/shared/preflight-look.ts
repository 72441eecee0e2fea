/** Looks at a machine before Kubernetes comes to it, and reads what it answers. */
import { type Here, type Probe } from '../../engine/module/kit.ts';
import type { PreflightParams } from './preflight-params.ts';
import { preflightScript, preflightWords } from './preflight-script.ts';
import { readRoutes, type Route } from './preflight-routes.ts';
import { linesOf } from './records.ts';
import { askRecords } from './script.ts';

/** What a machine is and has, as it says itself. */
export interface Machine {
  readonly os: { readonly id: string; readonly version: string; readonly name: string };
  readonly kernel: string;
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly availableMb: number;
  readonly swap: { readonly devices: readonly string[]; readonly usedMb: number };
  /** Empty where there is none, or only root of another machine sees it. */
  readonly productUuid: string;
  readonly machineId: string;
  readonly systemd: boolean;
  readonly container: string;
  readonly cgroup: 1 | 2;
  readonly cgroupControllers: readonly string[];
  /** It is in a cluster already. */
  readonly joined: boolean;
  /** Undefined where nothing on the machine tells. */
  readonly addresses: readonly { readonly interface: string; readonly network: string }[] | undefined;
  readonly macs: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
  readonly sockets: readonly Socket[];
  readonly disks: readonly { readonly path: string; readonly device: string; readonly freeMb: number }[];
  /** What filters packets that come in; empty: nothing. */
  readonly filters: readonly string[];
  /** Hardware address that answers at the address that is to be free. */
  readonly neighbour: string;
  readonly tries: readonly Try[];
  /** Seconds that its clock is ahead of the controller's: at least, at most. */
  readonly ahead: { readonly least: number; readonly most: number };
}

export interface Socket {
  readonly proto: 'tcp' | 'udp';
  readonly port: number;
  /** Undefined where the kernel itself holds it. */
  readonly holder: { readonly pid: string; readonly name: string } | undefined;
}

export interface Try {
  readonly address: string;
  readonly port: number;
  /** open and refused: the machine there has answered. cannot: this machine has nothing to connect with. */
  readonly answer: 'open' | 'refused' | 'silent' | 'failed' | 'cannot';
  /** What a failed one said. */
  readonly said: string;
}

/** Asks once. Throws ModuleFailure where the answer is cut off. */
export async function lookAtMachine(params: PreflightParams, probe: Probe, here: Here): Promise<Machine> {
  const { wait, vip, ports, disk_mb, skip } = params;
  const again = skip.includes('peers') ? [] : params.peers.flatMap((peer) => peer.ports.map((port) => `${peer.address} ${port}`));
  const endpoint = params.endpoint && !skip.includes('endpoint') ? `${params.endpoint.host} ${params.endpoint.port}` : '';
  const tries = [...new Set([...again, endpoint])].filter(Boolean);
  const words = preflightWords({ wait, vip: skip.includes('vip') ? '' : vip, ports: ports.map(({ port }) => port), paths: Object.keys(disk_mb), tries, again, endpoint });
  const asked = here.now();
  const records = await askRecords(probe, preflightScript, words, { timeout: 60 + 7 * wait, cap: 4 * 1024 * 1024 });
  return readMachine(records, tries, asked, here.now());
}

type Records = Readonly<Record<string, string>>;

/** The answer, typed; `tries` are the connections that were to be tried, `asked` and `answered` are the controller's clock around it, in milliseconds. */
export function readMachine(records: Records, tries: readonly string[], asked: number, answered: number): Machine {
  const tried = linesOf(records['tries']);
  const meminfo = (name: string): number => Math.floor(Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(records['memory'] ?? '')?.[1] ?? 0) / 1024);
  return {
    os: readOs(records['os'] ?? ''), kernel: records['kernel'] ?? '', hostname: records['hostname'] ?? '', cpus: Number(records['cpus']) || 0,
    memoryMb: meminfo('MemTotal'), availableMb: meminfo('MemAvailable'), swap: readSwaps(records['swaps']),
    productUuid: (records['uuid'] ?? '').trim().toLowerCase(), machineId: (records['machine'] ?? '').trim(), systemd: Boolean(records['systemd']),
    container: records['container'] === 'none' ? '' : (records['container'] ?? ''),
    cgroup: records['cgroup'] === 'cgroup2fs' ? 2 : 1, cgroupControllers: linesOf(records['groups']), joined: Boolean(records['joined']),
    addresses: records['addresses'] === undefined ? undefined : pairs(records['addresses']).map(([name, network]) => ({ interface: name, network })),
    macs: Object.fromEntries(pairs(records['macs'])), routes: readRoutes(records['route'], records['route6']), sockets: readSockets(records),
    disks: linesOf(records['disks']).map(readDisk), filters: linesOf(records['filter']), neighbour: tried.find((line) => line.startsWith('neighbour '))?.slice('neighbour '.length).trim() ?? '',
    tries: readTries(tries, tried), ahead: readAhead(records, asked, answered),
  };
}

/** Its clock was read after we asked and before we had the answer, which bounds how far it is ahead. */
function readAhead(records: Records, asked: number, answered: number): Machine['ahead'] {
  // A date that knows no nanoseconds prints their letter; it may be up to a second behind.
  const seconds = (text = ''): { least: number; most: number } => (/^\d+\.\d+$/.test(text) ? { least: Number(text), most: Number(text) } : { least: parseInt(text, 10), most: parseInt(text, 10) + 1 });
  return { least: seconds(records['ended']).least - answered / 1000, most: seconds(records['begin']).most - asked / 1000 };
}

function readOs(text: string): Machine['os'] {
  const field = (name: string): string => new RegExp(`^${name}=["']?(.*?)["']?$`, 'm').exec(text)?.[1] ?? '';
  return { id: field('ID').toLowerCase(), version: field('VERSION_ID'), name: field('PRETTY_NAME') || field('ID') };
}

function readSwaps(text: string | undefined): Machine['swap'] {
  const rows = linesOf(text).map((line) => line.trim().split(/\s+/));
  return { devices: rows.map((row) => row[0]!), usedMb: Math.ceil(rows.reduce((sum, row) => sum + (Number(row[3]) || 0), 0) / 1024) };
}

function readSockets(records: Records): Socket[] {
  const holders = new Map(linesOf(records['holders']).map((line) => {
    const [inode = '', pid = '', ...name] = line.split(' ');
    return [inode, { pid, name: name.join(' ') }] as const;
  }));
  return linesOf(records['listen']).map((line) => {
    const [proto = '', port = '', inode = ''] = line.split(' ');
    return { proto: proto.startsWith('udp') ? 'udp' : 'tcp', port: parseInt(port, 16), holder: holders.get(inode) };
  });
}

function readDisk(line: string): Machine['disks'][number] {
  const [device = '', blocks = '', size = '', ...path] = line.split(' ');
  return { device, freeMb: Math.floor((Number(blocks) * Number(size)) / 1024 / 1024) || 0, path: path.join(' ') };
}

const answers = ['open', 'refused', 'silent', 'failed', 'cannot'] as const;

/** Of each connection its answer, silence where there is none. */
function readTries(tries: readonly string[], lines: readonly string[]): Try[] {
  return tries.map((each) => {
    const [address = '', port = ''] = each.split(' ');
    const [answer = 'silent', ...said] = lines.find((line) => line.startsWith(`${each} `))?.slice(each.length + 1).split(' ') ?? [];
    return { address, port: Number(port), answer: answers.find((known) => known === answer) ?? 'failed', said: said.join(' ') };
  });
}

function pairs(text: string | undefined): [string, string][] {
  return linesOf(text).map((line) => {
    const [name = '', value = ''] = line.split(' ');
    return [name, value];
  });
}
