/** JSON as Python's json.dumps writes it, which is what Ansible puts into a file. */

/** A value as JSON text with `, ` and `: ` between, and ASCII alone. */
export function pythonJson(value: unknown): string {
  return spaced(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (value !== null && typeof value === 'object') return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${spaced(each)}`).join(', ')}}`;
  return typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? 'null');
}
