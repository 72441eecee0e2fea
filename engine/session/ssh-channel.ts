/** Processes over ssh: one exec channel each, as Pipes. */
import { setTimeout } from 'node:timers/promises';
import type { Client, ClientChannel } from 'ssh2';
import { createChannelGate } from './channel-gate.ts';
import type { Transport } from './connection.ts';
import type { Ended, Launch, Pipes } from './pipes.ts';
import { Unreachable } from './session.ts';
import { lostShell } from './shell.ts';

/** sshd allows 10 sessions unless told otherwise; two are left for others. */
const mostChannels = 8;
/** Milliseconds to wait for another process of ours to end where the host allows no more. */
const patience = 15_000;
/** Milliseconds in which the last output follows the exit status. */
const afterword = 500;

/** Gives the launch of a connection. `pressure` is called where a channel is wanted and none is free. */
export function channelLaunch(host: string, client: Client, alive: () => boolean, pressure: () => void): Pick<Transport, 'launch' | 'crowded'> {
  const gate = createChannelGate(mostChannels);
  const enter = async (patient: boolean) => {
    if (gate.full()) pressure();
    try {
      await gate.enter(patient ? patience : 0);
    } catch {
      throw new Unreachable(host, 'login', 'the host allows too few sessions on one connection', 'raise MaxSessions in its sshd_config to 4 or more');
    }
  };
  const launch: Launch = async (command, patient = true) => {
    await enter(patient);
    for (let tries = 1; ; tries++) {
      const pipes = alive() ? await openPipes(client, command) : new Error('the connection was lost');
      if (!(pipes instanceof Error)) {
        void pipes.ended.then(gate.leave);
        return pipes;
      }
      if (!/open failed|administratively prohibited|Channel open failure/i.test(pipes.message) || !alive()) {
        gate.leave();
        throw alive() ? new Unreachable(host, 'login', `the host starts no command: ${pipes.message}`) : lostShell(host);
      }
      pressure();
      // sshd may not have noticed yet that an earlier session is over.
      if (tries <= 3) {
        await setTimeout(tries * 100);
        continue;
      }
      gate.refused();
      if (gate.empty()) throw new Unreachable(host, 'login', `the host allows no session: ${pipes.message}`, 'look at MaxSessions in its sshd_config, and at what its log says');
      await enter(patient);
    }
  };
  return { launch, crowded: gate.crowded };
}

/**
 * An Error as a value, for what a server may refuse. The channel is listened to at once: the end of a command that ends at once
 * may come with the news that it has begun.
 */
function openPipes(client: Client, command: string): Promise<Pipes | Error> {
  return new Promise((resolve) => {
    const lost = () => resolve(new Error('the connection was lost'));
    client.once('close', lost);
    try {
      client.exec(command, (error, channel) => {
        client.off('close', lost);
        resolve(error ?? pipesOf(channel));
      });
    } catch (error) {
      client.off('close', lost);
      resolve(error as Error);
    }
  });
}

function pipesOf(channel: ClientChannel): Pipes {
  let code: number | undefined;
  let exited = false;
  const ended = new Promise<Ended>((resolve) => {
    channel.on('exit', (status: number | null) => {
      exited = true;
      code = status ?? undefined;
      // Somebody on the host may hold the output for ever; the process itself is gone.
      void setTimeout(afterword, undefined, { ref: false }).then(destroy);
    });
    channel.on('close', () => resolve({ code, lost: !exited }));
  });
  const destroy = () => {
    channel.stderr.resume();
    channel.resume();
    channel.close();
  };
  channel.on('error', () => undefined);
  channel.stderr.on('error', () => undefined);
  return { stdin: channel, stdout: channel, stderr: channel.stderr, ended, destroy };
}
