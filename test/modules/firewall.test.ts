/** firewall: what it decides for each kind of firewall, and how it reads what hosts say. */
import test from 'ava';
import type { Module } from '../../engine/module/module.ts';
import firewall from '../../modules/firewall.ts';
import type { DroppingChain, Firewall, Firewalld, Iptables, Nftables, Ufw, Zone } from '../../modules/shared/firewall-found.ts';
import { rulesOf, ruleWords } from '../../modules/shared/firewall-rule.ts';
import { readZone } from '../../modules/shared/firewalld-look.ts';
import { drops } from '../../modules/shared/iptables-look.ts';
import { lineKey, linesFor, readLines } from '../../modules/shared/iptables-lines.ts';
import { ownText, readOwnRules, withInclude } from '../../modules/shared/nft-file.ts';
import { chainDrops, ruleText, type NftRule } from '../../modules/shared/nft-json.ts';
import { readNetwork } from '../../modules/shared/network.ts';
import { problemsOf } from '../support/play.ts';
import { rows } from '../support/plan-rows.ts';
import { sharedSession } from '../support/settles.ts';
import { tryModule } from '../support/try-module.ts';

const found = (one: Firewall | undefined, more: object = {}) => ({ firewall: one, others: [], ssh: [22], foreseen: new Map(), ...more });
const on = { running: true, atBoot: true };

const empty: Zone = { target: 'default', ports: [], protocols: [], services: ['ssh'], interfaces: [], sources: [], rules: [] };
const trusted: Zone = { ...empty, target: 'ACCEPT', services: [] };
const zones = (zone: Zone) => ({ public: zone, trusted });
const firewalld = (now: Zone, kept = now): Firewalld => ({ kind: 'firewalld', ...on, zone: 'public', now: zones(now), kept: zones(kept) });
const rich = 'rule family="ipv4" source address="10.0.0.0/8" port port="2379-2380" protocol="tcp" accept';

