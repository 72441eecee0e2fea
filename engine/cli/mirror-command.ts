/** `kplay mirror`: its words on the command line. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Context } from './context.ts';
import type { MirrorFetchFlags } from './mirror-fetch.ts';
import type { MirrorListFlags } from './mirror-list.ts';
import { repeatable } from './repeatable.ts';
import { addHostOptions } from './run-options.ts';

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
  const platform = repeatable('--platform <platform>', 'what hosts are that are not there yet, such as debian-12-amd64; HOSTS=PLATFORM for some of them; repeatable');
  addHostOptions(mirror.command('list').description('list the files, images and packages that a run needs from outside').argument('<playbooks...>', 'playbook files'))
    .addOption(platform)
    .option('--in <dir>', 'say what of it a mirror folder has, and how large it is')
    .option('--json', 'as JSON')
    .action(async (playbooks: string[], flags: MirrorListFlags) => done(await (await import('./mirror-list.ts')).mirrorList(playbooks, flags, context)));
  addHostOptions(mirror.command('fetch').description('fetch all that into a folder; what is there and right is not fetched again').argument('<playbooks...>', 'playbook files'))
    .requiredOption('--to <dir>', 'the folder')
    .addOption(platform)
    .addOption(repeatable('--only <kinds>', 'only these of files, images, packages', true))
    .addOption(repeatable('--sources <platform=file>', 'package sources of a platform (.sources, .list, .repo); default: this host\'s, for its own release alone; repeatable'))
    .action(async (playbooks: string[], flags: MirrorFetchFlags) => done(await (await import('./mirror-fetch.ts')).mirrorFetch(playbooks, flags, context)));
  mirror.command('push').description('push the images of a mirror folder to a registry, each under its whole upstream name').argument('<dir>', 'the folder')
    .argument('<registry>', 'HOST[:PORT][/PATH], http:// before it where it has no TLS; who may push there stands in skopeo\'s own file (skopeo login)')
    .action(async (folder: string, registry: string) => done(await (await import('./mirror-push.ts')).mirrorPush(folder, registry, context)));
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
