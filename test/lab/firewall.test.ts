/** firewall and toml on real machines: ports are knocked at from another machine, before and after, and after a boot. */
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { labDown } from '../../engine/lab/down.ts';
import { labPaths, machinePaths } from '../../engine/lab/paths.ts';
import { labUp } from '../../engine/lab/up.ts';
import { openForesight } from '../../engine/module/foresight.ts';
import { connect } from '../../engine/session/open.ts';
import { textOf, type Connection, type Session } from '../../engine/session/session.ts';
import firewall from '../../modules/firewall.ts';
import toml from '../../modules/toml.ts';
import { tryModule, type Tried } from '../support/try-module.ts';
import { inside, noLab, testLab } from './test-lab.ts';

const reason = noLab('firewall and toml');
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-fw', '10.225.0', 5);
const options = { report: () => undefined };
const [firewalld, ufw, nftables, iptables] = ['m2', 'm3', 'm4', 'm5'] as const;
const packages: Readonly<Record<string, string>> = {
  m1: 'python3-minimal', m2: 'firewalld', m3: 'ufw', m4: 'nftables python3-minimal containerd', m5: 'iptables iptables-persistent',
};

/** Two ports that anybody would be answered on, now and after a boot: one that is to be opened and one that is not. */
const answers = [6443, 7443].map((port) => `printf '[Socket]\\nListenStream=${port}\\nAccept=yes\\n[Install]\\nWantedBy=sockets.target\\n' > /etc/systemd/system/a${port}.socket
printf '[Service]\\nExecStart=/bin/echo hello\\nStandardInput=socket\\n' > /etc/systemd/system/a${port}@.service
systemctl enable -q --now a${port}.socket`).join('\n');

/** A host's own rules in the two usual forms: a last rule that rejects, and a policy that drops. */
const hostRules = `#!/usr/sbin/nft -f
flush ruleset
table inet filter {
  chain refuse { counter reject with icmpx admin-prohibited; }
  chain input {
    type filter hook input priority filter; policy accept;
    ct state established,related accept
    iif "lo" accept
    tcp dport 22 accept
    meta l4proto { icmp, ipv6-icmp } accept
    goto refuse
  }
  chain forward { type filter hook forward priority filter; policy drop; }
}
table ip later { chain input { type filter hook input priority 10; policy drop; ct state established,related accept; tcp dport 22 accept; }; }
`;

const connections = new Map<string, Connection>();

test.before(async () => {
  if (reason) return;
  await labDown(lab, { ...options, purge: true });
  await labUp(lab, options);
  const installed = await Promise.all(Object.entries(packages).map(([name, wanted]) => sh(name, `export DEBIAN_FRONTEND=noninteractive; apt-get update -q && apt-get install -q --yes --no-install-recommends ${wanted} && echo installed
${name === 'm1' ? '' : answers}`)));
  for (const text of installed) if (!text.includes('installed')) throw new Error(text.slice(-2000));
});
test.after.always(async () => {
  if (reason) return;
  await closeAll();
  await labDown(lab, { ...options, purge: true });
});

async function closeAll(): Promise<void> {
  for (const connection of connections.values()) await connection.close().catch(() => undefined);
  connections.clear();
}

async function sessionOf(name: string): Promise<Session> {
  const { key, knownHosts } = labPaths(lab);
  const known = connections.get(name);
  const connection = known ?? await connect({ host: name, connection: 'ssh', address: addressOf(name), user: 'root', privateKeyFile: key, knownHostsFile: knownHosts });
  connections.set(name, connection);
  return connection.session();
}

function addressOf(name: string): string {
  return lab.machines.find((machine) => machine.name === name)!.address;
}

/** Runs a shell text on a machine and gives its output. */
async function sh(name: string, script: string): Promise<string> {
  return textOf((await (await sessionOf(name)).ask(['sh', '-c', `exec 2>&1; ${script}`], { timeout: 300 })).stdout);
}

/** Which of the two ports answer m1. */
async function open(name: string): Promise<number[]> {
  const tried = await Promise.all([6443, 7443].map(async (port) => ((await inside(lab, 'm1', `timeout 2 bash -c 'cat < /dev/tcp/${addressOf(name)}/${port}'`)).stdout.includes('hello') ? [port] : [])));
  return tried.flat();
}

/** A new login, with nothing left of those before. */
async function hasSsh(t: ExecutionContext, name: string): Promise<void> {
  const said = await inside(lab, name, 'echo', 'in');
  t.is(said.stdout.trim(), 'in', said.stderr);
}

