/**
 * What comes before Kubernetes, on real machines: preflight finds what is planted, nodes are made ready, haproxy and keepalived hold the
 * API's address. In the API server's place stands a program of its name that answers /readyz under TLS.
 */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../engine/lab/command.ts';
import { readSources } from '../../engine/lab/apt.ts';
import { labDown } from '../../engine/lab/down.ts';
import { checkHost } from '../../engine/lab/host-check.ts';
import { stopMachine } from '../../engine/lab/stop.ts';
import { labUp } from '../../engine/lab/up.ts';
import { complaints, kplay, root, type Ran } from '../support/kplay.ts';
import { inside, labVars, noLongLab, testLab, traces } from '../lab/test-lab.ts';
import { scratch } from '../support/scratch.ts';

const reason = noLongLab('nodes before Kubernetes');
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-nodes', '10.234.0', 3);
const folder = reason ? '' : scratch(test, 'nodes')();
const inventory = path.join(folder, 'hosts.yml');
const quiet = { report: () => undefined };
const vip = '10.234.0.100';
const names = ['m1', 'm2', 'm3'] as const;

const play = (head: string, tasks: string): string => `- hosts: kube_control_plane\n  become: true\n  any_errors_fatal: true\n  ${head}\n${tasks}\n`;
const files: Readonly<Record<string, string>> = {
  'hosts.yml': `all:
  vars:
${labVars(lab)}
    kube_version: 1.20.2
    kube_vip: ${vip}
    kube_api_names: [api.example.org]
  children:
    kube_node:
    kube_control_plane:
      hosts:
${lab.machines.map(({ name, address }) => `        ${name}: { ansible_host: ${address} }`).join('\n')}
`,
  'two.yml': 'two:\n  hosts: { m1: , m2: }\n',
  'site.yml': ['preflight', 'node', 'load_balancer'].map((role) => play(`gather_facts: ${role === 'preflight'}`, `  roles: [${role}]`)).join('\n'),
  'authority.yml': play('gather_facts: true', '  tasks:\n    - import_role: { name: load_balancer, tasks_from: config }'),
  // A stand-in with a certificate as kubeadm's API servers have it; its authority stands where kubeadm puts it, unless hidden.
  'api.yml': play('gather_facts: true', `  tasks:
    - file: { path: "{{ item }}", state: directory }
      loop: [/root/api, /etc/kubernetes/pki]
    - copy: { src: /usr/sbin/haproxy, dest: /usr/local/bin/kube-apiserver, remote_src: true, mode: "0755" }
    - cert:
        authority: ${folder}/{{ authority | default('pki') }}
        path: /root/api/server.crt
        ca_path: "{{ '/root/api/ca.crt' if hidden | default(false) else '/etc/kubernetes/pki/ca.crt' }}"
        profile: server
        common_name: kube-apiserver
        subject_alt_names: [kubernetes, "{{ ansible_host }}"]
    - shell: umask 077; cat /root/api/server.crt /root/api/server.key > /root/api/all.pem
    - copy:
        dest: /root/api/haproxy.cfg
        content: |
          defaults
              mode http
              timeout client 10s
              timeout server 10s
              timeout connect 10s
          frontend api
              bind :6443 ssl crt /root/api/all.pem
              http-request return status 200 content-type text/plain string {{ inventory_hostname }} if { path /readyz }
              http-request return status 404
    - systemd:
        name: api
        state: restarted
        enabled: true
        unit: |
          [Service]
          ExecStart=/usr/local/bin/kube-apiserver -W -f /root/api/haproxy.cfg
          [Install]
          WantedBy=multi-user.target`),
};

/** Plays a playbook of the folder by the command line and reads its JSON events. */
const playing = (name: string, ...options: readonly string[]): Promise<Ran> => kplay(['run', path.join(folder, name), '-i', inventory, '--output', 'json', ...options]);
const vars = (values: Record<string, unknown>): string[] => ['-e', JSON.stringify(values)];

