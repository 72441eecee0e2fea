/** Which contents people can be shown in a diff. */

/** Bytes up to which a host's file is read for the sake of a diff. */
export const diffCap = 128 * 1024;

/** Bytes as text for a diff; undefined where they are not UTF-8 text or too many to read. */
export function diffText(bytes: Buffer): string | undefined {
  if (bytes.length > diffCap || bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A size for people: `512 bytes`, `1.5 MiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [divisor, unit] = bytes < 1024 ** 2 ? [1024, 'KiB'] : bytes < 1024 ** 3 ? [1024 ** 2, 'MiB'] : [1024 ** 3, 'GiB'];
  return `${(bytes / divisor).toFixed(1).replace(/\.0$/, '')} ${unit}`;
}
