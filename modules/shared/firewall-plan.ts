/** What a firewall lacks, or has too much of, as changes: one for each rule, so that each is named. */
import { ModuleFailure, type Change, type Plan, type Step } from '../../engine/module/kit.ts';
import type { Backend, Firewall } from './firewall-found.ts';
import { ruleWords, type Rule } from './firewall-rule.ts';
import { bringsRules, isOff, onceOn, stepsBefore, stepsOn } from './firewall-turn-on.ts';
import { firewalldHas, firewalldSteps } from './firewalld.ts';
import { iptablesHas, iptablesSteps } from './iptables.ts';
import { ownFile } from './nft-look.ts';
import { nftHas, nftSteps } from './nftables.ts';
import { ufwHas, ufwSteps } from './ufw.ts';

/** A rule and where it is to be changed: in force, on disk. */
export interface Todo {
  readonly rule: Rule;
  readonly now: boolean;
  readonly kept: boolean;
}

export interface FirewallFound {
  readonly firewall: Firewall;
  /** Firewalls that are on beside it. */
  readonly others: readonly Backend[];
  /** TCP ports on which the host is reached by SSH. */
  readonly ssh: readonly number[];
  /** Rules, in words, that earlier tasks of a dry run would open or close. */
  readonly foreseen: ReadonlyMap<string, boolean>;
}

/** The plan for a host that has a firewall. Throws ModuleFailure for what would cut SSH. */
export function planRules(asked: readonly Rule[], state: 'present' | 'absent' | 'enabled', found: FirewallFound): Plan {
  const { firewall, ssh, others } = found;
  const opens = state !== 'absent';
  if (!opens) for (const rule of asked) refuseSsh(rule, ssh);
  const turnsOn = state === 'enabled' && isOff(firewall);
  const isBetween = firewall.kind === 'ufw' && firewall.atBoot && !firewall.running;
  if (!turnsOn && isBetween) throw new ModuleFailure('ufw is on at boot and does not run now, so that its rules cannot be changed', { hint: 'systemctl start ufw' });
  const rules = turnsOn ? withSsh(asked, ssh) : asked;
  const todo = todoOf(turnsOn ? onceOn(firewall) : firewall, rules, opens, found.foreseen);
  const steps = turnsOn && bringsRules(firewall) ? [] : stepsFor(firewall, todo, opens);
  const changes = [...ruleChanges(firewall, todo, opens, turnsOn ? [...stepsBefore(firewall), ...steps] : steps), ...(turnsOn ? [turnOn(firewall, rules)] : [])];
  const done = todo.map(({ rule }) => ruleWords(rule));
  const msg = firewall.running || firewall.atBoot || turnsOn ? '' : `${firewall.kind} is off: nothing is kept out`;
  return {
    changes, result: { backend: firewall.kind, state, opened: opens ? done : [], closed: opens ? [] : done, msg },
    warnings: asked.length > 0 && opens && !turnsOn ? warnings(firewall, others) : [],
  };
}

/** A change for each rule. They are made together, in as few commands as can be, which stand with the first; so does what a diff shows. */
function ruleChanges({ kind }: Firewall, todo: readonly Todo[], opens: boolean, steps: readonly Step[]): Change[] {
  const list = todo.map((each) => `${summaryOf(each, opens).replace(/^(open|close) /, '')}\n`).join('');
  const diff = { of: `rules of ${kind}`, before: opens ? '' : list, after: opens ? list : '' };
  return todo.map((each, at): Change => ({
    summary: summaryOf(each, opens), ...(at === 0 && diff), steps: at === 0 ? steps : [],
    leaves: [{ kind: 'path', name: leafName(ruleWords(each.rule)), state: { open: opens } }],
  }));
}

function turnOn(firewall: Firewall, rules: readonly Rule[]): Change {
  const { kind } = firewall;
  return { summary: `turn on ${kind}, now and at boot`, steps: stepsOn(firewall, rules), leaves: [{ kind: 'unit', name: `${kind}.service`, state: { active: true, enabled: true } }] };
}

/** What is to do for each rule, as far as there is anything. */
function todoOf(firewall: Firewall, rules: readonly Rule[], opens: boolean, foreseen: FirewallFound['foreseen']): Todo[] {
  return rules.flatMap((rule) => {
    const open = foreseen.get(ruleWords(rule));
    const has = open === undefined ? hasRule(firewall, rule, !opens) : { now: open, kept: open };
    const each = { rule, now: has.now !== opens, kept: has.kept !== opens };
    return each.now || each.kept ? [each] : [];
  });
}

/** Under what name a dry run remembers a rule. */
export function leafName(words: string): string {
  return `/firewall/${words}`;
}

/** How a rule stands: in force, on disk. */
function hasRule(firewall: Firewall, rule: Rule, exactly: boolean): { readonly now: boolean; readonly kept: boolean } {
  switch (firewall.kind) {
    case 'firewalld': return firewalldHas(firewall, rule, exactly);
    case 'ufw': return ufwHas(firewall, rule, exactly);
    case 'nftables': return nftHas(firewall, rule, exactly);
    case 'iptables': return iptablesHas(firewall, rule, exactly);
  }
}

function stepsFor(firewall: Firewall, todo: readonly Todo[], opens: boolean): Step[] {
  switch (firewall.kind) {
    case 'firewalld': return firewalldSteps(firewall, todo, opens);
    case 'ufw': return ufwSteps(firewall, todo, opens);
    case 'nftables': return nftSteps(firewall, todo, opens);
    case 'iptables': return iptablesSteps(firewall, todo, opens);
  }
}

/** `open 6443/tcp`, with `now` or `at boot` where only one of both is to do. */
function summaryOf({ rule, now, kept }: Todo, opens: boolean): string {
  const trust = rule.kind === 'interface' || rule.kind === 'source';
  const verb = trust ? (opens ? 'trust' : 'no longer trust') : opens ? 'open' : 'close';
  const comment = opens && rule.kind === 'port' && rule.comment !== undefined ? ` (${rule.comment})` : '';
  return `${verb} ${ruleWords(rule)}${comment}${now && kept ? '' : now ? ' now' : ' at boot'}`;
}

function withSsh(asked: readonly Rule[], ssh: readonly number[]): Rule[] {
  const ports = ssh.map((port): Rule => ({ kind: 'port', proto: 'tcp', first: port, last: port, comment: 'SSH' }));
  return [...new Map([...ports, ...asked].map((rule) => [ruleWords(rule), rule])).values()];
}

function refuseSsh(rule: Rule, ssh: readonly number[]): void {
  const port = rule.kind === 'port' && rule.proto === 'tcp' ? ssh.find((each) => each >= rule.first && each <= rule.last) : undefined;
  if (port === undefined) return;
  throw new ModuleFailure(`${ruleWords(rule)} stays open: the host is reached by SSH on port ${port}`, { hint: 'close it by hand if that is meant' });
}

function warnings(firewall: Firewall, others: readonly Backend[]): string[] {
  const { kind, running, atBoot } = firewall;
  const beside = others.map((name) => `${name} is on beside ${kind}, and drops what it does not let in itself`);
  if (!running || atBoot) return beside;
  if (kind === 'nftables') return [...beside, `nftables.service does not start at boot: what loads the rules of this host then must include ${ownFile}`];
  return kind === 'iptables' ? [...beside, 'nothing is found that loads rules of iptables at boot: these hold until then'] : beside;
}
