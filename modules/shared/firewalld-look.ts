/** What firewalld lets in, now and on disk: asked over D-Bus, which answers in milliseconds, or offline where it does not run. */
import { ModuleFailure } from '../../engine/module/kit.ts';
import type { Firewalld, Zone } from './firewall-found.ts';

/** A shell function; $1 zone or nothing, $2 on where firewalld runs. Expects `put` of the script that it is part of. */
export const firewalldScript = `
firewalld_look() {
  bus() { busctl call org.fedoraproject.FirewallD1 "$@" 2>&1; }
  base=/org/fedoraproject/FirewallD1 api=org.fedoraproject.FirewallD1 zone=$1
  [ "$zone" ] || zone=$(sed -n 's/^DefaultZone=//p' /etc/firewalld/firewalld.conf 2>/dev/null)
  zone=\${zone:-public}
  printf '@zone\\n %s\\n' "$zone"
  for each in "$zone" trusted; do
    if [ "$2" ]; then
      printf '@now:%s\\n' "$each"; bus $base $api.zone getZoneSettings2 s "$each" | put
      path=$(bus $base/config $api.config getZoneByName s "$each" | cut -d'"' -f2)
      printf '@kept:%s\\n' "$each"; bus "$path" $api.config.zone getSettings2 | put
    else
      printf '@kept:%s\\n' "$each"; firewall-offline-cmd --zone="$each" --list-all 2>&1 | put
    fi
  done
}`;

/** Reads the answer. Throws ModuleFailure for a zone that is not there. */
export function readFirewalld(records: Readonly<Record<string, string>>, state: Pick<Firewalld, 'running' | 'atBoot'>): Firewalld {
  const zones = (side: string): Record<string, Zone> => Object.fromEntries(Object.entries(records).flatMap(([name, text]) => {
    const zone = name.slice(side.length);
    return name.startsWith(side) ? [[zone, readZone(text, zone)]] : [];
  }));
  return { kind: 'firewalld', ...state, zone: records['zone']?.trim() ?? 'public', now: zones('now:'), kept: zones('kept:') };
}

/** A zone as D-Bus tells it (`a{sv} 9 "short" s "Public" …`) or as --list-all prints it. */
export function readZone(text: string, name: string): Zone {
  if (/INVALID_ZONE/.test(text)) throw new ModuleFailure(`firewalld has no zone "${name}"`, { hint: 'firewall-cmd --get-zones lists them' });
  if (text.startsWith('a{sv}')) return busZone(text);
  if (/^\s+target: /m.test(text)) return listedZone(text);
  throw new ModuleFailure(`firewalld cannot tell of its zone ${name}: ${text.split('\n').at(-1) || 'no answer'}`);
}

/** D-Bus prints each field as its name, its type, how many there are, and the values in quotes. */
function busZone(text: string): Zone {
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const plain = (word: string): string => word.slice(1, -1).replace(/\\(.)/g, '$1');
  const field = (name: string, type: string, each: number): string[] => {
    const at = words.findIndex((word, index) => word === `"${name}"` && words[index + 1] === type);
    return at < 0 ? [] : words.slice(at + 3, at + 3 + Number(words[at + 2]) * each).map(plain);
  };
  const ports = field('ports', 'a(ss)', 2);
  const target = words.findIndex((word, index) => word === '"target"' && words[index + 1] === 's');
  return {
    target: target < 0 ? 'default' : plain(words[target + 2] ?? '""'),
    ports: ports.flatMap((port, at) => (at % 2 === 0 ? [`${port}/${ports[at + 1]}`] : [])),
    protocols: field('protocols', 'as', 1), services: field('services', 'as', 1), interfaces: field('interfaces', 'as', 1),
    sources: field('sources', 'as', 1), rules: field('rules_str', 'as', 1),
  };
}

function listedZone(text: string): Zone {
  const field = (name: string): string[] => new RegExp(`^\\s+${name}: (.*)$`, 'm').exec(text)?.[1]!.split(' ').filter(Boolean) ?? [];
  return {
    target: field('target')[0] ?? 'default', ports: field('ports'), protocols: field('protocols'), services: field('services'),
    interfaces: field('interfaces'), sources: field('sources'), rules: text.split('\n').filter((line) => /^\s+rule /.test(line)).map((line) => line.trim()),
  };
}
