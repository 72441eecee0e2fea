/** What is asked on the terminal, and secrets from a file. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { TextError } from '../source/problem.ts';

/** The first line of a file, without its end. */
export function firstLine(file: string): string {
  return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0]!;
}

/** Asks on the terminal without showing what is typed. Throws where there is no terminal. */
export async function askSecret(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) throw new TextError({ message: `${prompt}: there is no terminal to ask on`, hint: 'use --become-password-file' });
  stderr.write(`${prompt}: `);
  stdin.setRawMode(true);
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      const take = (chunk: Buffer): void => {
        for (const char of chunk.toString('utf8')) {
          if (char === '\r' || char === '\n') { stdin.off('data', take); resolve(typed); return; }
          if (char === '\u0003') { stdin.off('data', take); reject(new TextError({ message: 'interrupted' })); return; }
          typed = char === '\u007f' ? typed.slice(0, -1) : typed + char;
        }
      };
      stdin.on('data', take);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** Puts a question on the terminal; undefined where there is none. */
export async function askOnTerminal(question: string, isPrivate: boolean): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  if (isPrivate) return askSecret(question);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`${question}: `)).trim();
  } finally {
    lines.close();
  }
}
