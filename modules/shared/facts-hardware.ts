/** Facts about the machine: memory, processors, disks, mounts, what its firmware says of it. */
import type { Facts, Records } from './facts-distribution.ts';

/** The machine's facts. */
export function hardwareFacts(records: Records, machine: string): Facts {
  return { ...memoryFacts(records['meminfo'] ?? ''), ...processorFacts(records['cpuinfo'] ?? '', machine, records['nproc']), mounts: mountFacts(records), devices: diskFacts(records['disks'] ?? ''), ...uptime(records['uptime']) };
}

/** What the firmware tells; NA where it tells nothing or only root may know. */
export function firmwareFacts(records: Records): Facts {
  const of = (name: string): string => records[name]?.trim() || 'NA';
  return {
    product_name: of('product_name'), product_uuid: of('product_uuid'), product_serial: of('product_serial'), product_version: of('product_version'), system_vendor: of('sys_vendor'),
    bios_vendor: of('bios_vendor'), bios_version: of('bios_version'), bios_date: of('bios_date'), board_name: of('board_name'), board_vendor: of('board_vendor'), chassis_vendor: of('chassis_vendor'),
  };
}

function uptime(line: string | undefined): Facts {
  const seconds = Math.floor(Number(line?.split(' ')[0]));
  return Number.isFinite(seconds) ? { uptime_seconds: seconds } : {};
}

/** /proc/meminfo, in MiB. */
function memoryFacts(text: string): Facts {
  const kb = new Map([...text.matchAll(/^(\w+):\s+(\d+)/gm)].map((match) => [match[1]!, Number(match[2])] as const));
  const mb = (...names: string[]): number => Math.floor(names.reduce((sum, name) => sum + (kb.get(name) ?? 0), 0) / 1024);
  const [total, free, swap, swapFree] = [mb('MemTotal'), mb('MemFree'), mb('SwapTotal'), mb('SwapFree')];
  const reclaimable = mb('MemFree', 'Cached', 'Buffers');
  return {
    memtotal_mb: total, memfree_mb: free, swaptotal_mb: swap, swapfree_mb: swapFree,
    memory_mb: { real: { total, free, used: total - free }, nocache: { free: reclaimable, used: total - reclaimable }, swap: { total: swap, free: swapFree, used: swap - swapFree, cached: mb('SwapCached') } },
  };
}

/** /proc/cpuinfo, counted as Ansible counts: sockets, cores of a socket, threads of a core. */
function processorFacts(text: string, machine: string, nproc: string | undefined): Facts {
  const rows = text.split('\n').filter(Boolean).map((line) => line.split(/\s*:\s*/, 2) as [string, string]).map(([key, value]) => [key.trim(), value ?? ''] as const);
  const count = (key: string): number => rows.filter(([each]) => each === key).length;
  const processor = rows.filter(([key]) => ['model name', 'Processor', 'vendor_id', 'cpu', 'Vendor', 'processor'].includes(key)).map(([, value]) => value);
  const sockets = new Map<string, number>();
  let siblings = 0;
  let socket = '0';
  for (const [key, value] of rows) {
    if (key === 'physical id') sockets.set((socket = value), sockets.get(value) ?? 1);
    else if (key === 'cpu cores') sockets.set(socket, Number(value));
    else if (key === 'siblings') siblings = Number(value);
  }
  const isByProcessor = /^(armv|aarch|ppc|arm64)/.test(machine) || count('vendor_id') === 0;
  const listed = isByProcessor ? count('processor') : count('vendor_id');
  const sum = sockets.size || listed;
  const cores = [...sockets.values()][0] || 1;
  const threads = siblings > 0 ? Math.floor(siblings / cores) || 1 : 1;
  return { processor, processor_count: sum, processor_cores: cores, processor_threads_per_core: threads, processor_vcpus: threads * sum * cores, ...(Number(nproc) > 0 && { processor_nproc: Number(nproc) }) };
}

/** Mounted devices and shares; sizes in bytes, of what is not on the network alone, since a share that is gone would not answer. */
function mountFacts(records: Records): Facts[] {
  const sizes = new Map((records['sizes'] ?? '').split('\n').filter(Boolean).map((line) => {
    const [block = '0', total = '0', , available = '0', inodes = '0', inodesFree = '0', ...name] = line.split(' ');
    return [name.join(' '), sizeFacts(Number(block), Number(total), Number(available), Number(inodes), Number(inodesFree))] as const;
  }));
  const uuids = new Map<string, string>((records['uuids'] ?? '').split('\n').filter(Boolean).map((line) => [`/dev/${line.split(' ')[1]}`, line.split(' ')[0]!] as const));
  const mounts = new Map<string, Facts>();
  for (const line of (records['mounts'] ?? '').split('\n')) {
    const [device = '', mount = '', fstype = '', options = ''] = line.split(' ').map((word) => word.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))));
    if ((!device.startsWith('/') && !device.includes(':/')) || fstype === 'none') continue;
    mounts.set(mount, { mount, device, fstype, options, ...sizes.get(mount), uuid: uuids.get(device) ?? 'N/A' });
  }
  return [...mounts.values()];
}

function sizeFacts(block: number, total: number, available: number, inodes: number, inodesFree: number): Facts {
  return {
    size_total: total * block, size_available: available * block,
    block_size: block, block_total: total, block_available: available, block_used: total - available,
    inode_total: inodes, inode_available: inodesFree, inode_used: inodes - inodesFree,
  };
}

/** Disks by name, with their partitions. The kernel counts in sectors of 512 bytes, whatever the disk's own size is. */
function diskFacts(text: string): Facts {
  const disks: Record<string, Record<string, unknown> & { partitions: Record<string, Facts> }> = {};
  for (const line of text.split('\n')) {
    const [kind, name = '', second = '', third = '', fourth = '', ...rest] = line.split('\t');
    if (kind === 'disk') {
      const [ro = '', rotational = '', vendor = '', model = ''] = rest;
      disks[name] = { size: human(Number(second) * 512), sectors: second, sectorsize: third, removable: fourth, ro, rotational, vendor: vendor.trim() || null, model: model.trim() || null, partitions: {} };
    } else if (kind === 'part') disks[name]!.partitions[second] = { size: human(Number(third) * 512), sectors: third, start: fourth, sectorsize: 512 };
  }
  return disks;
}

function human(bytes: number): string {
  const units = ['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];
  const step = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** step).toFixed(2)} ${units[step]}`;
}