rows('firewall', firewall, {
  'has nothing to do where no firewall is on, and says so': { given: found(undefined), asked: { allow: 6443 }, says: [], result: { backend: 'none', msg: 'no firewall is on: nothing is kept out' } },
  'needs a firewall to turn one on': { given: found(undefined), asked: { state: 'enabled' }, fails: /^missing package firewalld: the host has no firewall that could be turned on/ },
  'names each port, and what it is for': {
    given: found(firewalld(empty)), asked: { allow: [6443, '8472/udp', { port: '30000:32767', proto: ['tcp', 'udp'], comment: 'NodePort' }] },
    says: ['open 6443/tcp', 'open 8472/udp', 'open 30000-32767/tcp (NodePort)', 'open 30000-32767/udp (NodePort)'],
  },
  'firewalld: opens on disk and now, options of a kind in one command': {
    given: found(firewalld(empty)), asked: { allow: [6443, { port: '2379-2380', from: '10.9.9.9/8' }, 10250], protocols: 'vrrp', interfaces: ['cni0', 'cali*'], sources: '10.244.0.0/16' },
    does: [
      'firewall-cmd --permanent --zone=public --add-port=6443/tcp --add-port=10250/tcp', 'firewall-cmd --zone=public --add-port=6443/tcp --add-port=10250/tcp',
      `firewall-cmd --permanent --zone=public --add-rich-rule=${rich}`, `firewall-cmd --zone=public --add-rich-rule=${rich}`,
      'firewall-cmd --permanent --zone=public --add-protocol=112', 'firewall-cmd --zone=public --add-protocol=112',
      'firewall-cmd --permanent --zone=trusted --change-interface=cni0 --change-interface=cali+', 'firewall-cmd --zone=trusted --change-interface=cni0 --change-interface=cali+',
      'firewall-cmd --permanent --zone=trusted --change-source=10.244.0.0/16', 'firewall-cmd --zone=trusted --change-source=10.244.0.0/16',
    ],
  },
  'firewalld: leaves alone what is open, be it by a range, a name, a service or for all': {
    given: found(firewalld({ ...empty, ports: ['6440-6443/tcp', '6444-6450/tcp'], protocols: ['vrrp'], rules: [rich] })),
    asked: { allow: [22, '6443-6445', { port: 6443, from: '10.1.1.1' }, { port: '2379-2380', from: '10.0.0.0/8' }], protocols: 112 }, says: [],
  },
  'firewalld: says which side is missing': { given: found(firewalld(empty, { ...empty, ports: ['6443/tcp'] })), asked: { allow: 6443 }, says: ['open 6443/tcp now'], does: ['firewall-cmd --zone=public --add-port=6443/tcp'] },
  'firewalld: keeps for the next boot what does not run now': {
    given: found({ ...firewalld(empty), running: false, now: {} }), asked: { allow: 6443 },
    does: ['firewall-offline-cmd --zone=public --add-port=6443/tcp'],
  },
  'firewalld: takes away what it finds, in the words it finds': {
    given: found(firewalld({ ...empty, ports: ['6443/tcp'], protocols: ['vrrp'], rules: [rich] })), asked: { state: 'absent', allow: [6443, 7443, { port: '2379-2380', from: '10.0.0.0/8' }], protocols: 112 },
    says: ['close 6443/tcp', 'close 2379-2380/tcp from 10.0.0.0/8', 'close protocol vrrp (112)'],
    does: [
      'firewall-cmd --permanent --zone=public --remove-port=6443/tcp', 'firewall-cmd --zone=public --remove-port=6443/tcp',
      `firewall-cmd --permanent --zone=public --remove-rich-rule=${rich}`, `firewall-cmd --zone=public --remove-rich-rule=${rich}`,
      'firewall-cmd --permanent --zone=public --remove-protocol=vrrp', 'firewall-cmd --zone=public --remove-protocol=vrrp',
    ],
  },
  'firewalld: is turned on with SSH let in first': {
    given: found({ ...firewalld(empty), running: false, atBoot: false, now: {} }, { ssh: [22, 2222] }), asked: { state: 'enabled', allow: 6443 },
    says: ['open 2222/tcp (SSH)', 'open 6443/tcp', 'turn on firewalld, now and at boot'],
    does: ['firewall-offline-cmd --zone=public --add-port=2222/tcp --add-port=6443/tcp', 'systemctl enable --now firewalld.service'],
  },
  'never closes the port of SSH': { given: found(firewalld(empty), { ssh: [2222] }), asked: { state: 'absent', allow: '2000-3000' }, fails: /2000-3000\/tcp stays open: the host is reached by SSH on port 2222/ },
  'closes the same number of another protocol': { given: found(firewalld({ ...empty, ports: ['22/udp'] })), asked: { state: 'absent', allow: '22/udp' }, says: ['close 22/udp'] },
  'warns of a second firewall': { given: found(firewalld(empty), { others: ['ufw'] }), asked: { allow: 6443 }, warns: [/^ufw is on beside firewalld/] },
  'looks through what earlier tasks of a dry run would open': { given: found(firewalld(empty), { foreseen: new Map([['6443/tcp', true]]) }), asked: { allow: 6443 }, says: [] },
  'looks through it for what is to be closed too': { given: found(firewalld(empty), { foreseen: new Map([['6443/tcp', true]]) }), asked: { allow: 6443, state: 'absent' }, says: ['close 6443/tcp'] },
});

const userRules = (...rules: readonly string[]) => `*filter\n### RULES ###\n\n${rules.map((each) => `${each}\n\n`).join('')}### END RULES ###\n-A ufw-after-logging-input -j LOG --log-prefix "[UFW BLOCK] "\nCOMMIT\n`;
const tuple6443 = '### tuple ### allow tcp 6443 0.0.0.0/0 any 0.0.0.0/0 in comment=41\n-A ufw-user-input -p tcp --dport 6443 -j ACCEPT';
const ufw = (user: string, now: string, more: Partial<Ufw> = {}): Ufw => ({ kind: 'ufw', ...on, ipv6: false, now: { 4: readLines(now), 6: [] }, user: { 4: user, 6: '' }, before: { 4: '*filter\n-A ufw-before-input -i lo -j ACCEPT\nCOMMIT\n', 6: '' }, ...more });