function disk(name: string): Map<string, string> {
  const root = machinePaths(lab, name).upper;
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((each) => !/^(var\/log|run|tmp|var\/tmp)(\/|$)/.test(each));
  return new Map(names.map((each) => {
    const stat = lstatSync(path.join(root, each), { bigint: true });
    return [each, [stat.mode, stat.size, stat.uid, stat.mtimeNs].join(' ')];
  }));
}

/** Foretold without touching the disk, then done as foretold, then nothing to do, with SSH at each turn. Gives the first run. */
async function settles(t: ExecutionContext, name: string, params: Record<string, unknown>, says: readonly string[]): Promise<Tried> {
  const session = await sessionOf(name);
  const before = disk(name);
  const foretold = await tryModule(firewall, params, { session, check: true });
  t.deepEqual(disk(name), before, 'a dry run leaves the disk as it is');
  t.deepEqual(foretold.summaries, says, foretold.message);
  const done = await tryModule(firewall, params, { session });
  t.is(done.kind, 'changed', [done.message, done.result['stderr']].filter(Boolean).join('\n'));
  t.deepEqual(done.summaries, says);
  await hasSsh(t, name);
  await same(t, name, params);
  return done;
}

async function same(t: ExecutionContext, name: string, params: Record<string, unknown>): Promise<void> {
  const again = await tryModule(firewall, params, { session: await sessionOf(name) });
  t.is(again.kind, 'ok', again.message ?? again.summaries.join('; '));
}

async function boot(t: ExecutionContext, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await connections.get(name)?.close();
    connections.delete(name);
  }
  await labDown(lab, { ...options, only: names });
  await labUp(lab, options);
  for (const name of names) {
    await hasSsh(t, name);
    await inside(lab, name, 'systemctl', 'is-system-running', '--wait');
  }
}

const wanted = { allow: [{ port: 6443, comment: 'API server' }, '30000:32767/udp', { port: '2379-2380', from: '10.225.0.11' }], protocols: ['vrrp', 'ipip'], interfaces: ['cni0', 'cali*'], sources: '10.244.0.0/16' };
const all = [
  'open 6443/tcp (API server)', 'open 30000-32767/udp', 'open 2379-2380/tcp from 10.225.0.11', 'open protocol vrrp (112)', 'open protocol ipip (4)',
  'trust interface cni0', 'trust interface cali+', 'trust 10.244.0.0/16',
];
const gone = all.map((each) => each.replace(/^open/, 'close').replace(/^trust/, 'no longer trust').replace(' (API server)', ''));

/** Opened, kept over a boot, mended where one side was lost, and closed again. */
async function opensAndCloses(t: ExecutionContext, name: string, lose: { readonly now: string; readonly kept: string }): Promise<void> {
  t.deepEqual(await open(name), [], 'closed before');
  await settles(t, name, wanted, all);
  t.deepEqual(await open(name), [6443], 'open after, and nothing else');
  await boot(t, name);
  t.deepEqual(await open(name), [6443], 'open after a boot, and nothing else');
  await same(t, name, wanted);
  await sh(name, lose.now);
  t.deepEqual(await open(name), []);
  await settles(t, name, { allow: 6443 }, ['open 6443/tcp now']);
  t.deepEqual(await open(name), [6443]);
  await sh(name, lose.kept);
  await settles(t, name, { allow: 6443 }, ['open 6443/tcp at boot']);
  await same(t, name, wanted);
  const ssh = await tryModule(firewall, { allow: '20-25', state: 'absent' }, { session: await sessionOf(name) });
  t.is(ssh.message, '20-25/tcp stays open: the host is reached by SSH on port 22');
  await settles(t, name, { ...wanted, state: 'absent' }, gone);
  t.deepEqual(await open(name), []);
}

onLab('firewalld: what is asked for is opened, now and at boot, and nothing else', async (t) => {
  await opensAndCloses(t, firewalld, { now: 'firewall-cmd --remove-port=6443/tcp', kept: 'firewall-cmd --permanent --remove-port=6443/tcp' });
  t.regex(await sh(firewalld, 'firewall-cmd --list-all'), /ports: \n {2}protocols: \n[^]*rich rules: $/);
});

onLab('nftables: rules stand before those that drop, in every chain that does, and are read at boot with the host\'s own', async (t) => {
  await sh(nftables, `cat > /etc/nftables.conf <<'END'\n${hostRules}END\nsystemctl enable -q --now nftables`);
  const found = await sh(nftables, 'nft -s list ruleset');
  await opensAndCloses(t, nftables, {
    now: `nft delete rule ip later kplay_input handle $(nft -a list chain ip later kplay_input | sed -n 's/.*6443.*handle //p')`,
    kept: "sed -i '/ip later kplay_input tcp dport 6443/d' /etc/nftables.d/kplay.nft",
  });
  t.is(await sh(nftables, 'nft -s list ruleset; cat /etc/nftables.conf; ls /etc/nftables.d'), `${found}\n${hostRules.trimEnd()}`, 'nothing of ours is left');
});

