/** Options that may be given more than once. */
import { Option } from 'commander';

/** Collects each value; `commas` splits them too. Not given, the option is undefined. */
export function repeatable(flags: string, description: string, commas = false): Option {
  const values = (value: string): string[] => (commas ? value.split(',').map((each) => each.trim()).filter(Boolean) : [value]);
  return new Option(flags, description).argParser((value: string, before: string[] = []) => [...before, ...values(value)]);
}
