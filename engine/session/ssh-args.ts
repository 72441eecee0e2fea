/** The options of `ansible_ssh_common_args`, read as ssh would; what we cannot honour is an error, not a surprise. */
import { nearestHint } from '../source/nearest.ts';
import { TextError } from '../source/problem.ts';
import { splitWords } from './split-words.ts';

/** Options by ssh_config's names in lower case; IdentityFile may come more than once. */
export interface SshArgs {
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** `-F`: the file to read instead of ~/.ssh/config. */
  readonly configFile?: string | undefined;
}

/** What we act on, in lower case and as ssh_config(5) writes it. */
export const supportedOptions: ReadonlyMap<string, string> = lowered([
  'HostName', 'HostKeyAlias', 'Port', 'User', 'IdentityFile', 'IdentitiesOnly', 'IdentityAgent', 'ProxyJump', 'ProxyCommand', 'StrictHostKeyChecking',
  'UserKnownHostsFile', 'GlobalKnownHostsFile', 'ConnectTimeout', 'ServerAliveInterval', 'ServerAliveCountMax',
]);

/** What changes nothing here: how ssh's own connections are shared, and what we never do. */
const harmlessOptions: ReadonlyMap<string, string> = lowered([
  'ControlMaster', 'ControlPersist', 'ControlPath', 'ForwardAgent', 'ForwardX11', 'PreferredAuthentications', 'BatchMode', 'LogLevel', 'Compression', 'TCPKeepAlive',
  'ConnectionAttempts', 'GSSAPIAuthentication', 'GSSAPIDelegateCredentials', 'PasswordAuthentication', 'PubkeyAuthentication', 'KbdInteractiveAuthentication',
  'ChallengeResponseAuthentication', 'HashKnownHosts', 'CheckHostIP', 'UpdateHostKeys', 'VisualHostKey', 'AddKeysToAgent', 'NumberOfPasswordPrompts',
  'PermitLocalCommand', 'RequestTTY', 'SendEnv', 'AddressFamily', 'RekeyLimit', 'IPQoS', 'ExitOnForwardFailure', 'ClearAllForwardings',
]);

const letters: Readonly<Record<string, string>> = { J: 'proxyjump', i: 'identityfile', p: 'port', l: 'user' };
const harmlessFlags = new Set(['-C', '-q', '-T', '-x', '-a', '-4', '-6', '-n', '-tt', '-t', '-v', '-vv', '-vvv', '-A']);

/** Reads the options; throws TextError that names the one that is not supported. */
export function parseSshArgs(text: string): SshArgs {
  const words = wordsOf(text);
  const options = new Map<string, string[]>();
  let configFile: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (harmlessFlags.has(word)) continue;
    const letter = /^-([oFJipl])([\s\S]*)$/.exec(word);
    if (!letter) throw unsupported(word);
    const value = letter[2] !== '' ? letter[2]! : words[++at];
    if (value === undefined) throw wrong(`ssh option ${word} needs a value`);
    if (letter[1] === 'F') configFile = value;
    else if (letter[1] === 'o') addOption(options, value);
    else add(options, letters[letter[1]!]!, value);
  }
  return { options, configFile };
}

function addOption(options: Map<string, string[]>, text: string): void {
  const parts = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)([\s\S]*?)\s*$/.exec(text);
  if (!parts) throw wrong(`ssh option "-o ${text}" is not of the form Name=value`);
  const name = parts[1]!.toLowerCase();
  if (harmlessOptions.has(name)) return;
  if (!supportedOptions.has(name)) throw unsupported(`-o ${parts[1]}`, parts[1]);
  add(options, name, parts[2]!.replace(/^"([\s\S]*)"$/, '$1'));
}

/** The first value wins, as with ssh; identities add up. */
function add(options: Map<string, string[]>, name: string, value: string): void {
  const before = options.get(name);
  if (!before) options.set(name, [value]);
  else if (name === 'identityfile') before.push(value);
}

function wordsOf(text: string): string[] {
  try {
    return splitWords(text);
  } catch (error) {
    throw wrong(`ssh options cannot be read: ${(error as Error).message}`);
  }
}

function unsupported(what: string, name?: string): TextError {
  const hint = name === undefined ? undefined : nearestHint(name, supportedOptions.values());
  return new TextError({ message: `ssh option ${what} is not supported`, hint: hint ?? `supported: -o with ${[...supportedOptions.values()].join(', ')}; -J, -F, -i, -p, -l` });
}

function wrong(message: string): TextError {
  return new TextError({ message, hint: 'write them as for ssh: -o Name=value, -J jump, -F file, -i key, -p port, -l user' });
}

function lowered(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name.toLowerCase(), name]));
}
