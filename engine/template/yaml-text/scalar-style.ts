/** Which styles a scalar may be written in, by the rules of PyYAML over libyaml, whose output Ansible's users know. */

export interface Analysis {
  readonly multiline: boolean;
  readonly flowPlain: boolean;
  readonly blockPlain: boolean;
  readonly singleQuoted: boolean;
}

const breaks = '\r\n\x85\u2028\u2029';
const blanks = '\0 \t\r\n\x85\u2028\u2029';

/** What a text allows, apart from what it would mean when read back. */
export function analyse(text: string): Analysis {
  if (text === '') return { multiline: false, flowPlain: false, blockPlain: true, singleQuoted: true };
  const { block, flow } = indicators(text);
  const multiline = [...breaks].some((mark) => text.includes(mark));
  const special = /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]|\ufeff/u.test(text);
  const spaceBreak = / [\r\n\x85\u2028\u2029]/.test(text);
  const breakSpace = /[\r\n\x85\u2028\u2029] /.test(text);
  const edge = /^[ \r\n\x85\u2028\u2029]|[ \r\n\x85\u2028\u2029]$/.test(text);
  const quotesOnly = spaceBreak || special;
  const plain = !edge && !breakSpace && !quotesOnly && !multiline;
  return { multiline, flowPlain: plain && !flow, blockPlain: plain && !block, singleQuoted: !breakSpace && !quotesOnly };
}

function indicators(text: string): { block: boolean; flow: boolean } {
  let block = text.startsWith('---') || text.startsWith('...');
  let flow = block;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const followed = i + 1 >= text.length || blanks.includes(text[i + 1]!);
    if (i === 0 && '#,[]{}&*!|>\'"%@`'.includes(char)) block = flow = true;
    if (i === 0 && char === '-' && followed) block = flow = true;
    if (i === 0 ? '?:'.includes(char) : ',?[]{}:'.includes(char)) flow = true;
    if ((char === ':' || (i === 0 && char === '?')) && followed) block = true;
    if (i > 0 && char === '#' && blanks.includes(text[i - 1]!)) block = flow = true;
  }
  return { block, flow };
}

const meanings: readonly RegExp[] = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  /^(?:<<|=|~|null|Null|NULL|)$/,
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
  /^[!&*]$/,
];

/** True where a text, written without quotes, would be read back as something else. */
export function readsAsOther(text: string): boolean {
  return meanings.some((meaning) => meaning.test(text));
}
