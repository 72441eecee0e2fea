/** Logging in: which keys and words are tried, in which order, and what to say when none was taken. */
import { promisify } from 'node:util';
import ssh2, { type AnyAuthMethod, type BaseAgent, type ParsedKey, type Prompt } from 'ssh2';
import { loadKey, type LoadedKey, type Passphrase } from './private-key.ts';
import { usualKeys, type Route } from './route.ts';

/** The ways to try, and a text of what they were. */
export interface Login {
  readonly methods: readonly AnyAuthMethod[];
  /** What was tried and what could not be, for people: one line each. */
  readonly tried: readonly string[];
}

/**
 * Named keys come first, then the password where there is one, then the agent's keys and the usual files: a server
 * ends the talk after six wrong keys, so what was said outright goes before what merely lies around.
 */
export async function planLogin(route: Route, passphrase?: Passphrase): Promise<Login> {
  const { user: username, identitiesOnly } = route;
  const named = await Promise.all(route.identityFiles.map((file) => loadKey(file, passphrase)));
  const usual = identitiesOnly && named.length > 0 ? [] : await Promise.all(usualKeys().map((file) => loadKey(file, passphrase)));
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  const agent = await openAgent(route.agent, tried);
  const wanted = publicKeys(named);
  const own = agent?.keys.filter((key) => wanted.some((each) => each.equals(key))) ?? [];
  // An encrypted key that was named is the agent's to use.
  if (agent && own.length > 0) {
    methods.push({ type: 'agent', username, agent: onlyKeys(agent.agent, own) });
    tried.push(`the agent's copy of the keys named (${route.agent})`);
  }
  addKeys(methods, tried, username, named, true);
  if (route.password !== undefined) addPassword(methods, tried, username, route.password);
  const rest = agent?.keys.filter((key) => !own.includes(key)) ?? [];
  if (agent && rest.length > 0 && !identitiesOnly) {
    methods.push({ type: 'agent', username, agent: onlyKeys(agent.agent, rest) });
    tried.push(`${rest.length} of the agent's keys (${route.agent})`);
  }
  addKeys(methods, tried, username, usual, false);
  return { methods, tried };
}

/** An agent that answers, with its keys; what is wrong with one that does not is noted. */
async function openAgent(socket: string | undefined, tried: string[]): Promise<{ agent: BaseAgent; keys: Buffer[] } | undefined> {
  if (socket === undefined) return undefined;
  const agent = ssh2.createAgent(socket);
  try {
    return { agent, keys: (await identities(agent)).map(publicBytes) };
  } catch (error) {
    tried.push(`the agent at ${socket} (not used: ${(error as Error).message})`);
    return undefined;
  }
}

function addKeys(methods: AnyAuthMethod[], tried: string[], username: string, keys: readonly LoadedKey[], named: boolean): void {
  for (const loaded of keys) {
    if (loaded.kind === 'key') {
      methods.push({ type: 'publickey', username, key: loaded.key as unknown as Buffer });
      tried.push(loaded.file);
    } else if (loaded.kind === 'unusable') tried.push(`${loaded.file} (not used: ${loaded.problem})`);
    else if (named) tried.push(`${loaded.file} (there is no such file)`);
  }
}

function addPassword(methods: AnyAuthMethod[], tried: string[], username: string, password: string): void {
  const answer = (_name: string, _instructions: string, _lang: string, prompts: readonly Prompt[], finish: (answers: string[]) => void) => finish(prompts.map((prompt) => (prompt.echo ? '' : password)));
  methods.push({ type: 'password', username, password }, { type: 'keyboard-interactive', username, prompt: answer as never });
  tried.push('the password');
}

/** The public halves of keys, where they are known. */
function publicKeys(keys: readonly LoadedKey[]): Buffer[] {
  return keys.flatMap((loaded) => (loaded.kind === 'key' ? [loaded.key.getPublicSSH()] : loaded.kind === 'unusable' && loaded.publicKey ? [loaded.publicKey] : []));
}

/** An agent that shows some of its keys only. */
function onlyKeys(agent: BaseAgent, wanted: readonly Buffer[]): BaseAgent {
  const getIdentities = (done: (error: Error | null, keys?: ParsedKey[]) => void) => {
    identities(agent).then((keys) => done(null, keys.filter((key) => wanted.some((each) => each.equals(publicBytes(key))))), done);
  };
  return Object.assign(Object.create(agent) as BaseAgent, { getIdentities });
}

function identities(agent: BaseAgent): Promise<ParsedKey[]> {
  return promisify(agent.getIdentities.bind(agent) as (done: (error: Error | null, keys: ParsedKey[]) => void) => void)();
}

function publicBytes(key: ParsedKey | Buffer): Buffer {
  return Buffer.isBuffer(key) ? key : key.getPublicSSH();
}
