/** Kernel parameters as sysctl writes them: keys, values, and the files that set them at boot. */

/** One line of a sysctl file that sets something. */
export interface Setting {
  readonly key: string;
  readonly value: string;
}

/**
 * Where a key stands under /proc/sys. As sysctl(8) has it: the first separator decides. In `net.ipv4.conf.eth0/1.x`
 * dots part and a slash stands for a dot in a name; in `net/ipv4/conf/eth0.1/x` slashes part.
 */
export function sysctlPath(key: string): string {
  const slashFirst = /^[^./]*\//.test(key);
  const parts = slashFirst ? key : key.replace(/[./]/g, (each) => (each === '.' ? '/' : '.'));
  return `/proc/sys/${parts}`;
}

/** A value with each run of blanks as one space, as the kernel's tabs and users' spaces mean the same. */
export function sameBlanks(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

/** The settings of a file, in its order; comments and lines that set nothing are passed over. */
export function readSettings(text: string): Setting[] {
  return text.split('\n').flatMap((line) => readSetting(line) ?? []);
}

/** A line as a setting; `-key = value` (failures do not matter) counts too. */
export function readSetting(line: string): Setting | undefined {
  const match = /^\s*-?([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
  return match ? { key: match[1]!, value: sameBlanks(match[2]!) } : undefined;
}

/** The file with each wanted key set once, where its last line stood, new keys at the end; `undefined` takes a key out. */
export function withSettings(text: string, wanted: ReadonlyMap<string, string | undefined>): string {
  const byPath = new Map([...wanted].map(([key, value]) => [sysctlPath(key), { key, value }]));
  const kept: string[] = [];
  const seen = new Set<string>();
  for (const line of text === '' ? [] : text.replace(/\n$/, '').split('\n').reverse()) {
    const setting = readSetting(line);
    const path = setting && sysctlPath(setting.key);
    const want = path === undefined ? undefined : byPath.get(path);
    if (!want || path === undefined) kept.push(line);
    else if (want.value !== undefined && !seen.has(path)) kept.push(setting!.value === sameBlanks(want.value) ? line : `${setting!.key} = ${want.value}`);
    if (path !== undefined) seen.add(path);
  }
  kept.reverse();
  for (const [path, { key, value }] of byPath) if (value !== undefined && !seen.has(path)) kept.push(`${key} = ${value}`);
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}
