/** The order of RPM's versions. */

/** Below 0 where `a` is older, above 0 where it is newer, 0 where they are the same; "epoch:version-release" each, parts may be missing. */
export function compareRpm(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  if (left.epoch !== right.epoch) return left.epoch - right.epoch;
  return comparePart(left.version, right.version) || (left.release === '' || right.release === '' ? 0 : comparePart(left.release, right.release));
}

function split(text: string): { readonly epoch: number; readonly version: string; readonly release: string } {
  const [, epoch = '0', version = '', release = ''] = /^(?:(\d+):)?(.*?)(?:-([^-]*))?$/.exec(text) ?? [];
  return { epoch: Number(epoch), version, release };
}

/** As rpmvercmp: runs of digits and of letters are compared in turn, digits are newer than letters, `~` is older than the end, `^` newer. */
function comparePart(a: string, b: string): number {
  const [left, right] = [words(a), words(b)];
  for (let i = 0; ; i++) {
    const [x, y] = [left[i], right[i]];
    if (x === y && x === undefined) return 0;
    if (x === y) continue;
    for (const [mark, sign] of [['~', -1], ['^', 1]] as const) {
      if (x === mark) return mark === '^' && y !== undefined ? -1 : sign;
      if (y === mark) return mark === '^' && x !== undefined ? 1 : -sign;
    }
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const [isNumber, isOther] = [/^\d/.test(x), /^\d/.test(y)];
    if (isNumber !== isOther) return isNumber ? 1 : -1;
    const order = isNumber ? Number(BigInt(x) - BigInt(y)) : x < y ? -1 : 1;
    if (order !== 0) return Math.sign(order);
  }
}

function words(text: string): string[] {
  return text.match(/\d+|[A-Za-z]+|[~^]/g) ?? [];
}
