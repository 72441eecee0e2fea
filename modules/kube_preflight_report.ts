/** Puts together what kube_preflight has seen on every machine, and fails with one table of all that is wrong. Touches no host. */
import { defineModule, flag, ModuleFailure, seconds, z } from '../engine/module/kit.ts';
import { clusterParams, judgeInventory, judgeNetworksOf, judgeVersion, type ClusterParams } from './shared/preflight-cluster.ts';
import { judgeEndpoint, judgeVipHolder } from './shared/preflight-endpoint.ts';
import { skipParam } from './shared/preflight-params.ts';
import { countWords, preflightChecks, problemTable, type PreflightCheck, type Problem } from './shared/preflight-problem.ts';
import { seenSchema, type Seen } from './shared/preflight-seen.ts';
import { judgeClocks, judgePeers, judgeTwins, type Findings, type SeenHosts } from './shared/preflight-together.ts';

const params = z.object({
  hosts: z.record(z.string(), z.unknown()).meta({ kplay: 'private' }).describe('what kube_preflight has registered on each host; {} for one that could not be looked at'),
  ...clusterParams,
  clock_skew: seconds().default(5).describe('seconds by which clocks may differ from the controller\'s (default 5)'),
  keep_hostnames: flag().default(false).describe('whether machines keep the host names that they have, so that these have to differ (default no: node names have to)'),
  skip: skipParam(),
});

type Params = z.infer<typeof params>;

export default defineModule({
  summary: 'Fail with one table of all that is wrong with the machines and variables of a cluster to be',
  params,
  example: `- name: Say all that is wrong
  kube_preflight_report:
    hosts: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, 'preflight'))) }}"
    version: 1.35.9
    control_planes: "{{ groups.kube_control_plane }}"
    nodes: "{{ ansible_play_hosts }}"
    pod_subnet: 10.244.0.0/16
    service_subnet: 10.96.0.0/12
  run_once: true`,
  returns: { problems: 'list of hosts, check, found, expected, remedy', checks: 'the checks that were made', msg: 'how many hosts passed' },
  controller: true,
  inspect: () => undefined,
  plan(params) {
    const hosts = new Map(Object.entries(params.hosts).flatMap(([host, value]): [string, Seen][] => {
      const seen = seenSchema.safeParse(value);
      return seen.success ? [[host, seen.data]] : [];
    }));
    const { problems, warnings } = judgeAll(params, hosts);
    const checks = preflightChecks.filter((each) => !params.skip.includes(each));
    if (problems.length > 0) {
      const message = [`${countWords(problems)}, found before anything is changed`, ...problemTable(problems), ...warnings.map((each) => `warning: ${each}`)].join('\n');
      throw new ModuleFailure(message, { result: { problems, warnings }, hint: `mend them and run it again; preflight_skip: [${problems[0]!.check}] leaves a check out, --skip-tags preflight all of them` });
    }
    return { changes: [], warnings, result: { problems, checks, msg: `${hosts.size} hosts passed ${checks.length} checks` } };
  },
});

/** Every problem, in the order of the checks. */
function judgeAll(params: Params, hosts: SeenHosts): Findings {
  const unseen = Object.keys(params.hosts).filter((host) => !hosts.has(host));
  const checks: readonly (readonly [PreflightCheck, () => Findings | readonly Problem[]])[] = [
    ['reachable', () => unseen.map((host): Problem => ({ hosts: [host], check: 'reachable', found: 'it could not be looked at', expected: 'an answer', remedy: `bring it back, or leave it out: --limit '!${host}'` }))],
    ['version', () => judgeVersion(params)],
    ['inventory', () => judgeInventory(params, hosts)],
    ['clock', () => judgeClocks(hosts, params.clock_skew)],
    ['networks', () => judgeNetworksOf(params, hosts)],
    ['peers', () => judgePeers(hosts)],
    ['endpoint', () => judgeEndpoint(hosts, cluster(params))],
    ['vip', () => judgeVipHolder(hosts, cluster(params))],
  ];
  const findings = checks.filter(([check]) => !params.skip.includes(check)).map(([, judge]) => judge()).map((found): Findings => ('problems' in found ? found : { problems: found, warnings: [] }));
  const own = [...hosts].flatMap(([, seen]) => seen.problems);
  const problems = [...findings.flatMap((each) => each.problems), ...own, ...judgeTwins(hosts, params.keep_hostnames)].filter(({ check }) => !params.skip.includes(check));
  const rank = ({ check }: Problem): number => preflightChecks.indexOf(check);
  return { problems: problems.toSorted((one, other) => rank(one) - rank(other)), warnings: findings.flatMap((each) => each.warnings) };
}

function cluster(params: Params): ClusterParams {
  return params;
}