rows('firewall', firewall, {
  'ufw: a command for each rule, and its own file for what it has no word for': {
    given: found(ufw(userRules(), '')), asked: { allow: [{ port: '30000-32767', from: '10.0.0.0/8', comment: 'NodePort' }, '9/sctp'], protocols: ['esp', 'ipip'], interfaces: 'cni0', sources: '10.244.0.0/16' },
    does: [
      'ufw allow proto tcp from 10.0.0.0/8 to any port 30000:32767 comment NodePort', 'ufw allow proto esp from any to any',
      'ufw allow in on cni0', 'ufw route allow in on cni0', 'ufw route allow out on cni0',
      'ufw allow from 10.244.0.0/16', 'ufw route allow from 10.244.0.0/16', 'ufw route allow to 10.244.0.0/16',
      'write /etc/ufw/before.rules', 'ufw reload',
    ],
  },
  'ufw: leaves alone what is on disk and in force': { given: found(ufw(userRules(tuple6443), '-A ufw-user-input -p tcp -m tcp --dport 6443 -j ACCEPT')), asked: { allow: 6443 }, says: [] },
  'ufw: has its files read anew where a rule is on disk alone': { given: found(ufw(userRules(tuple6443), '')), asked: { allow: 6443 }, says: ['open 6443/tcp now'], does: ['ufw reload'] },
  'ufw: counts what was told it by hand in another way': {
    given: found(ufw(userRules('### tuple ### allow vrrp any 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -p vrrp -j ACCEPT'), '-A ufw-user-input -p vrrp -j ACCEPT')), asked: { protocols: 'vrrp' }, says: [],
  },
  'ufw: wants a rule for IPv6 too where it keeps those': {
    given: found(ufw(userRules(tuple6443), '-A ufw-user-input -p tcp -m tcp --dport 6443 -j ACCEPT', { ipv6: true })), asked: { allow: 6443 }, says: ['open 6443/tcp'],
  },
  'ufw: deletes the last rule of its file too': {
    given: found(ufw(userRules(tuple6443), '-A ufw-user-input -p tcp --dport 6443 -j ACCEPT')), asked: { allow: 6443, state: 'absent' }, does: ['ufw delete allow proto tcp from any to any port 6443'],
  },
  'ufw: leaves a rule that says more, or that an application brought': {
    given: found(ufw(userRules('### tuple ### allow any 53 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -p tcp --dport 53 -j ACCEPT\n-A ufw-user-input -p udp --dport 53 -j ACCEPT', "### tuple ### allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 Nginx%20HTTP - in\n-A ufw-user-input -p tcp --dport 80 -j ACCEPT -m comment --comment 'dapp_Nginx%20HTTP'"), '')),
    asked: { allow: [53, 80], state: 'absent' }, says: [],
  },
  'ufw: cannot let in IPv6 where it keeps no rules for it': { given: found(ufw(userRules(), '')), asked: { allow: { port: 6443, from: 'fd00::/8' } }, fails: /^6443\/tcp from fd00::\/8 cannot be let in: ufw keeps no rules for IPv6/ },
  'ufw: is turned on after SSH is let in': {
    given: found({ ...ufw(userRules(), ''), running: false, atBoot: false }), asked: { state: 'enabled' },
    does: ['ufw allow proto tcp from any to any port 22 comment SSH', 'systemctl enable ufw.service', 'ufw --force enable'],
  },
  'ufw: says that it is neither on nor off': { given: found({ ...ufw(userRules(), ''), running: false }), asked: { allow: 6443 }, fails: /ufw is on at boot and does not run now/ },
});

const chain = (more: Partial<DroppingChain> = {}): DroppingChain => ({ family: 'inet', table: 'filter', name: 'input', hook: 'input', jump: undefined, rules: undefined, ...more });
const bootFile = { path: '/etc/nftables.conf', text: 'flush ruleset\n', chains: [] };
const nft = (chains: readonly DroppingChain[], more: Partial<Nftables> = {}): Nftables => ({ kind: 'nftables', ...on, chains, boot: bootFile, own: undefined, ...more });
const ownFile = '/etc/nftables.d/kplay.nft';
const kept = { own: ownText({ isFirewall: false, chains: [chain()], rules: [{ family: 'inet', table: 'filter', hook: 'input', text: 'tcp dport 6443 accept' }] })!, boot: { ...bootFile, text: `flush ruleset\ninclude "${ownFile}"\n` } };

