/** IPv4 subnets and the addresses in them. */

/** A subnet in CIDR form, host bits zero. */
export interface Subnet {
  /** The network's address as a 32-bit number. */
  readonly base: number;
  /** Length of the prefix, 8 to 30. */
  readonly bits: number;
  readonly text: string;
}

/** Reads "10.213.0.0/24"; undefined where it is not a subnet of 8 to 30 bits with its host bits zero. */
export function parseSubnet(text: string): Subnet | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  const base = match ? addressNumber(match[1]!) : undefined;
  const bits = Number(match?.[2]);
  if (base === undefined || bits < 8 || bits > 30 || base % size(bits) !== 0) return undefined;
  return { base, bits, text };
}

/** Reads a dotted IPv4 address as a number; undefined where it is none. */
export function addressNumber(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** A number as a dotted IPv4 address. */
export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** Whether an address lies in a subnet. */
export function contains(subnet: Subnet, address: number): boolean {
  return address >= subnet.base && address < subnet.base + size(subnet.bits);
}

/** The first address of a subnet: this host's own, and the machines' gateway. */
export function gatewayOf(subnet: Subnet): number {
  return subnet.base + 1;
}

/** The last address of a subnet. */
export function broadcastOf(subnet: Subnet): number {
  return subnet.base + size(subnet.bits) - 1;
}

function size(bits: number): number {
  return 2 ** (32 - bits);
}
