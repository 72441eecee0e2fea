/** Asks a host, in one question, which firewall it has and what that lets in. */
import { Missing, ModuleFailure, type Probe } from '../../engine/module/kit.ts';
import type { Backend, Firewall, Nftables } from './firewall-found.ts';
import { firewalldScript, readFirewalld } from './firewalld-look.ts';
import { iptablesScript, readIptables, savedFiles } from './iptables-look.ts';
import { readOwnRules } from './nft-file.ts';
import { bootFiles, nftScript, ownFile, readNftables } from './nft-look.ts';
import { askRecords } from './script.ts';
import { beforeFiles, readUfw, ufwScript } from './ufw-look.ts';

export interface Asked {
  readonly backend: Backend | 'auto';
  /** firewalld's zone; its default zone where missing. */
  readonly zone?: string | undefined;
  /** True where a firewall that is off counts too, since it is to be turned on. */
  readonly turnsOn: boolean;
  /** True where it matters on which ports the host is reached. */
  readonly asksSsh: boolean;
}

export interface Looked {
  /** Undefined where the host has none that is on, or with `turnsOn` none at all. */
  readonly firewall: Firewall | undefined;
  /** Firewalls that are on beside it. */
  readonly others: readonly Backend[];
  /** TCP ports on which the host is reached by SSH; 22 where that was not asked. */
  readonly ssh: readonly number[];
}

/** $1 backend, $2 zone, $3 yes where one that is off counts, $4 yes where the ports of SSH are asked for. A tool is asked only where its firewall may be the one that counts. */
const script = `
PATH=$PATH:/usr/sbin:/sbin firewalld= ufw=
put() { sed 's/^/ /'; }
has() { command -v "$1" >/dev/null 2>&1; }
is() { systemctl "is-$1" -q "$2" 2>/dev/null; }
${firewalldScript}${ufwScript}${nftScript}${iptablesScript}
printf '@id\\n %s\\n' "$(id -u)"
if has firewalld; then
  printf '@firewalld\\n'; is active firewalld && firewalld=running && printf ' running\\n'
  is enabled firewalld && firewalld=\${firewalld:-boot} && printf ' boot\\n'
fi
if has ufw; then
  printf '@ufw\\n'; iptables -S ufw-user-input >/dev/null 2>&1 && ufw=running && printf ' running\\n'
  grep -q '^ENABLED=yes' /etc/ufw/ufw.conf 2>/dev/null && is enabled ufw && ufw=\${ufw:-boot} && printf ' boot\\n'
fi
has nft && printf '@nftables\\n'
has iptables && printf '@iptables\\n'
off=no; [ "$3" != yes ] || [ "$firewalld$ufw" ] || off=yes
case $1 in firewalld) sees=firewalld;; ufw) sees=ufw;; nftables | iptables) sees=rules;; *)
  sees=rules; [ -z "$ufw" ] || sees=ufw; [ -z "$firewalld" ] || sees=firewalld; [ $off = no ] || sees=all
esac
case $sees in firewalld | all) has firewalld && firewalld_look "$2" "$(is active firewalld && echo on)";; esac
case $sees in ufw | all) has ufw && ufw_look;; esac
case $sees in rules | all) has nft && nft_look "$3"; has iptables && iptables_look;; esac
if [ "$4" = yes ]; then printf '@ssh\\n'; sshd -T 2>/dev/null | sed -n 's/^port / /p'; set -- $SSH_CONNECTION; [ $# -lt 4 ] || printf ' %s\\n' "$4"; fi`;

