/** What ~/.ssh/config and the system's ssh_config say of a host. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import PQueue from 'p-queue';
import { TextError } from '../source/problem.ts';
import { supportedOptions } from './ssh-args.ts';
import { answerFor, shareKey } from './ssh-config-share.ts';

/** Options by lower-case name; identity files come in their order. */
export type SshOptions = ReadonlyMap<string, readonly string[]>;

export interface ConfigQuestion {
  /** What a user would type after `ssh`. */
  readonly address: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** `-F`; the system's file is then not read. */
  readonly configFile?: string | undefined;
}

const run = promisify(execFile);
const asking = new PQueue({ concurrency: 4 });
const systemFile = '/etc/ssh/ssh_config';

/** The home that ssh looks in: the account's, not $HOME's. */
export function sshHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir();
  }
}

/**
 * The options for a host, by `ssh -G` where there is an ssh program, else read by us without Include and Match, whose
 * presence is then an error. No program is started where no file says anything that we act on.
 */
export async function readSshConfig(question: ConfigQuestion): Promise<SshOptions> {
  const { configFile } = question;
  if (configFile === 'none') return new Map();
  const files = configFile === undefined ? [join(sshHome(), '.ssh/config'), systemFile] : [configFile];
  const texts = await Promise.all(files.map((file) => readConfigText(file, configFile !== undefined)));
  const all = (await Promise.all(texts.map(withParts))).flat();
  if (!all.some(matters)) return new Map();
  return (await askOnce(question, all)) ?? readByPackage(question.address, texts, files);
}

const answers = new Map<string, { readonly address: string; readonly answer: Promise<SshOptions | undefined> }>();

/** Asks ssh once for all hosts of which it says the same. */
async function askOnce(question: ConfigQuestion, texts: readonly string[]): Promise<SshOptions | undefined> {
  const ask = () => asking.add(() => askSsh(question)) as Promise<SshOptions | undefined>;
  const key = shareKey(question, texts);
  if (key === undefined) return ask();
  const known = answers.get(key) ?? { address: question.address, answer: ask() };
  answers.set(key, known);
  known.answer.catch(() => answers.delete(key));
  const answer = await known.answer;
  return answer && answerFor(answer, known.address, question.address);
}

/** Undefined where there is no ssh program. */
async function askSsh({ address, user, port, configFile }: ConfigQuestion): Promise<SshOptions | undefined> {
  const flags = [...(configFile === undefined ? [] : ['-F', configFile]), ...(user === undefined ? [] : ['-l', user]), ...(port === undefined ? [] : ['-p', String(port)])];
  try {
    const { stdout } = await run('ssh', ['-G', ...flags, '--', address], { timeout: 20_000 });
    return parseAnswer(stdout);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const said = String((error as { stderr?: string }).stderr ?? '').trim();
    throw new TextError({ message: `ssh cannot read its configuration for ${address}: ${said || (error as Error).message}`, hint: `try: ssh -G ${address}` });
  }
}

function parseAnswer(text: string): SshOptions {
  const options = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    const name = line.slice(0, at);
    if (at > 0 && supportedOptions.has(name)) options.set(name, [...(options.get(name) ?? []), line.slice(at + 1)]);
  }
  return options;
}

async function readByPackage(address: string, texts: readonly string[], files: readonly string[]): Promise<SshOptions> {
  const { default: SSHConfig } = await import('ssh-config');
  const options = new Map<string, readonly string[]>();
  texts.forEach((text, index) => {
    if (/^\s*(include|match)\b/im.test(text)) {
      throw new TextError({ message: `${files[index]} uses Include or Match, which only the ssh program can read`, hint: 'install the OpenSSH client, or give -F with a plain file' });
    }
    const found = SSHConfig.parse(text).compute(address, { ignoreCase: true } as never) as Record<string, string | string[]>;
    for (const [key, value] of Object.entries(found)) {
      const name = key.toLowerCase();
      if (supportedOptions.has(name) && !options.has(name)) options.set(name, name === 'identityfile' ? [value].flat() : [[value].flat().join(' ')]);
    }
  });
  return options;
}

/** True where a text has an option that we act on, or may lead to one. */
function matters(text: string): boolean {
  return text.split('\n').some((line) => {
    const [word = '', value = ''] = line.trim().split(/[\s=]+/);
    const name = word.toLowerCase();
    return supportedOptions.has(name) || name === 'match' || (name === 'include' && value !== systemParts);
  });
}

const systemParts = '/etc/ssh/ssh_config.d/*.conf';

/** A text, and those that the system's file includes as it comes. */
async function withParts(text: string): Promise<string[]> {
  if (!text.includes(systemParts)) return [text];
  const names = await readdir(dirname(systemParts)).catch(() => []);
  return [text, ...(await Promise.all(names.filter((each) => each.endsWith('.conf')).map((each) => readConfigText(join(dirname(systemParts), each), false))))];
}

async function readConfigText(file: string, needed: boolean): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (needed) throw new TextError({ message: `the ssh configuration ${file} cannot be read: ${(error as Error).message}` });
    return '';
  }
}
