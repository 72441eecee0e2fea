/** Whether a certificate must be issued anew, and why. Pure. */
import type { Authority } from './authority.ts';
import { dateText, daysUntil, differences, type Leaf, type WantedLeaf } from './certificate.ts';
import { keyPrint } from './key-print.ts';

/** What is on the host. */
export interface HostSide {
  /** Whether the certificate's file exists at all. */
  readonly hasFile: boolean;
  readonly leaf: Leaf | undefined;
  readonly hasKey: boolean;
  /** Hash of the public half of the key on the host. */
  readonly keyPrint: string | undefined;
}

export interface Judgement {
  /** Empty: nothing to issue. In words that end the sentence "re-issue X: …". */
  readonly reasons: readonly string[];
  /** True where the key on the host fits the certificate there and is of the type that is asked for. */
  readonly keyFits: boolean;
}

/** Holds what is on the host against what was asked; `renewBefore` in days, `now` in milliseconds. */
export function judge(host: HostSide, wanted: WantedLeaf, authority: Authority | undefined, renewBefore: number, now: number): Judgement {
  const { leaf } = host;
  if (!leaf) return { reasons: [host.hasFile ? 'what is there is not a certificate' : 'there is none'], keyFits: false };
  const matches = host.keyPrint === keyPrint(leaf.certificate.publicKey);
  const reasons = [
    ...signerReasons(leaf, authority),
    ...differences(leaf, wanted),
    ...(host.hasKey ? (matches || leaf.keyType !== wanted.keyType ? [] : ['its key on the host does not belong to it']) : ['its key is missing']),
    ...timeReasons(leaf, wanted, authority, renewBefore, now),
  ];
  return { reasons, keyFits: matches && leaf.keyType === wanted.keyType };
}

function signerReasons(leaf: Leaf, authority: Authority | undefined): string[] {
  if (!authority) return ['its authority is made anew'];
  const { certificate } = authority;
  const signed = leaf.certificate.checkIssued(certificate) && leaf.certificate.verify(certificate.publicKey);
  return signed ? [] : [`it was not signed by the authority in ${authority.folder}`];
}

function timeReasons(leaf: Leaf, wanted: WantedLeaf, authority: Authority | undefined, renewBefore: number, now: number): string[] {
  if (leaf.notBefore > now) return authority && Date.parse(authority.certificate.validFrom) > now ? [] : [`it is valid only from ${dateText(leaf.notBefore)}`];
  const left = daysUntil(leaf.notAfter, now);
  if (left >= renewBefore) return [];
  if (!gains(leaf, wanted, authority, now)) return [];
  return [left < 0 ? `it expired on ${dateText(leaf.notAfter)}` : `it expires in ${left} days (renew_before ${renewBefore})`];
}

/** No certificate outlives its authority: near the authority's end a new one would last no longer than the old one. */
function gains(leaf: Leaf, wanted: WantedLeaf, authority: Authority | undefined, now: number): boolean {
  const end = Math.min(now + wanted.lifetime * 86_400_000, authority ? Date.parse(authority.certificate.validTo) : Infinity);
  return end - leaf.notAfter > 86_400_000 / 2;
}