rows('firewall', firewall, {
  'nftables: puts rules before those of the host, now and in the file that is loaded at boot': {
    given: found(nft([chain()])), asked: { allow: 6443 }, says: ['open 6443/tcp'],
    does: ['nft -f -', 'directory /etc/nftables.d', `write ${ownFile}`, 'write /etc/nftables.conf'],
  },
  'nftables: leaves alone what stands in each chain that drops, and in the files': { given: found(nft([chain({ jump: 9, rules: [{ text: 'tcp dport 6443 accept', handle: 10 }] })], kept)), asked: { allow: 6443 }, says: [] },
  'nftables: a chain that nothing leads to lets nothing in': { given: found(nft([chain({ rules: [{ text: 'tcp dport 6443 accept', handle: 10 }] })], kept)), asked: { allow: 6443 }, says: ['open 6443/tcp now'], does: ['nft -f -'] },
  'nftables: a file that is not loaded at boot keeps nothing': {
    given: found(nft([chain({ jump: 9, rules: [{ text: 'tcp dport 6443 accept', handle: 10 }] })], { ...kept, boot: bootFile })), asked: { allow: 6443 }, says: ['open 6443/tcp at boot'], does: ['write /etc/nftables.conf'],
  },
  'nftables: takes its chain, its file and the line that loads it away with the last rule': {
    given: found(nft([chain({ jump: 9, rules: [{ text: 'tcp dport 6443 accept', handle: 10 }] })], kept)), asked: { allow: 6443, state: 'absent' },
    does: ['nft -f -', 'write /etc/nftables.conf', `remove ${ownFile}`],
  },
  'nftables: has nothing to do with a rule of the other family': { given: found(nft([chain({ family: 'ip6' })], kept)), asked: { allow: { port: 6443, from: '10.0.0.0/8' } }, says: [] },
  'nftables: warns where nothing loads its rules at boot': { given: found(nft([chain()], { atBoot: false })), asked: { allow: 6443 }, warns: [/must include \/etc\/nftables\.d\/kplay\.nft/] },
  'nftables: is turned on as a firewall of its own where the file drops nothing': {
    given: found(nft([], { running: false, atBoot: false })), asked: { state: 'enabled', allow: 6443 }, says: ['open 22/tcp (SSH)', 'open 6443/tcp', 'turn on nftables, now and at boot'],
    does: ['directory /etc/nftables.d', `write ${ownFile}`, 'write /etc/nftables.conf', `nft -f ${ownFile}`, 'systemctl enable nftables.service'],
  },
  'nftables: is turned on with the file\'s own rules where those drop': {
    given: found(nft([], { running: false, atBoot: false, boot: { ...bootFile, chains: [chain()] } })), asked: { state: 'enabled' },
    does: ['directory /etc/nftables.d', `write ${ownFile}`, 'write /etc/nftables.conf', 'systemctl reload-or-restart nftables.service', 'systemctl enable nftables.service'],
  },
  'nftables: is not turned on where nobody knows what the file would do': { given: found(nft([], { running: false, boot: { ...bootFile, error: 'syntax error' } })), asked: { state: 'enabled' }, fails: /what \/etc\/nftables\.conf would let in cannot be told: syntax error/ },
});

const saved = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT\nCOMMIT\n';
const iptables = (now: string, text = saved): Iptables => ({ kind: 'iptables', ...on, now: { 4: { lines: readLines(now), chains: ['INPUT'] } }, saved: { 4: { path: '/etc/iptables/rules.v4', text } } });

