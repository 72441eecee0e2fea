/** Keeps secrets out of everything that is shown: values that came as secrets are replaced wherever they stand. */

export interface Hider {
  /** Remembers a secret, or each of a list; short ones (under 4 characters) would hide half the output and are not remembered. */
  add(secret: unknown): void;
  /** The value with every secret in its texts replaced by asterisks. */
  hide<T>(value: T): T;
}

const mask = '********';

export function openHider(): Hider {
  const secrets = new Set<string>();
  const hideText = (text: string): string => {
    let shown = text;
    for (const secret of secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, mask);
    return shown;
  };
  const hide = (value: unknown): unknown => {
    if (typeof value === 'string') return hideText(value);
    if (Array.isArray(value)) return value.map(hide);
    if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [hideText(key), hide(each)]));
  };
  return {
    add(secret) {
      if (Array.isArray(secret)) return secret.forEach((each) => this.add(each));
      if (typeof secret !== 'string' || secret.length < 4) return;
      secrets.add(secret);
      for (const line of secret.split('\n')) if (line.length >= 12) secrets.add(line);
      secrets.add(JSON.stringify(secret).slice(1, -1));
    },
    hide: <T>(value: T): T => (secrets.size === 0 ? value : (hide(value) as T)),
  };
}
