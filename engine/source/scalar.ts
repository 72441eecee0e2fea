/** What a plain YAML scalar means, by the rules of YAML 1.1 that Ansible's users know. */

const words = new Map<string, boolean | null>([
  ...['yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);

/**
 * The value of a plain scalar: null, true/false (yes, no, on, off too), whole numbers (0755 is octal, 0x and 0b are
 * read), floats, else text. Two rules of YAML 1.1 that only ever surprise are left out, so that `22:22` and
 * `2026-01-02` stay text.
 */
export function resolvePlain(text: string): string | number | boolean | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const numeric = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  return numeric ? (resolveNumber(text) ?? text) : text;
}

function resolveNumber(text: string): number | undefined {
  const digits = text.replaceAll('_', '');
  if (/^[-+]?0[0-7]+$/.test(digits)) return sign(digits) * Number.parseInt(digits.replace(/^[-+]/, ''), 8);
  if (/^[-+]?(0|[1-9]\d*)$/.test(digits)) return exact(digits);
  if (/^[-+]?0x[\da-fA-F]+$/.test(digits)) return sign(digits) * Number.parseInt(digits.replace(/^[-+]?0x/, ''), 16);
  if (/^[-+]?0b[01]+$/.test(digits)) return sign(digits) * Number.parseInt(digits.replace(/^[-+]?0b/, ''), 2);
  if (/^[-+]?(\d+\.\d*|\.\d+)([eE][-+]\d+)?$/.test(digits)) return Number(digits);
  if (/^[-+]?\.(inf|Inf|INF)$/.test(text)) return sign(text) * Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(text)) return Number.NaN;
  return undefined;
}

/** A whole number past 2^53 would change in a double, so it stays text. */
function exact(digits: string): number | undefined {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : undefined;
}

function sign(text: string): number {
  return text.startsWith('-') ? -1 : 1;
}
