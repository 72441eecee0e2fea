/** `kplay mirror`: its words on the command line. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Context } from './context.ts';

/** Where to listen. */
export interface Listen {
  readonly address: string;
  readonly port: number;
}

export interface MirrorServeFlags {
  readonly listen: Listen;
}

/** Adds the commands. */
export function addMirror(program: Command, context: Context, done: (code: number) => void): void {
  const mirror = program.command('mirror').description('files, packages and images for hosts that have no way out');
  mirror.command('serve').description('serve a mirror folder: files at /HOST/PATH, packages at /packages/, images as a registry at /v2/')
    .argument('<dir>', 'the folder')
    .addOption(new Option('--listen <address:port>', 'where to listen; an IPv6 address stands in brackets').argParser(listenOf).default(listenOf('127.0.0.1:8080'), '127.0.0.1:8080'))
    .action(async (folder: string, flags: MirrorServeFlags) => done(await (await import('./mirror-serve.ts')).mirrorServe(folder, flags, context)));
}

/** Reads "127.0.0.1:8080", "[::1]:8080". */
function listenOf(value: string): Listen {
  const [, address, port] = /^(\d+(?:\.\d+){3}|\[[0-9a-fA-F:]+\]):(\d+)$/.exec(value) ?? [];
  if (!address || Number(port) > 65535) throw new InvalidArgumentError('Expected an address and a port, such as 0.0.0.0:8080.');
  return { address: address.replace(/[[\]]/g, ''), port: Number(port) };
}