/** Tasks that changed, or would change, as `host: task`. */
function changed({ events }: Ran, ...statuses: readonly string[]): string[] {
  const wanted = statuses.length === 0 ? ['changed'] : statuses;
  return events.flatMap((event) => (event.event === 'outcome' && wanted.includes(event.outcome.status) ? [`${event.host}: ${event.task.name}`] : [])).sort();
}

/** What the preflight's table says, a problem a line: `hosts check found`. */
function table({ events }: Ran): string[] {
  const failures = events.flatMap((event) => (event.event === 'outcome' && event.outcome.status === 'failed' ? [event.outcome] : []));
  const problems = failures.flatMap(({ result }) => (result as { problems?: { hosts: string[]; check: string; found: string }[] })?.problems ?? []);
  return problems.map(({ hosts, check, found }) => `${hosts.join(' ')} ${check} ${found}`.trim()).sort();
}

/** Plays it dry and for real: what changes is what was foretold, and once more nothing changes. */
async function foretold(t: ExecutionContext, name: string, ...options: readonly string[]): Promise<Ran> {
  const dry = await playing(name, '--check', ...options);
  t.is(dry.code, 0, complaints(dry));
  const ran = await playing(name, ...options);
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(changed(ran), changed(dry, 'changed', 'unknown'));
  t.true(changed(ran).length > 0);
  const again = await playing(name, ...options);
  t.is(again.code, 0, complaints(again));
  t.deepEqual(changed(again), []);
  return ran;
}

/** Who answers /readyz at an address, asked from this host; empty where nobody does. */
async function answers(url = `https://${vip}:8443/readyz`): Promise<string> {
  const { stdout, code } = await run(['curl', '--silent', '--fail', '--insecure', '--noproxy', '*', '--max-time', '2', url], { timeout: 10 });
  return code === 0 ? stdout : '';
}

