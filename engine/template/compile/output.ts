/** What a template has written so far. */
import { known } from '../convert.ts';
import { join } from '../arithmetic.ts';
import { outputText } from '../python-text.ts';
import { isMapping, type Value } from '../value.ts';

/** Collects text; notes whether all there is to it is one list or dict, blanks aside. */
export class Output {
  text = '';
  private sole: Value | undefined;
  private other = false;

  write(text: string): void {
    this.text = join(this.text, text);
    if (!this.other && text.trim() !== '') this.other = true;
  }

  /** Writes a value; throws where it is unknown or undefined. */
  put(value: Value): void {
    if (typeof value === 'string') return this.write(value);
    known(value);
    if (!Array.isArray(value) && !isMapping(value)) return this.write(outputText(value));
    if (this.sole !== undefined) this.other = true;
    this.sole = value;
    this.text = join(this.text, outputText(value));
  }

  /** The one list or dict that was written, if nothing else but blanks was. */
  get native(): Value | undefined {
    return this.other ? undefined : this.sole;
  }
}
