/** Shell text that ends scripts which made a file beside its place: final mode and owner, checked, synced, renamed. */
import { ModuleFailure, quote, type Stat } from '../../engine/module/kit.ts';
import type { Ids, Wanted } from './file-attributes.ts';
import { applyMode } from './file-mode.ts';
import { splitWords } from './shell-words.ts';

/** What a file is to be once it stands at its place. */
export interface FinalState {
  /** Four octal digits. */
  readonly mode: string;
  /** `uid:gid`, a part empty where nothing is asked and nothing is there yet. */
  readonly owner: string;
}

/** Mode and owner as asked, else as the file has that stands there, else as a new file gets them. */
export function finalState(wanted: Wanted, stat: Stat | undefined, ids: Ids): FinalState {
  const mode = wanted.mode === undefined ? (stat?.mode ?? '0644') : applyMode(wanted.mode, stat ?? { kind: 'file', mode: '0644' });
  return { mode, owner: `${ids.uid ?? wanted.owner ?? stat?.uid ?? ''}:${ids.gid ?? wanted.group ?? stat?.gid ?? ''}` };
}

/**
 * Puts the file `$tmp` to the place `$dest`; both are shell variables of the script. The script has set
 * `trap 'rm -f "$tmp"' EXIT`, so that nothing stays behind where a line fails.
 */
export function putInPlace({ mode, owner }: FinalState, options: { backup: boolean; validate?: string | undefined }): string {
  return `
own=${quote(owner)}
now=$(stat -c %u:%g "$tmp") || exit
case $own in *:) own=$own\${now#*:} ;; esac
case $own in :*) own=\${now%:*}$own ;; esac
[ "$own" = "$now" ] || chown "$own" "$tmp" || exit
chmod ${quote(mode)} "$tmp" || exit
${options.validate === undefined ? '' : `${validateCommand(options.validate)} || { echo "validation failed" >&2; exit 1; }`}
${options.backup ? 'if [ -e "$dest" ]; then cp -p -- "$dest" "$dest.$(date +%Y-%m-%d@%H:%M:%S)~" || exit; fi' : ''}
sync "$tmp" 2>/dev/null || sync
mv -f -- "$tmp" "$dest" || exit`;
}

/** A `validate` text as a command on `$tmp`; its words are never seen by a shell. */
function validateCommand(validate: string): string {
  if (!validate.includes('%s')) throw new ModuleFailure(`validate must hold %s, where the file's path goes: ${validate}`);
  return splitWords(validate).map((word) => word.split('%s').map((part) => (part === '' ? '' : quote(part))).join('"$tmp"') || "''").join(' ');
}
