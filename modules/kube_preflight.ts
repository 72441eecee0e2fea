/** Looks at one machine before Kubernetes comes to it: what it lacks, and what it is compared by with the others. Changes nothing. */
import { defineModule } from '../engine/module/kit.ts';
import { lookAtMachine } from './shared/preflight-look.ts';
import { judgeMachine } from './shared/preflight-machine.ts';
import { preflightParams } from './shared/preflight-params.ts';
import { seenOf } from './shared/preflight-seen.ts';

export default defineModule({
  summary: 'Look at a machine before Kubernetes comes to it; kube_preflight_report fails with all that was found',
  params: preflightParams,
  example: `- name: Look at the machine
  kube_preflight:
    node_name: "{{ inventory_hostname }}"
    address: "{{ ansible_default_ipv4.address }}"
    min_cpus: 2
    min_memory_mb: 1700
    ports:
      - {port: 6443, by: [kube-apiserver]}
    networks:
      kube_pod_subnet: 10.244.0.0/16
  register: preflight`,
  returns: {
    problems: 'what is wrong with this machine: list of hosts, check, found, expected, remedy', node_name: 'as asked', hostname: 'as it is now', address: 'as asked', joined: 'whether it is in a cluster already',
    machine_id: 'of /etc/machine-id', product_uuid: 'of the firmware, empty where it has none', mac: 'hardware address of the interface that has the address', macs: 'all hardware addresses',
    filters: 'what filters packets that come in', holds_vip: 'whether it has the address vip itself', neighbour: 'hardware address that answers at vip, empty where none does',
    clock: 'seconds that its clock is ahead of the controller\'s: least, most', peers: 'for each peer its host and tries: address, port, answer (open, refused, silent, failed, cannot), said', endpoint: 'the try at the endpoint',
  },
  touches: () => [],
  // The clock, connections and the address that is to be free are asked when they count.
  ahead: false,
  inspect: lookAtMachine,
  plan(params, machine, here) {
    return { changes: [], result: seenOf(params, machine, judgeMachine(params, machine, here.host)) };
  },
});