onLab('iptables: where rules are kept by iptables alone, ours come first and are saved', async (t) => {
  await sh(iptables, 'iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -A INPUT -j REJECT; iptables -A FORWARD -j DROP; netfilter-persistent save');
  await opensAndCloses(t, iptables, { now: 'iptables -D INPUT -p tcp --dport 6443 -m comment --comment "API server" -j ACCEPT', kept: "sed -i '/dport 6443/d' /etc/iptables/rules.v4" });
});

onLab('ufw: a firewall that is off stays off, is turned on where that is asked, and then opened', async (t) => {
  t.deepEqual(await open(ufw), [6443, 7443]);
  const off = await tryModule(firewall, wanted, { session: await sessionOf(ufw) });
  t.is(off.kind, 'ok');
  t.like(off.result, { backend: 'none', msg: 'no firewall is on: nothing is kept out' });
  await settles(t, ufw, { state: 'enabled' }, ['open 22/tcp (SSH)', 'turn on ufw, now and at boot']);
  await opensAndCloses(t, ufw, { now: 'iptables -D ufw-user-input -p tcp --dport 6443 -j ACCEPT', kept: "sed -i '/allow tcp 6443/,+1d' /etc/ufw/user.rules" });
  t.deepEqual((await sh(ufw, 'ufw show added')).split('\n').slice(1), ["ufw allow 22/tcp comment 'SSH'"]);
});

onLab('firewalld and nftables are turned on where that is asked, SSH on another port let in too', async (t) => {
  await sh(firewalld, "systemctl disable -q --now firewalld; printf 'Port 22\\nPort 2222\\n' > /etc/ssh/sshd_config.d/port.conf; systemctl restart ssh");
  t.deepEqual(await open(firewalld), [6443, 7443]);
  await settles(t, firewalld, { state: 'enabled', allow: 6443 }, ['open 2222/tcp (SSH)', 'open 6443/tcp', 'turn on firewalld, now and at boot']);
  t.deepEqual(await open(firewalld), [6443]);
  t.is(await sh(firewalld, 'firewall-cmd --list-ports'), '2222/tcp 6443/tcp');

  await sh(nftables, "systemctl disable -q --now nftables; printf '#!/usr/sbin/nft -f\nflush ruleset\ntable inet filter { chain input { type filter hook input priority filter; }; }\n' > /etc/nftables.conf");
  t.deepEqual(await open(nftables), [6443, 7443]);
  await settles(t, nftables, { state: 'enabled', allow: 6443 }, ['open 22/tcp (SSH)', 'open 6443/tcp', 'turn on nftables, now and at boot']);
  t.deepEqual(await open(nftables), [6443]);
  await boot(t, firewalld, nftables);
  t.deepEqual([await open(firewalld), await open(nftables)], [[6443], [6443]]);
  for (const name of [firewalld, nftables]) await same(t, name, { state: 'enabled', allow: 6443 });
});

onLab('nftables that is off is turned on with the rules of the file that is loaded at boot, and opened in those', async (t) => {
  await sh(nftables, `systemctl disable -q --now nftables; rm -r /etc/nftables.d; cat > /etc/nftables.conf <<'END'\n${hostRules}END`);
  t.deepEqual(await open(nftables), [6443, 7443]);
  await settles(t, nftables, { state: 'enabled', allow: 6443 }, ['open 22/tcp (SSH)', 'open 6443/tcp', 'turn on nftables, now and at boot']);
  t.deepEqual(await open(nftables), [6443]);
  t.is(await sh(nftables, 'nft list tables'), 'table inet filter\ntable ip later');
  await boot(t, nftables);
  t.deepEqual(await open(nftables), [6443]);
  await sh(nftables, "systemctl disable -q --now nftables; echo 'table inet filter { chain input { iif nothing0 accept; }; }' >> /etc/nftables.conf");
  const unknown = await tryModule(firewall, { state: 'enabled' }, { session: await sessionOf(nftables) });
  t.regex(unknown.message!, /^what \/etc\/nftables\.conf would let in cannot be told: .*Interface does not exist/);
  await sh(nftables, "sed -i '$d' /etc/nftables.conf; systemctl enable -q --now nftables");
});

onLab('a protocol that has no ports is let in: VRRP reaches a program', async (t) => {
  const send = `import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 112).sendto(b'hello', ('${addressOf(nftables)}', 0))`;
  const take = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112); s.settimeout(3)\ntry: print(s.recv(99)[20:])\nexcept TimeoutError: print('nothing')";
  const comes = async (): Promise<string> => {
    const taken = sh(nftables, `python3 -c "${take}"`);
    await inside(lab, 'm1', `sleep 1; python3 -c "${send}"`);
    return taken;
  };
  t.is(await comes(), 'nothing');
  await settles(t, nftables, { protocols: 'vrrp' }, ['open protocol vrrp (112)']);
  t.is(await comes(), "b'hello'");
});

