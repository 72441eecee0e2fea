/** The order in which hosts are listed: m2 before m10. Intl.Collator does this too, but takes longer to load than the list to write. */

/** Compares names piece by piece, runs of digits as numbers. */
export function byName(a: string, b: string): number {
  const [left, right] = [pieces(a), pieces(b)];
  for (let at = 0; at < left.length && at < right.length; at++) {
    const [one, other] = [left[at]!, right[at]!];
    if (one === other) continue;
    const difference = Number(one) - Number(other);
    return Number.isNaN(difference) || difference === 0 ? (one < other ? -1 : 1) : difference;
  }
  return left.length - right.length;
}

function pieces(name: string): string[] {
  return name.match(/\d+|\D+/g) ?? [];
}
