/** Rules in firewalld: ports and protocols in a zone, trusted interfaces and networks in its zone `trusted`. */
import type { Step } from '../../engine/module/kit.ts';
import type { Firewalld, Zone } from './firewall-found.ts';
import type { Todo } from './firewall-plan.ts';
import { protocolNumbers, type Rule } from './firewall-rule.ts';
import { readNetwork } from './network.ts';

/** Whether a zone lets in what the rule says; for what is to go (`exactly`), whether there is something to take away. */
export function zoneHas(zone: Zone | undefined, rule: Rule, exactly: boolean): boolean {
  if (!zone) return false;
  if (!exactly && zone.target === 'ACCEPT' && (rule.kind === 'port' || rule.kind === 'protocol')) return true;
  switch (rule.kind) {
    case 'protocol': return zone.protocols.some((name) => isProtocol(name, rule.number));
    case 'interface': return zone.interfaces.some((name) => name.replace(/\*$/, '+') === rule.name);
    case 'source': return zone.sources.some((each) => readNetwork(each)?.text === rule.from.text);
    case 'port': {
      const { from } = rule;
      if (from) return zone.rules.some((each) => sameRule(each, richRule(rule, from))) || (!exactly && zoneHas(zone, { ...rule, from: undefined }, false));
      const ranges = zone.ports.filter((port) => port.endsWith(`/${rule.proto}`)).map(rangeOf);
      if (exactly) return ranges.some(([first, last]) => first <= rule.last && last >= rule.first);
      const bySsh = rule.proto === 'tcp' && rule.first === 22 && rule.last === 22 && zone.services.includes('ssh');
      return bySsh || isCovered(rule.first, rule.last, ranges);
    }
  }
}

export function firewalldHas({ now, kept, zone, running }: Firewalld, rule: Rule, exactly: boolean): { readonly now: boolean; readonly kept: boolean } {
  const name = zoneOf(rule, zone);
  const isKept = zoneHas(kept[name], rule, exactly);
  return { now: running ? zoneHas(now[name], rule, exactly) : isKept, kept: isKept };
}

/** One command for each kind of option and each side, since firewall-cmd takes several of a kind at once and not of two kinds. */
export function firewalldSteps(found: Firewalld, todo: readonly Todo[], opens: boolean): Step[] {
  const commands = new Map<string, string[]>();
  const add = (command: readonly string[], option: string): void => {
    const key = [...command, option.replace(/=.*/s, '')].join(' ');
    commands.set(key, [...(commands.get(key) ?? command), option]);
  };
  for (const { rule, now, kept } of todo) {
    const zone = zoneOf(rule, found.zone);
    if (kept) add([...(found.running ? ['firewall-cmd', '--permanent'] : ['firewall-offline-cmd']), `--zone=${zone}`], optionFor(found.kept[zone], rule, opens));
    if (now && found.running) add(['firewall-cmd', `--zone=${zone}`], optionFor(found.now[zone], rule, opens));
  }
  return [...commands.values()].map((argv) => ({ kind: 'run', argv, timeout: 120 }));
}

/** What is taken away is named as the zone names it. */
function optionFor(zone: Zone | undefined, rule: Rule, opens: boolean): string {
  const verb = opens ? 'add' : 'remove';
  const known = opens ? undefined : zone;
  switch (rule.kind) {
    case 'protocol': return `--${verb}-protocol=${known?.protocols.find((name) => isProtocol(name, rule.number)) ?? rule.number}`;
    // An interface or network that another zone has would be refused by add.
    case 'interface': return `--${opens ? 'change' : 'remove'}-interface=${rule.name}`;
    case 'source': return `--${opens ? 'change' : 'remove'}-source=${rule.from.text}`;
    case 'port': {
      if (!rule.from) return `--${verb}-port=${portText(rule)}/${rule.proto}`;
      const rich = richRule(rule, rule.from);
      return `--${verb}-rich-rule=${known?.rules.find((each) => sameRule(each, rich)) ?? rich}`;
    }
  }
}

function zoneOf(rule: Rule, zone: string): string {
  return rule.kind === 'interface' || rule.kind === 'source' ? 'trusted' : zone;
}

type Port = Extract<Rule, { kind: 'port' }>;

function portText({ first, last }: Port): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** A rich rule the way firewalld itself writes it. */
function richRule(rule: Port, from: NonNullable<Port['from']>): string {
  return `rule family="ipv${from.family}" source address="${from.text}" port port="${portText(rule)}" protocol="${rule.proto}" accept`;
}

function sameRule(found: string, asked: string): boolean {
  const plain = (text: string): string => text.replace(/address="([^"]*)"/, (_whole, address: string) => `address="${readNetwork(address)?.text ?? address}"`);
  return plain(found) === plain(asked);
}

function isProtocol(name: string, number: number): boolean {
  return (protocolNumbers[name] ?? (name === 'ipencap' ? 4 : Number(name))) === number;
}

function rangeOf(port: string): readonly [number, number] {
  const [first = '', last = first] = port.replace(/\/.*/, '').split('-');
  return [Number(first), Number(last)];
}

/** Whether the ranges together hold every port from first to last. */
function isCovered(first: number, last: number, ranges: readonly (readonly [number, number])[]): boolean {
  let next = first;
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) if (from <= next && to >= next) next = to + 1;
  return next > last;
}