/** Seconds until somebody of whom it holds answers; fails after a limit. */
async function until(t: ExecutionContext, limit: number, holds: () => Promise<boolean>): Promise<number> {
  const begun = Date.now();
  while (!(await holds())) {
    if (Date.now() - begun > limit * 1000) {
      t.fail(`not so after ${limit} s`);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return (Date.now() - begun) / 1000;
}

const holders = async (): Promise<string[]> => (await Promise.all(names.map(async (name) => ((await inside(lab, name, 'ip', '-o', 'addr', 'show', 'to', vip)).stdout === '' ? [] : [name])))).flat();
const mainPids = async (): Promise<string[]> => Promise.all(names.map(async (name) => (await inside(lab, name, 'systemctl', 'show', '--property=MainPID', 'kube-api-proxy', 'keepalived')).stdout));

test.before(async () => {
  if (reason) return;
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  symlinkSync(path.join(root, 'playbooks/roles'), path.join(folder, 'roles'));
  await labDown(lab, { ...quiet, purge: true });
  await labUp(lab, { ...quiet, confirm: async () => true });
});
test.after.always(async () => {
  if (!reason) await labDown(lab, { ...quiet, purge: true });
});

onLab('preflight tells every planted problem of every host at once, in a dry run too, and the run ends there', async (t) => {
  t.teardown(async () => {
    await inside(lab, 'm2', 'hostname', 'm2');
    await inside(lab, 'm3', 'systemctl', 'stop', 'taken');
    await inside(lab, 'm1', 'ip', 'addr', 'del', '10.244.7.1/24', 'dev', 'host0');
  });
  await inside(lab, 'm2', 'hostname', 'm1');
  await inside(lab, 'm3', 'systemd-run', '--unit=taken', 'systemd-socket-activate', '--accept', '-l', '6443', '-l', '10250', 'cat');
  await inside(lab, 'm1', 'ip', 'addr', 'add', '10.244.7.1/24', 'dev', 'host0');
  const planted = vars({ preflight_memory_mb: 99_999_999, node_set_hostname: false, kube_service_subnet: '10.234.0.0/20', container_runtime: 'docker', kube_version: '1.30.1' });
  const ran = await playing('site.yml', ...planted);
  t.is(ran.code, 2);
  const memory = readFileSync('/proc/meminfo', 'utf8').match(/MemTotal: *(\d+)/)![1]!;
  const said = table(ran).map((line) => line.replace(/process \d+/, 'process N'));
  t.deepEqual(said, [
    'm1 m2 hostname m1 on 2 hosts',
    ...names.map((name) => `${name} memory ${Math.floor(Number(memory) / 1024)} MiB`),
    ...names.map((name) => `${name} networks it reaches 10.234.0.0/24 on host0`),
    ...names.map((name) => `${name} networks its address is in kube_service_subnet 10.234.0.0/20`),
    'm1 networks it reaches 10.244.7.0/24 on host0',
    'm3 ports systemd-socket-activate (process N) at 10250/tcp',
    'm3 ports systemd-socket-activate (process N) at 6443/tcp',
    `networks kube_vip ${vip} crosses kube_service_subnet 10.234.0.0/20`,
    'version container_runtime docker with 1.30.1',
  ].sort());
  t.deepEqual(table(await playing('site.yml', '--check', ...planted)).map((line) => line.replace(/process \d+/, 'process N')), said);
  t.deepEqual(changed(ran), []);
  t.false(ran.events.some((event) => event.event === 'outcome' && event.task.role === 'node'));

  const some = await playing('site.yml', '--check', '--tags', 'preflight', ...vars({ preflight_memory_mb: 99_999_999, preflight_skip: ['memory', 'ports', 'networks'], node_set_hostname: false }));
  t.deepEqual(table(some), ['m1 m2 hostname m1 on 2 hosts']);
});

onLab('preflight finds an address of the API that another machine has', async (t) => {
  await run(['ip', 'addr', 'add', `${vip}/32`, 'dev', lab.bridge]);
  t.teardown(async () => {
    await run(['ip', 'addr', 'del', `${vip}/32`, 'dev', lab.bridge]);
    for (const name of names) await inside(lab, name, 'ip', 'neigh', 'flush', 'to', vip);
  });
  const said = table(await playing('site.yml', '--check', '--tags', 'preflight'));
  t.is(said.length, 3);
  t.true(said.every((line) => /^m[123] vip 10\.234\.0\.100 is in use by ([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(line)), said.join('\n'));
});

onLab('the run does on bare machines exactly what the dry run said, and the second one nothing', async (t) => {
  const swappiness = readFileSync('/proc/sys/vm/swappiness', 'utf8');
  const ran = await foretold(t, 'site.yml');
  t.is(readFileSync('/proc/sys/vm/swappiness', 'utf8'), swappiness, 'a container leaves the kernel of its host alone');
  t.regex((await inside(lab, 'm2', 'cat', '/etc/hosts')).stdout, /10\.234\.0\.13[ \t]+m3\n[^]*10\.234\.0\.100[ \t]+api\.example\.org/);
  t.is((await inside(lab, 'm2', 'cat', '/proc/sys/net/ipv4/ip_forward', '/etc/modules-load.d/br_netfilter.conf')).stdout, '1\nbr_netfilter\n');
  t.deepEqual(await holders(), ['m1'], 'the address is held, though there is no API server yet, by the first of the inventory');
  const password = (await inside(lab, 'm1', 'cat', '/etc/keepalived/kube-api-password.conf')).stdout.match(/auth_pass (\w+)/)![1]!;
  t.is(password.length, 8);
  t.false(JSON.stringify(ran.events).includes(password));
  for (const name of names) {
    t.is((await inside(lab, name, 'stat', '-c', '%a:%U', '/etc/keepalived/kube-api-password.conf')).stdout, '600:root\n');
    t.is((await inside(lab, name, 'cat', '/etc/keepalived/kube-api-password.conf')).stdout.match(/auth_pass (\w+)/)![1], password, 'all hosts know each other by the same one');
    t.is((await inside(lab, name, 'find', '/etc', '/run', '/tmp', '-xdev', '-perm', '-o=r', '-type', 'f', '-exec', 'grep', '-ls', password, '{}', '+')).stdout, '');
    t.is((await inside(lab, name, 'ps', '-o', 'user=', '-C', 'haproxy')).stdout, 'haproxy\nhaproxy\n');
  }
});

onLab('a mirror takes the place of the distribution\'s own package repositories', async (t) => {
  // The one that this host itself takes packages from.
  const { suite } = checkHost();
  const mirror = /https?:\/\/\S+\/debian(?=\/?\s)/.exec(Object.values(readSources(suite)).join('\n'))![0];
  await foretold(t, 'site.yml', '--limit', 'm2', '--tags', 'repositories', ...vars({ node_apt_mirror: mirror, node_apt_components: ['main'] }));
  t.is((await inside(lab, 'm2', 'grep', '-hE', '"^(URIs|Suites):"', '/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list.d/debian-security.sources')).stdout,
    `URIs: ${mirror}\nSuites: ${suite} ${suite}-updates\nURIs: ${mirror}-security\nSuites: ${suite}-security\n`);
  const update = await inside(lab, 'm2', 'apt-get', 'update', '--error-on=any');
  t.is(update.code, 0, update.stderr);
});

onLab('the first API server answers at the address within seconds, and the address stays where it is', async (t) => {
  const first = await playing('api.yml', '--limit', 'm1', ...vars({ hidden: true }));
  t.is(first.code, 0, complaints(first));
  const took = await until(t, 20, async () => (await answers()) === 'm1');
  t.log(`after ${took} s`);
  await sleep(6000);
  t.deepEqual(await holders(), ['m1']);
  // As API servers do while etcd has no quorum.
  const faults = async (): Promise<number> => (await inside(lab, 'm1', 'journalctl', '--unit=keepalived', '--output=cat', '--no-pager')).stdout.split('Entering FAULT').length;
  const before = await faults();
  await inside(lab, 'm1', 'systemctl', 'kill', '--signal=STOP', 'api');
  await sleep(8000);
  await inside(lab, 'm1', 'systemctl', 'kill', '--signal=CONT', 'api');
  t.deepEqual(await holders(), ['m1']);
  t.is(await faults(), before, 'the only API server was silent for a while, and its host held the address');
  await until(t, 20, async () => (await answers()) === 'm1');
  const others = await playing('api.yml', ...vars({ hidden: true }));
  t.is(others.code, 0, complaints(others));
  await until(t, 20, async () => (await answers()) === 'm3');
});

onLab('where the holder\'s machine dies, the API answers at the address within seconds; it comes back once, and nobody notices', async (t) => {
  await stopMachine(lab, 'm1', 0);
  const took = await until(t, 20, async () => ['m2', 'm3'].includes(await answers()));
  t.log(`after ${took} s`);
  await labUp(lab, { ...quiet, confirm: async () => true });
  let missed = 0;
  await until(t, 60, async () => {
    if ((await answers()) === '' && (await answers()) === '') missed++;
    return (await holders()).includes('m1');
  });
  t.is(missed, 0);
});

onLab('a host whose proxy is stopped leaves the address to another', async (t) => {
  await inside(lab, 'm1', 'systemctl', 'stop', 'kube-api-proxy');
  await until(t, 40, async () => (await answers()) !== '' && !(await holders()).includes('m1'));
  const ran = await playing('site.yml');
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(changed(ran), ['m1: Run the proxy, with what its settings are now'], 'a run starts it again, and does nothing else');
});

onLab('once the cluster has an authority, only API servers with a certificate of it are taken for ready', async (t) => {
  const before = await mainPids();
  const downs = async (): Promise<number> => (await inside(lab, 'm1', 'journalctl', '--unit=kube-api-proxy', '--output=cat', '--no-pager')).stdout.split('Server kube-api/m3 is DOWN').length;
  t.is((await playing('api.yml')).code, 0);
  await foretold(t, 'authority.yml');
  t.deepEqual(await mainPids(), before, 'the proxies were reloaded, not restarted');
  const earlier = await downs();
  t.is((await playing('api.yml', '--limit', 'm3', ...vars({ authority: 'stranger', hidden: true }))).code, 0);
  await until(t, 30, async () => (await downs()) > earlier);
  const seen = new Set<string>();
  for (let count = 0; count < 12; count++) seen.add(await answers());
  t.deepEqual([...seen].sort(), ['m1', 'm2']);
  t.is(await answers('https://10.234.0.13:6443/readyz'), 'm3', 'it does answer, under another authority');
  t.deepEqual(changed(await playing('site.yml')), [], 'preflight passes on machines that are in use, and nothing changes');
});

onLab('a firewall that is turned on lets in what the node is asked for; a host on its own knows the addresses of those left out', async (t) => {
  const options = ['--limit', 'm3', ...vars({ node_firewall: 'enabled', node_time_sync: 'chrony', node_chrony_options: '-x', node_ntp_servers: ['10.234.0.1'], node_timezone: 'Europe/Berlin' })];
  await foretold(t, 'site.yml', ...options);
  t.is(await answers('https://10.234.0.13:6443/readyz'), 'm3');
  await inside(lab, 'm3', 'systemd-run', '--unit=other', 'systemd-socket-activate', '-l', '7777', 'cat');
  t.not((await run(['curl', '--silent', '--max-time', '2', '--noproxy', '*', 'http://10.234.0.13:7777/'], { timeout: 10 })).code, 0);
  t.is((await run(['curl', '--silent', '--max-time', '2', '--noproxy', '*', 'http://10.234.0.13:10250/'], { timeout: 10 })).code, 28, 'kubelet is for the nodes alone');
  t.regex((await inside(lab, 'm3', 'nft', 'list', 'ruleset')).stdout, /ip saddr 10\.234\.0\.11 tcp dport 10250 accept/);
  t.is((await holders()).length, 1, 'keepalived\'s protocol is let in');
  t.regex((await inside(lab, 'm3', 'chronyc', '-n', 'sources')).stdout, /10\.234\.0\.1/);
});

onLab('a cluster that goes over to a proxy on each node lets the address go; a control plane more is a reload', async (t) => {
  const local = { kube_vip: '', kube_endpoint_by: 'local' };
  await foretold(t, 'site.yml', ...vars({ ...local, kube_control_plane_group: 'two' }), '-i', path.join(folder, 'two.yml'));
  t.deepEqual(await holders(), []);
  const backends = async () => (await inside(lab, 'm2', 'grep', '-c', '"^    server m"', '/etc/kube-api-proxy/haproxy.cfg')).stdout;
  t.is(await backends(), '2\n');
  const before = (await inside(lab, 'm2', 'systemctl', 'show', '--property=MainPID', 'kube-api-proxy')).stdout;
  await foretold(t, 'site.yml', ...vars(local));
  t.is(await backends(), '3\n');
  t.is((await inside(lab, 'm2', 'systemctl', 'show', '--property=MainPID', 'kube-api-proxy')).stdout, before);
  t.is((await inside(lab, 'm2', 'curl', '--silent', '--cacert', '/etc/kube-api-proxy/ca.crt', '--resolve', 'kubernetes:8443:127.0.0.1', 'https://kubernetes:8443/readyz')).stdout.length, 2);
  t.is(await answers('https://10.234.0.12:8443/readyz'), '', 'nobody from outside is served');
});

onLab('the machines leave nothing behind on this host', async (t) => {
  await labDown(lab, { ...quiet, purge: true });
  t.deepEqual(await traces(lab), []);
});
