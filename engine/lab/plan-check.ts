/** What can be wrong with the machines of a lab. */
import type { Problem } from '../source/problem.ts';
import type { LabHost } from './plan.ts';
import { addressNumber, addressText, broadcastOf, contains, gatewayOf, type Subnet } from './subnet.ts';

/** All that is wrong with the machines' names, addresses and binds. */
export function machineProblems(members: readonly LabHost[], subnet: Subnet): readonly Problem[] {
  const holders = new Map<string, string>();
  return members.flatMap((host) => {
    const found = [nameProblem(host), addressProblem(host, subnet) ?? takenProblem(host, holders), bindsProblem(host)];
    return found.flatMap((problem) => (problem ? [{ ...problem, span: host.span }] : []));
  });
}

function nameProblem({ name }: LabHost): Problem | undefined {
  if (/^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/.test(name) && !name.includes('..')) return undefined;
  return { message: `"${name}" cannot be the name of a lab machine: expected a host name of letters, digits, dots and dashes` };
}

function addressProblem({ name, address }: LabHost, subnet: Subnet): Problem | undefined {
  const free = `addresses of this lab go from ${addressText(gatewayOf(subnet) + 1)} to ${addressText(broadcastOf(subnet) - 1)}`;
  if (address === undefined || address === '') return { message: `lab machine ${name} has no address`, hint: `set ansible_host; ${free}` };
  const number = addressNumber(address);
  if (number === undefined) return { message: `lab machine ${name} has the address "${address}", expected an IPv4 address`, hint: free };
  if (!contains(subnet, number)) return { message: `lab machine ${name} has the address ${address}, which is not in the lab's subnet ${subnet.text}`, hint: free };
  if (number === gatewayOf(subnet)) return { message: `lab machine ${name} has the address ${address}, which is this host's own in the lab`, hint: free };
  if (number === subnet.base || number === broadcastOf(subnet)) {
    return { message: `lab machine ${name} has the address ${address}, which no machine can have in ${subnet.text}`, hint: free };
  }
  return undefined;
}

function takenProblem({ name, address }: LabHost, holders: Map<string, string>): Problem | undefined {
  const holder = holders.get(address!);
  if (holder === undefined) {
    holders.set(address!, name);
    return undefined;
  }
  return { message: `lab machines ${holder} and ${name} have the same address ${address}` };
}

function bindsProblem({ name, vars }: LabHost): Problem | undefined {
  const binds = vars['lab_binds'] ?? [];
  const plain = (path: unknown): boolean => typeof path === 'string' && /^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/.test(path);
  if (Array.isArray(binds) && binds.every(plain)) return undefined;
  return { message: `lab_binds of ${name} is ${JSON.stringify(binds)}, expected a list of absolute paths` };
}