rows('firewall', firewall, {
  'iptables: puts rules first, and into the file that is loaded at boot': {
    given: found(iptables('-A INPUT -j REJECT')), asked: { allow: { port: 6443, comment: 'API server' }, interfaces: 'cni0' },
    does: ['iptables -w -I INPUT -p tcp --dport 6443 -m comment --comment API server -j ACCEPT', 'iptables -w -I INPUT -i cni0 -j ACCEPT', 'write /etc/iptables/rules.v4'],
  },
  'iptables: knows a rule in other words, and leaves it': { given: found(iptables('-A INPUT -p tcp -m tcp --dport 6443 -m comment --comment "x y" -j ACCEPT', saved.replace('22', '6443'))), asked: { allow: 6443 }, says: [] },
  'iptables: deletes the rule as it stands': {
    given: found(iptables('-A INPUT -p tcp -m tcp --dport 6443 -m comment --comment "x y" -j ACCEPT')), asked: { allow: 6443, state: 'absent' }, says: ['close 6443/tcp now'],
    does: ['iptables -w -D INPUT -p tcp -m tcp --dport 6443 -m comment --comment x y -j ACCEPT'],
  },
});

test('what nftables is told is one transaction, and what it keeps is loaded twice without harm', (t) => {
  const plan = firewall.plan(firewall.params.parse({ allow: { port: 6443, comment: 'API server' }, interfaces: 'cali*' }), found(nft([chain(), chain({ name: 'forward', hook: 'forward' })])), {} as never);
  const [now, , file, boot] = plan.changes.flatMap((change) => change.steps);
  t.is(now?.kind === 'run' && now.stdin, `add chain inet filter kplay_input
add rule inet filter kplay_input tcp dport 6443 accept comment "API server"
add rule inet filter kplay_input iifname "cali*" accept
insert rule inet filter input jump kplay_input
add chain inet filter kplay_forward
add rule inet filter kplay_forward iifname "cali*" accept
add rule inet filter kplay_forward oifname "cali*" accept
insert rule inet filter forward jump kplay_forward
`);
  t.is(boot?.kind === 'write' && 'text' in boot.content && boot.content.text, `flush ruleset\ninclude "${ownFile}"\n`);
  const text = file?.kind === 'write' && 'text' in file.content ? file.content.text : '';
  t.is(ownText(readOwnRules(text)), text, 'the file says what it was made of');
  t.deepEqual(text.split('\n').filter((line) => line.startsWith('flush')), ['flush chain inet filter kplay_input', 'flush chain inet filter kplay_forward']);
});

test('a file that is loaded at boot includes ours once, by name or by a pattern', (t) => {
  t.is(withInclude('a', true), `a\ninclude "${ownFile}"\n`);
  for (const text of [`include "${ownFile}"\n`, 'include "/etc/nftables.d/*.nft"\n', '  include "/etc/nftables.d/*"\n']) t.is(withInclude(text, true), text);
  t.not(withInclude('# include "/etc/nftables.d/*.nft"\n', true), '# include "/etc/nftables.d/*.nft"\n');
  t.is(withInclude(`a\ninclude "${ownFile}"\nb\n`, false), 'a\nb\n');
});

const accept = (...match: object[]): NftRule => ({ chain: 'input', handle: 1, expr: [...match.map((each) => ({ match: each as never })), { accept: null }] });
const verdict = (name: string, ...match: object[]): NftRule => ({ chain: 'input', handle: 1, expr: [...match.map((each) => ({ match: each as never })), { counter: null }, { [name]: null }] });
const port = { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 22 };
const newOnes = { op: 'in', left: { ct: { key: 'state' } }, right: ['new', 'untracked'] };
const chains: Readonly<Record<string, { readonly policy?: string; readonly rules: readonly NftRule[]; readonly drops: boolean }>> = {
  'whose policy drops': { policy: 'drop', rules: [], drops: true },
  'that ends with a reject': { rules: [accept(port), verdict('reject')], drops: true },
  'that drops what is new, or comes by an interface': { rules: [verdict('drop', newOnes, { op: '==', left: { meta: { key: 'iifname' } }, right: 'eth0' })], drops: true },
  'that leads on to one that drops': { rules: [{ chain: 'input', handle: 1, expr: [{ goto: { target: 'refuse' } }] }], drops: true },
  'that lets all in before': { rules: [verdict('accept'), verdict('drop')], drops: false },
  'that drops a port, a mark or a list': { rules: [verdict('drop', port), verdict('drop', { op: '==', left: { meta: { key: 'mark' } }, right: 32768 }), verdict('reject', { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: '@banned' })], drops: false },
  'that drops what is invalid': { rules: [verdict('drop', { op: 'in', left: { ct: { key: 'state' } }, right: 'invalid' })], drops: false },
  'that drops what comes too fast': { rules: [{ chain: 'input', handle: 1, expr: [{ limit: {} }, { drop: null }] }], drops: false },
};
for (const [claim, { policy, rules, drops: expected }] of Object.entries(chains)) {
  test(`a chain ${claim} ${expected ? 'counts as a firewall' : 'does not count as a firewall'}`, (t) => {
    t.is(chainDrops({ name: 'input', policy: policy ?? 'accept' }, (name) => (name === 'refuse' ? [verdict('drop')] : rules)), expected);
  });
}