onLab('tasks of one dry run build on each other, and on a firewall that an earlier one would turn on', async (t) => {
  await sh(ufw, 'ufw --force disable');
  t.deepEqual(await open(ufw), [6443, 7443]);
  const session = await sessionOf(ufw);
  const tasks = [{ state: 'enabled' }, { allow: [6443, 6444] }, { allow: 6443 }, { allow: 6444, state: 'absent' }, { allow: 6444, state: 'absent' }, { state: 'enabled' }];
  const foresight = openForesight();
  const foretold: string[] = [];
  for (const params of tasks) foretold.push((await tryModule(firewall, params, { session, check: true, foresight })).kind);
  const done: string[] = [];
  for (const params of tasks) done.push((await tryModule(firewall, params, { session })).kind);
  t.deepEqual(foretold, done);
  t.deepEqual(done, ['changed', 'changed', 'ok', 'changed', 'ok', 'ok']);
});

const cri = 'plugins."io.containerd.grpc.v1.cri"';
const asked = {
  [`${cri}.sandbox_image`]: 'mirror.example/pause:3.6',
  [`${cri}.registry.config_path`]: '/etc/containerd/certs.d',
  [`${cri}.containerd.runtimes.runc.options.SystemdCgroup`]: true,
  [`${cri}.restrict_oom_score_adj`]: true,
};

/** What containerd itself reads out of the file, by key. */
async function dumped(...keys: readonly string[]): Promise<string[]> {
  const text = await sh(nftables, 'containerd --config /etc/containerd/config.toml config dump');
  return keys.map((key) => text.split('\n').find((line) => line.trim().startsWith(`${key} =`))?.trim() ?? `no ${key} in ${text.slice(0, 500)}`);
}

onLab('toml: containerd reads what was set in its own default file, of which all else keeps its bytes', async (t) => {
  await sh(nftables, 'containerd config default > /etc/containerd/config.toml; cp /etc/containerd/config.toml /tmp/default.toml');
  const session = await sessionOf(nftables);
  const params = { path: '/etc/containerd/config.toml', set: asked, validate: 'containerd --config %s config dump', mode: '0640' };
  const before = disk(nftables);
  const foretold = await tryModule(toml, params, { session, check: true });
  t.deepEqual(disk(nftables), before);
  const done = await tryModule(toml, params, { session });
  t.is(done.kind, 'changed', done.message);
  t.deepEqual(foretold.summaries, done.summaries);
  t.is((await tryModule(toml, params, { session })).kind, 'ok');
  t.is(await sh(nftables, 'diff /tmp/default.toml /etc/containerd/config.toml | grep -c "^[<>]"'), '8', 'four lines are others');
  t.deepEqual(await dumped('SystemdCgroup', 'sandbox_image', 'config_path', 'restrict_oom_score_adj'), [
    'SystemdCgroup = true', 'sandbox_image = "mirror.example/pause:3.6"', 'config_path = "/etc/containerd/certs.d"', 'restrict_oom_score_adj = true',
  ]);
});

onLab('toml: tables that a short file does not have are made where containerd looks for them', async (t) => {
  const session = await sessionOf(nftables);
  await sh(nftables, "printf 'version = 2\\n\\n[plugins]\\n  [%s]\\n    [%s.cni]\\n      bin_dir = \"/usr/lib/cni\"\\n' 'plugins.\"io.containerd.grpc.v1.cri\"' 'plugins.\"io.containerd.grpc.v1.cri\"' > /etc/containerd/config.toml");
  t.is((await tryModule(toml, { path: '/etc/containerd/config.toml', set: asked }, { session })).kind, 'changed');
  t.deepEqual(await dumped('SystemdCgroup', 'sandbox_image', 'config_path', 'bin_dir'), ['SystemdCgroup = true', 'sandbox_image = "mirror.example/pause:3.6"', 'config_path = "/etc/containerd/certs.d"', 'bin_dir = "/usr/lib/cni"']);
  const file = await sh(nftables, 'cat /etc/containerd/config.toml');
  const refused = await tryModule(toml, { path: '/etc/containerd/config.toml', values: { grpc: { gid: 'none' } }, validate: 'containerd --config %s config dump' }, { session });
  t.is(refused.kind, 'failed', 'containerd has the last word');
  t.is(await sh(nftables, 'cat /etc/containerd/config.toml'), file);
});
