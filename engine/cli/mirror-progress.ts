/** What is shown while a mirror is filled: a line for each thing, and on a terminal one below that moves. */
import { bytesText } from '../mirror/list-text.ts';
import type { Told } from '../mirror/watch.ts';
import type { Context } from './context.ts';

export interface Progress {
  tell(told: Told): void;
  /** Takes the moving line away. */
  end(): void;
}

/** Opens one; `word` says what became of a thing that was not there. Things that were there already are only counted. */
export function openProgress(context: Context, word: 'fetched' | 'pushed', stream: NodeJS.WriteStream = process.stderr): Progress {
  const begun = Date.now();
  let [bytes, here, shown, drawn] = [0, 0, false, 0];
  const clear = (): void => {
    if (shown) stream.write('\r\x1b[K');
    shown = false;
  };
  const draw = (): void => {
    if (!stream.isTTY || Date.now() - drawn < 200) return;
    drawn = Date.now();
    const seconds = (drawn - begun) / 1000;
    stream.write(`\r\x1b[K${bytesText(bytes)} of files, ${bytesText(bytes / Math.max(1, seconds))}/s${here > 0 ? `; ${here} were there` : ''}`.slice(0, (stream.columns ?? 80) + 3));
    shown = true;
  };
  return {
    tell(told) {
      if (told.kind === 'bytes') {
        bytes += told.count;
        return draw();
      }
      clear();
      if (told.kind === 'here') here++;
      else if (told.kind === 'fetched') context.out(`${word}  ${told.what}  ${bytesText(told.size)}`);
      else if (told.kind === 'missing') context.error(`missing  ${told.what}`);
      else context.out(told.what);
    },
    end: clear,
  };
}