/** Looks. Throws Missing for a firewall that is named and not installed, ModuleFailure where only root could tell. */
export async function lookAtFirewall(asked: Asked, probe: Probe): Promise<Looked> {
  const paths = [beforeFiles[4], beforeFiles[6], ownFile, ...bootFiles, ...savedFiles[4], ...savedFiles[6]];
  const [records, ...texts] = await Promise.all([
    askRecords(probe, script, [asked.backend, asked.zone ?? '', asked.turnsOn ? 'yes' : 'no', asked.asksSsh ? 'yes' : 'no'], { cap: 16 * 1024 * 1024 }),
    ...paths.map((path) => probe.read(path)),
  ]);
  if (records['id']?.trim() !== '0') throw new ModuleFailure('only root sees the firewall of a host', { hint: 'set become: yes' });
  const files = new Map(paths.flatMap((path, at) => (texts[at] ? [[path, texts[at].toString('utf8')] as const] : [])));
  const firewalls = readAll(foreseen(records, probe), files, probe);
  const ssh = [...new Set((records['ssh'] ?? '').split('\n').map(Number).filter(Boolean))];
  const firewall = choose(asked, firewalls);
  if (!firewall && asked.backend !== 'auto') {
    throw new Missing({ kind: 'package', name: asked.backend }, `${asked.backend} is not installed on the host`, 'install it earlier with package, or leave backend to be found');
  }
  const others = firewalls.filter((each) => each !== firewall && isService(each) && each.running).map(({ kind }) => kind);
  return { firewall, others, ssh: ssh.length > 0 ? ssh : [22] };
}

/** In a dry run, units that earlier tasks would start or stop count as if they had. */
function foreseen(records: Readonly<Record<string, string>>, probe: Probe): Readonly<Record<string, string>> {
  const told = { ...records };
  for (const name of ['firewalld', 'ufw']) {
    const { active, enabled } = probe.foreseen?.('unit', `${name}.service`) ?? {};
    if (active === undefined && enabled === undefined) continue;
    const now = told[name] ?? '';
    told[name] = `${active ?? now.includes('running') ? 'running\n' : ''}${enabled ?? now.includes('boot') ? 'boot\n' : ''}`;
  }
  return told;
}

function readAll(records: Readonly<Record<string, string>>, files: ReadonlyMap<string, string>, probe: Probe): Firewall[] {
  const state = (name: string) => ({ running: records[name]!.includes('running'), atBoot: records[name]!.includes('boot') });
  const saved = Object.fromEntries(([4, 6] as const).flatMap((family) => {
    const path = savedFiles[family].find((each) => files.has(each));
    return path === undefined ? [] : [[family, { path, text: files.get(path)! }]];
  }));
  return [
    ...(records['firewalld'] === undefined ? [] : [readFirewalld(records, state('firewalld'))]),
    ...(records['ufw'] === undefined ? [] : [readUfw(records, { 4: files.get(beforeFiles[4]) ?? '', 6: files.get(beforeFiles[6]) ?? '' }, state('ufw'))]),
    ...(records['nftables'] === undefined ? [] : [withForeseen(readNftables(records, files), probe)]),
    ...(records['iptables'] === undefined ? [] : [readIptables(records, saved)]),
  ];
}

/** In a dry run, what an earlier task would turn on is there, with the rules that our file would have. */
function withForeseen(found: Nftables, probe: Probe): Nftables {
  if (found.running || probe.foreseen?.('unit', 'nftables.service')?.['active'] !== true) return found;
  const own = readOwnRules(found.own);
  const rules = own.rules.map(({ text }) => ({ text, handle: 0 }));
  return { ...found, running: true, atBoot: true, chains: own.chains.map((place) => ({ ...place, jump: 0, rules })) };
}

/** The one that is named; else the one that is on; else, where it is to be turned on, the first that could be. */
function choose({ backend, turnsOn }: Asked, firewalls: readonly Firewall[]): Firewall | undefined {
  if (backend !== 'auto') return firewalls.find(({ kind }) => kind === backend);
  return firewalls.find((each) => each.running || (each.atBoot && isService(each))) ?? (turnsOn ? firewalls.find(({ kind }) => kind !== 'iptables') : undefined);
}

/** One that is on or off as a whole; the others are there or not with their rules. */
function isService({ kind }: Firewall): boolean {
  return kind === 'firewalld' || kind === 'ufw';
}
