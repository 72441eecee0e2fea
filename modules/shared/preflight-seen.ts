/** What of a machine the others are compared with: made by the look at each, read by the report on all. */
import { z } from '../../engine/module/kit.ts';
import type { Machine } from './preflight-look.ts';
import { interfaceOf } from './preflight-machine.ts';
import type { PreflightParams } from './preflight-params.ts';
import { preflightChecks, type Problem } from './preflight-problem.ts';

const problem = z.object({ hosts: z.array(z.string()), check: z.enum(preflightChecks), found: z.string(), expected: z.string(), remedy: z.string() });
const tried = z.object({ address: z.string(), port: z.number(), answer: z.enum(['open', 'refused', 'silent', 'failed', 'cannot']), said: z.string() });

/** What `kube_preflight` registers. */
export const seenSchema = z.object({
  problems: z.array(problem), node_name: z.string(), hostname: z.string(), address: z.string(), joined: z.boolean(), machine_id: z.string(), product_uuid: z.string(),
  mac: z.string().describe('of the interface that has the address'), macs: z.array(z.string()), filters: z.array(z.string()), holds_vip: z.boolean(), neighbour: z.string(),
  clock: z.object({ least: z.number(), most: z.number() }), peers: z.array(z.object({ host: z.string(), tries: z.array(tried) })), endpoint: tried.optional(),
});

export type Seen = z.infer<typeof seenSchema>;

/** One machine, as the report needs it. */
export function seenOf(params: PreflightParams, machine: Machine, problems: readonly Problem[]): Seen {
  const at = interfaceOf(machine, params.address)?.interface;
  const triesAt = (address: string, ports: readonly number[]) => machine.tries.filter((each) => each.address === address && ports.includes(each.port));
  const { endpoint } = params;
  return {
    problems: problems.map((each) => ({ ...each, hosts: [...each.hosts] })), node_name: params.node_name, hostname: machine.hostname, address: params.address, joined: machine.joined,
    machine_id: machine.machineId, product_uuid: machine.productUuid, mac: at === undefined ? '' : (machine.macs[at] ?? ''),
    macs: [...new Set(Object.values(machine.macs))].filter((mac) => mac !== '' && mac !== '00:00:00:00:00:00'), filters: [...machine.filters],
    holds_vip: params.vip !== '' && interfaceOf(machine, params.vip) !== undefined, neighbour: machine.neighbour, clock: machine.ahead,
    peers: params.peers.map(({ host, address, ports }) => ({ host, tries: triesAt(address, ports) })),
    endpoint: endpoint && triesAt(endpoint.host, [endpoint.port])[0],
  };
}
