/** A machine's console, as far as people want to see it. */
import { readFileSync } from 'node:fs';

/** The last lines of a log file without terminal codes; empty where there is none. */
export function tailOf(file: string, count = 15): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return '';
  }
  const plain = text.replace(/\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9])/g, '').replaceAll('\r', '');
  return plain.split('\n').filter((line) => line.trim()).slice(-count).join('\n');
}
