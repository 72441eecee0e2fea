/** /etc/selinux/config: what it says, and the text with other values and every other byte as it was. */

export interface SelinuxConfig {
  /** SELINUX: enforcing, permissive or disabled, as it is written. */
  readonly state?: string | undefined;
  /** SELINUXTYPE. */
  readonly policy?: string | undefined;
}

const keys = { state: 'SELINUX', policy: 'SELINUXTYPE' } as const;

/** What the file says; a key counts where its line begins with it (selinux(8)). */
export function readSelinux(text: string): SelinuxConfig {
  const value = (key: string): string | undefined => new RegExp(`^${key}=[ \\t]*([^ \\t\\r\\n]+)`, 'm').exec(text)?.[1];
  return { state: value(keys.state), policy: value(keys.policy) };
}

/** The file with these values on every line of their keys; a key that has no line gets one at the end. */
export function withSelinux(text: string, wanted: SelinuxConfig): string {
  let result = text;
  for (const [field, key] of Object.entries(keys) as [keyof SelinuxConfig, string][]) {
    const value = wanted[field];
    if (value === undefined) continue;
    const line = new RegExp(`^(${key}=[ \\t]*)([^ \\t\\r\\n]*)`, 'gm');
    if (line.test(result)) result = result.replace(line, (_, begin: string) => `${begin}${value}`);
    else result = `${result}${result === '' || result.endsWith('\n') ? '' : '\n'}${key}=${value}\n`;
  }
  return result;
}