test('rules of nftables read as they are written', (t) => {
  const match = (left: object, right: unknown) => ({ match: { op: '==', left, right } });
  const text = (...expr: object[]) => ruleText({ expr: [...expr, { counter: {} }, { accept: null }] as never });
  t.is(text(match({ payload: { protocol: 'ip', field: 'saddr' } }, { prefix: { addr: '10.0.0.0', len: 8 } }), match({ payload: { protocol: 'tcp', field: 'dport' } }, { range: [1, 2] })), 'ip saddr 10.0.0.0/8 tcp dport 1-2 accept');
  t.is(text(match({ meta: { key: 'l4proto' } }, 'vrrp')), 'meta l4proto 112 accept', 'older ones name protocols');
  t.is(text(match({ meta: { key: 'iifname' } }, 'cali*')), 'iifname "cali*" accept');
});

test('iptables counts as a firewall by its policy or a rule about all', (t) => {
  t.true(drops('-P INPUT DROP', 'INPUT'));
  t.true(drops('-P INPUT ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited', 'INPUT'));
  t.false(drops('-P INPUT ACCEPT\n-P FORWARD DROP\n-A INPUT -j KUBE-FIREWALL\n-A INPUT -s 10.0.0.1/32 -j DROP\n-A INPUT -m mark --mark 0x8000/0x8000 -j DROP', 'INPUT'));
});

test('lines of iptables are the same in whatever order and words they stand', (t) => {
  const key = (line: string) => lineKey(readLines(line)[0]!);
  t.is(key('-A c -p tcp -m multiport --dports 30000:32767 -s 10.0.0.1 -j ACCEPT'), key('-A c -s 10.0.0.1/32 -p tcp -m tcp --dport 30000:32767 -m comment --comment "a -j DROP" -j ACCEPT'));
  t.is(key('-A c -p ipencap -j ACCEPT'), key('-A c -p 4 -j ACCEPT'));
  t.not(key('-A c ! -s 10.0.0.1 -j ACCEPT'), key('-A c -s 10.0.0.1 -j ACCEPT'));
  const [source] = rulesOf(firewall.params.parse({ sources: '10.244.0.0/16' }));
  t.is(linesFor(source!, 6, { input: 'i', forward: 'f' }).length, 0);
});

test('a zone is read from the bus and from the list alike', (t) => {
  const zone = { target: 'default', ports: ['6443/tcp', '30000-32767/udp'], protocols: ['112'], services: ['ssh', 'dhcpv6-client'], interfaces: ['eth0'], sources: ['10.0.0.0/8'], rules: [rich] };
  const bus = `a{sv} 9 "short" s "Public" "description" s "For \\"ports\\" of all" "target" s "default" "services" as 2 "ssh" "dhcpv6-client" "forward" b true "ports" a(ss) 2 "6443" "tcp" "30000-32767" "udp" "rules_str" as 1 "${rich.replaceAll('"', '\\"')}" "protocols" as 1 "112" "interfaces" as 1 "eth0" "sources" as 1 "10.0.0.0/8"`;
  t.deepEqual(readZone(bus, 'public'), zone);
  t.deepEqual(readZone(`public (active)\n  target: default\n  icmp-block-inversion: no\n  interfaces: eth0\n  sources: 10.0.0.0/8\n  services: ssh dhcpv6-client\n  ports: 6443/tcp 30000-32767/udp\n  protocols: 112\n  forward: yes\n  rich rules: \n\t${rich}`, 'public'), zone);
  t.throws(() => readZone('Call failed: INVALID_ZONE: lan', 'lan'), { message: 'firewalld has no zone "lan"' });
  t.throws(() => readZone('Call failed: Connection timed out', 'lan'), { message: 'firewalld cannot tell of its zone lan: Call failed: Connection timed out' });
});

