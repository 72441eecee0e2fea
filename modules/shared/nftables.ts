/** Rules in a host's own nftables: a chain of ours in front of each chain that drops, in force and at boot. */
import { ModuleFailure, type Step } from '../../engine/module/kit.ts';
import type { DroppingChain, Nftables } from './firewall-found.ts';
import type { Todo } from './firewall-plan.ts';
import type { Rule } from './firewall-rule.ts';
import { jumpLine, ownFirewall, ownPlace, ownText, placeText, readOwnRules, ruleLine, withInclude } from './nft-file.ts';
import type { OwnRule, OwnRules, Place } from './nft-file.ts';
import { ownFile } from './nft-look.ts';

/**
 * Whether the chains that drop let in what the rule says. A rule elsewhere would be of no use: what one chain accepts, another
 * of the same hook still drops. For what is to go (`exactly`), whether one of our chains has the rule.
 */
export function nftHas(found: Nftables, rule: Rule, exactly: boolean): { readonly now: boolean; readonly kept: boolean } {
  const own = readOwnRules(found.own);
  const now = found.chains.flatMap((chain) => rulesIn(rule, chain).map(({ text }) => stands(chain, text) && (exactly || chain.jump !== undefined)));
  if (exactly) return { now: now.some(Boolean), kept: own.rules.some((each) => rulesIn(rule, each).some(({ text }) => text === each.text)) };
  const kept = found.chains.flatMap((chain) => {
    const isLed = own.chains.some((each) => placeText(each) === placeText(chain));
    return rulesIn(rule, chain).map((wanted) => isLed && own.rules.some((each) => isSame(each, wanted)));
  });
  const isLoaded = found.boot === undefined || withInclude(found.boot.text, true) === found.boot.text;
  return { now: now.every(Boolean), kept: kept.every(Boolean) && (isLoaded || kept.length === 0) };
}

/** Everything in one transaction for what is in force, then the files. */
export function nftSteps(found: Nftables, todo: readonly Todo[], opens: boolean): Step[] {
  const lines = opens ? openLines(found.chains, todo) : closeLines(found.chains, todo);
  const now: Step[] = lines.length === 0 ? [] : [{ kind: 'run', argv: ['nft', '-f', '-'], stdin: lines.map((line) => `${line}\n`).join('') }];
  if (!todo.some(({ kept }) => kept)) return now;
  const own = readOwnRules(found.own);
  if (opens) return [...now, ...fileSteps(found, added(found.chains, own, todo.map(({ rule }) => rule)))];
  const rules = own.rules.filter((each) => !todo.some(({ rule }) => rulesIn(rule, each).some(({ text }) => text === each.text)));
  return [...now, ...fileSteps(found, { ...own, rules })];
}

/** The chains that will drop once nftables is on: those of the file that is loaded at boot, else one of ours. Throws ModuleFailure. */
export function chainsOnceOn({ boot, chains }: Nftables): readonly DroppingChain[] {
  if (boot?.error !== undefined) {
    const hint = `see nft -c -f ${boot.path}, then turn it on by hand: systemctl enable --now nftables`;
    throw new ModuleFailure(`what ${boot.path} would let in cannot be told: ${boot.error}`, { hint });
  }
  const later = boot?.chains ?? [];
  return [...chains, ...(later.some(({ hook }) => hook === 'input') ? later : [{ ...ownFirewall, jump: undefined, rules: undefined }])];
}

/** The rules are in the files before anything drops, so that SSH is never out. A file that drops nothing is left for the next boot. */
export function nftTurnOn(found: Nftables, rules: readonly Rule[]): Step[] {
  const chains = chainsOnceOn(found);
  const isFirewall = chains.some((chain) => placeText(chain) === placeText(ownFirewall));
  const own = added(chains, { ...readOwnRules(found.own), isFirewall }, rules);
  return [...fileSteps(found, own), { kind: 'run', argv: isFirewall ? ['nft', '-f', ownFile] : ['systemctl', 'reload-or-restart', 'nftables.service'] }];
}

