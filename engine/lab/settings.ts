/** The lab's own variables: the same for all of its machines. */
import { createHash } from 'node:crypto';
import { TextError, type Problem } from '../source/problem.ts';
import type { LabHost, LabPlan } from './plan.ts';
import { parseSubnet } from './subnet.ts';

/** Reads `lab_name`, `lab_subnet`, `lab_bridge`, `lab_dir`, `lab_mirror` and `lab_mirror_port`; throws a TextError with all that is wrong. */
export function settingsOf(members: readonly LabHost[], labs: string): Omit<LabPlan, 'machines'> {
  const problems: Problem[] = [];
  const name = shared(members, 'lab_name', 'local', /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, '1 to 32 small letters, digits and dashes', problems);
  const bridge = shared(members, 'lab_bridge', bridgeName(name), /^[A-Za-z][A-Za-z0-9_-]{0,14}$/, 'an interface name of 1 to 15 characters', problems);
  // Spaces, commas and colons would end a word in mount options and in ssh's -o; no folder of a lab needs them.
  const directory = shared(members, 'lab_dir', `${labs}/${name}`, /^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/, 'an absolute path of letters, digits, _ . and -', problems);
  const text = shared(members, 'lab_subnet', '', /./, 'a subnet such as 10.213.0.0/24', problems);
  const subnet = parseSubnet(text);
  if (!subnet && text) {
    problems.push({ message: `lab_subnet is "${text}", expected a subnet of 8 to 30 bits whose host bits are zero, such as 10.213.0.0/24`, span: members[0]!.span });
  }
  const folder = shared(members, 'lab_mirror', '', /^(\/[^\0]+)?$/, 'the absolute path of a mirror folder, or nothing', problems);
  const port = shared(members, 'lab_mirror_port', '8080', /^[1-9]\d{0,4}$/, 'a port', problems);
  if (problems.length > 0) throw new TextError(problems);
  return { name, bridge, directory, subnet: subnet!, ...(folder && { mirror: folder }), mirrorPort: Number(port) };
}

/** `kp-NAME`, or a short form with a hash where that is too long for an interface. */
function bridgeName(lab: string): string {
  const whole = `kp-${lab}`;
  return whole.length <= 15 ? whole : `${whole.slice(0, 9)}${createHash('sha256').update(lab).digest('hex').slice(0, 6)}`;
}

/** A variable that all machines must agree on. */
function shared(members: readonly LabHost[], variable: string, usual: string, pattern: RegExp, expected: string, problems: Problem[]): string {
  const values = new Map(members.map((host) => [plain(variable, host.vars[variable] ?? usual), host]));
  const [first, second] = [...values];
  if (second) {
    problems.push({
      message: `machines of one lab differ in ${variable}: "${first![0]}" for ${first![1].name}, "${second[0]}" for ${second[1].name}`,
      span: second[1].span,
      hint: 'set it once, in the group that holds them all; a second lab needs an inventory of its own',
    });
  }
  const value = first![0];
  if (typeof value === 'string' && pattern.test(value)) return value;
  problems.push({ message: `${variable} is ${JSON.stringify(value)}, expected ${expected}`, span: first![1].span });
  return '';
}

/** A port may be written as a number. */
function plain(variable: string, value: unknown): unknown {
  return variable === 'lab_mirror_port' && typeof value === 'number' ? String(value) : value;
}
