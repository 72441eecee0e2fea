/** Becoming another user by sudo: its password is sent only after sudo has asked for it, and never stands in an argv. */
import { newMarker } from './frame.ts';
import type { Launch, Pipes } from './pipes.ts';
import { quote } from './quote.ts';
import { Unreachable, type Become } from './session.ts';

const noPassword = 'give it with -K or ansible_become_password, or allow it in sudoers with NOPASSWD';
const wrongPassword = "check -K or ansible_become_password: it is the login user's password that sudo asks for";

/** Milliseconds for sudo to ask and to answer; its own delay after a wrong password is two seconds. */
const patience = 30_000;

/** Gives a launch that starts text as `become.user`; it throws {@link Unreachable} `become` where sudo says no. */
export function becomeLaunch(host: string, launch: Launch, become: Become): Launch {
  return async (command, patient) => {
    const prompt = newMarker();
    const ready = newMarker();
    const inner = `echo; echo ${ready}; ${command}`;
    const pipes = await launch(`exec sudo -S -p ${prompt} -u ${quote(become.user)} -H /bin/sh -c ${quote(inner)}`, patient);
    pipes.stdin.on('error', () => undefined);
    try {
      await handshake(host, pipes, become, prompt, ready);
    } catch (error) {
      pipes.destroy();
      throw error;
    }
    return pipes;
  };
}

/** Waits for the shell behind sudo; what it printed after its ready line is given back to the stream. */
function handshake(host: string, pipes: Pipes, become: Become, prompt: string, ready: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let out = Buffer.alloc(0);
    let said = '';
    let asked = 0;
    const timer = setTimeout(() => fail(`sudo has neither asked for a password nor gone on in ${patience / 1000} s`), patience);
    const done = (settle: () => void) => {
      clearTimeout(timer);
      pipes.stdout.off('data', onOut);
      pipes.stderr.off('data', onErr);
      settle();
    };
    const fail = (message: string, hint?: string) => done(() => reject(new Unreachable(host, 'become', message, hint)));
    const onOut = (chunk: Buffer) => {
      out = Buffer.concat([out, chunk]);
      const at = out.indexOf(`${ready}\n`);
      if (at < 0) return;
      const rest = out.subarray(at + ready.length + 1);
      done(() => {
        pipes.stdout.pause();
        pipes.stderr.pause();
        if (rest.length > 0) pipes.stdout.unshift(rest);
        resolve();
      });
    };
    const onErr = (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-8192);
      const times = said.split(prompt).length - 1;
      if (times <= asked) return;
      asked = times;
      if (become.password === undefined) fail(`sudo asks for a password to become ${become.user}, and none was given`, noPassword);
      else if (asked > 1) fail(`sudo did not take the password to become ${become.user}`, wrongPassword);
      else pipes.stdin.write(`${become.password}\n`);
    };
    pipes.stdout.on('data', onOut);
    pipes.stderr.on('data', onErr);
    void pipes.ended.then(({ code, lost }) => {
      if (lost) return done(() => reject(new Unreachable(host, 'lost', 'the connection was lost while sudo was asked')));
      const [message, hint] = explain(said.replaceAll(prompt, '').trim(), code, become.user);
      fail(message, hint);
    });
  });
}

/** What sudo's last words mean and what to do; words that we do not know are shown as they are. */
function explain(said: string, code: number | undefined, user: string): [string, string?] {
  const words = said.split('\n').filter((line) => line.trim() !== '').slice(-3).join('; ');
  const known = refusals.find(([pattern]) => pattern.test(said));
  if (known) return [`cannot become ${user}: ${known[1]} (${words})`, known[2]];
  if (code === 127) return [`cannot become ${user}: there is no sudo on the host`, 'install sudo, or log in as that user'];
  return [`cannot become ${user}: sudo ended with code ${code ?? 'unknown'}${words ? `: ${words}` : ''}`];
}

const refusals: readonly (readonly [RegExp, string, string])[] = [
  [/must have a tty|no tty present|a terminal is required/i, 'sudo wants a terminal', 'remove requiretty from sudoers (Defaults !requiretty), or allow this user NOPASSWD'],
  [/not in the sudoers|may not run sudo|is not allowed to (execute|run)|not allowed to/i, 'sudoers does not allow it', 'allow the login user to run /bin/sh as that user; sudoers limited to single commands is not enough'],
  [/unknown user/i, 'there is no such user', 'create the user first, or correct become_user'],
  [/a password is required|incorrect password|try again/i, 'the password was not taken', wrongPassword],
  [/account.*(expired|validation)|password has expired/i, 'the account has expired', 'renew the account on the host'],
  [/effective uid is not 0|no new privileges|setuid/i, 'sudo cannot change the user here', 'sudo must be setuid root, on a file system without nosuid, and without no_new_privs'],
  [/(sudo|exec): .*not found|command not found/i, 'there is no sudo on the host', 'install sudo, or log in as that user'],
];