test('networks are written the one way', (t) => {
  const cases: Readonly<Record<string, string | undefined>> = {
    '10.1.2.3': '10.1.2.3', '10.1.2.3/32': '10.1.2.3', '10.1.2.3/8': '10.0.0.0/8', '192.168.130.7/17': '192.168.128.0/17', '0.0.0.0/0': undefined,
    'FD00:0:0::1/64': 'fd00::/64', 'fd00::1': 'fd00::1', 'fd00:0:0:1ff::/56': 'fd00:0:0:100::/56', '2001:db8::ffff:1/113': '2001:db8::ffff:0/113', '::1/128': '::1', '::/0': undefined,
  };
  for (const [text, expected] of Object.entries(cases)) t.is(readNetwork(text)?.text, expected, text);
  for (const wrong of ['10.0.0.0/33', '10.0.0', 'fe80::1%eth0', 'host', '10.0.0.0/', '']) t.is(readNetwork(wrong), undefined, wrong);
});

test('rules are each meant once, and from anywhere is from anywhere', (t) => {
  const words = (params: object) => rulesOf(firewall.params.parse(params)).map(ruleWords);
  t.deepEqual(words({ allow: ['6443', 6443, { port: '6443/tcp' }, { port: 6443, from: ['10.0.0.1', '0.0.0.0/0'] }] }), ['6443/tcp']);
  t.deepEqual(words({ allow: { port: 80, from: ['10.0.0.1', 'fd00::1'] } }), ['80/tcp from 10.0.0.1', '80/tcp from fd00::1']);
  t.deepEqual(words({ allow: '80,443', protocols: ['vrrp', 112, 250] }), ['80/tcp', '443/tcp', 'protocol vrrp (112)', 'protocol 250']);
});

test('what cannot be a rule is an error with its place', async (t) => {
  const lines = ['allow: 70000', 'allow: 9-8', 'allow: [{ port: 22, form: 10.0.0.1 }]', 'allow: [{ port: 22, from: [] }]', 'protocols: 300', 'sources: 0.0.0.0/0', 'interfaces: "-x"'];
  const problems = await problemsOf(t, { 'site.yml': `- hosts: all\n  gather_facts: false\n  tasks:\n${lines.map((line) => `    - firewall: { ${line} }\n`).join('')}` });
  t.deepEqual(problems.map((each) => /^site\.yml:(\d+):\d+: (\S+ .{12})/.exec(each)?.slice(1).join(' ')), [
    '4 allow.0: expected a p', '5 allow.0: expected a p', '6 allow.0.form: unknown fiel', '7 allow.0.from: expected at ', '8 protocols.0: expected a n', '9 sources.0: expected a n', '10 interfaces.0: expected the',
  ]);
});

const session = sharedSession(test);
test('a host is looked at in one question, and left as it is', async (t) => {
  const real = await session();
  let turns = 0;
  let isAsked = false;
  const count = <A extends unknown[], R>(ask: (...args: A) => R) => (...args: A): R => {
    if (!isAsked) {
      isAsked = true;
      turns++;
      setImmediate(() => { isAsked = false; });
    }
    return ask(...args);
  };
  const probe = { ...real, host: real.host, ask: count(real.ask.bind(real)), stat: count(real.stat.bind(real)), read: count(real.read.bind(real)) };
  const tried = await tryModule(firewall as Module<any, any>, { allow: 6443 }, { session: probe, check: true });
  if (process.getuid?.() !== 0) return void t.is(tried.message, 'only root sees the firewall of a host');
  t.is(turns, 1);
  t.true(['none', 'firewalld', 'ufw', 'nftables', 'iptables'].includes(String(tried.result['backend'])), tried.message);
});