function fileSteps({ own, boot }: Nftables, rules: OwnRules): Step[] {
  const text = ownText(rules);
  const include = boot && withInclude(boot.text, text !== undefined);
  const files: Step[] = text === own ? [] : text === undefined ? [{ kind: 'remove', path: ownFile }]
    : [{ kind: 'directory', path: ownFile.slice(0, ownFile.lastIndexOf('/')) }, { kind: 'write', path: ownFile, content: { text }, validate: 'nft -c -f %s' }];
  const loaded: Step[] = boot && include !== undefined && include !== boot.text ? [{ kind: 'write', path: boot.path, content: { text: include }, validate: 'nft -c -f %s' }] : [];
  // What is included must be there before it is, and be gone after it.
  return text === undefined ? [...loaded, ...files] : [...files, ...loaded];
}

function openLines(chains: readonly DroppingChain[], todo: readonly Todo[]): string[] {
  return [...new Set(chains.flatMap((chain) => {
    const wanted = todo.filter(({ now }) => now).flatMap(({ rule }) => rulesIn(rule, chain));
    if (wanted.length === 0) return [];
    const missing = wanted.filter(({ text }) => !stands(chain, text)).map((rule) => `add rule ${ownPlace(chain)} ${ruleLine(rule)}`);
    return [...(chain.rules ? [] : [`add chain ${ownPlace(chain)}`]), ...missing, ...(chain.jump === undefined ? [jumpLine(chain)] : [])];
  }))];
}

/** Our chain goes with its last rule. */
function closeLines(chains: readonly DroppingChain[], todo: readonly Todo[]): string[] {
  const isAsked = (chain: DroppingChain, text: string): boolean => todo.some(({ rule }) => rulesIn(rule, chain).some((each) => each.text === text));
  const empty = chains.filter((chain) => chain.rules !== undefined && chain.rules.every(({ text }) => isAsked(chain, text)));
  return [...new Set([
    ...chains.flatMap((chain) => (chain.rules ?? []).filter(({ text }) => isAsked(chain, text)).map(({ handle }) => `delete rule ${ownPlace(chain)} handle ${handle}`)),
    ...empty.flatMap((chain) => (chain.jump === undefined ? [] : [`delete rule ${placeText(chain)} handle ${chain.jump}`])),
    ...empty.map((chain) => `delete chain ${ownPlace(chain)}`),
  ])];
}

function stands({ rules = [] }: DroppingChain, text: string): boolean {
  return rules.some((each) => each.text === text);
}

/** Our rules with more of them, for these chains. */
function added(chains: readonly DroppingChain[], own: OwnRules, rules: readonly Rule[]): OwnRules {
  const wanted = chains.flatMap((chain) => rules.flatMap((rule) => rulesIn(rule, chain)));
  const places = chains.filter((chain) => !own.chains.some((each) => placeText(each) === placeText(chain))).map(({ family, table, name, hook }) => ({ family, table, name, hook }));
  const fresh = wanted.filter((rule, at) => !own.rules.some((each) => isSame(each, rule)) && wanted.findIndex((each) => isSame(each, rule)) === at);
  return { ...own, chains: [...own.chains, ...places], rules: [...own.rules, ...fresh] };
}

function isSame(one: OwnRule, other: OwnRule): boolean {
  return one.family === other.family && one.table === other.table && one.hook === other.hook && one.text === other.text;
}

/** What a rule means in a chain: nothing where it is about the other family, or about the host's own ports in a chain of what goes through. */
function rulesIn(rule: Rule, { family, table, hook }: Omit<Place, 'name'>): OwnRule[] {
  const one = (text: string): OwnRule => ({ family, table, hook, text: `${text} accept`, ...(rule.kind === 'port' && rule.comment !== undefined && { comment: rule.comment }) });
  if (rule.kind === 'interface') {
    const name = `"${rule.name.replace(/\+$/, '*')}"`;
    return [one(`iifname ${name}`), ...(hook === 'forward' ? [one(`oifname ${name}`)] : [])];
  }
  const ip = rule.kind !== 'protocol' && rule.from ? (rule.from.family === 4 ? 'ip' : 'ip6') : undefined;
  if (ip !== undefined && family !== 'inet' && family !== ip) return [];
  if (rule.kind === 'source') return [one(`${ip} saddr ${rule.from.text}`), ...(hook === 'forward' ? [one(`${ip} daddr ${rule.from.text}`)] : [])];
  if (hook === 'forward') return [];
  if (rule.kind === 'protocol') return [one(`meta l4proto ${rule.number}`)];
  const { proto, first, last, from } = rule;
  return [one(`${from ? `${ip} saddr ${from.text} ` : ''}${proto} dport ${first === last ? first : `${first}-${last}`}`)];
}
