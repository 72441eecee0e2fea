/** Plays playbooks for real, on hosts that are this machine (`connection: local`), in a temporary folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { readExtraVars } from '../../engine/cli/extra-vars.ts';
import type { Event, HostTotals, Outcome } from '../../engine/event/event.ts';
import { play, prepare, type Playing } from '../../engine/kplay.ts';
import { connect } from '../../engine/session/open.ts';
import { TextError, problemText } from '../../engine/source/problem.ts';
import { tempFolder } from './try-module.ts';

/** Files by path; `site.yml` is played, `hosts` is the inventory (default: three local hosts). */
export type Files = Readonly<Record<string, string>>;

export interface Played {
  readonly folder: string;
  readonly events: readonly Event[];
  readonly hosts: Readonly<Record<string, HostTotals>>;
  /** `host task: status`, in order; items as `host task [label]: status`. */
  readonly told: readonly string[];
  /** Messages of debug tasks, in order, as `host: text`. */
  readonly said: readonly string[];
  outcome(host: string, task: string): Outcome;
}

const modules = fileURLToPath(new URL('../../modules/', import.meta.url));
const threeHosts = '[all:vars]\nansible_connection=local\n[web]\nh1\nh2\n[db]\nh3\n';

/** Writes files into a new folder; relative names. */
export async function writeFiles(t: ExecutionContext, files: Files): Promise<string> {
  const folder = await tempFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** Plays `site.yml`; options as on the command line. Facts are not gathered unless the files ask for it. */
export async function playFiles(t: ExecutionContext, files: Files, options: Partial<Playing> & { readonly extra?: readonly string[] } = {}): Promise<Played> {
  const folder = await writeFiles(t, { hosts: threeHosts, ...files });
  return playFolder(folder, options);
}

/** Plays `site.yml` of a folder again. */
export async function playFolder(folder: string, options: Partial<Playing> & { readonly extra?: readonly string[] } = {}): Promise<Played> {
  const events: Event[] = [];
  const playing: Playing = {
    playbooks: [path.join(folder, 'site.yml')], inventories: [path.join(folder, 'hosts')], modules, connect, check: false, diff: true, forks: 10, verbosity: 0,
    tags: { only: [], skip: [] }, extraVars: readExtraVars([`dir=${folder}`, ...(options.extra ?? [])]), defaults: { become: false, becomeUser: 'root' },
    report: (event) => void events.push(event), signal: new AbortController().signal, now: Date.now, ...options,
  };
  const { hosts } = await play(await prepare(playing));
  const outcomes = events.filter((event) => event.event === 'outcome');
  return {
    folder, events, hosts,
    told: events.flatMap((event) => (event.event === 'outcome' ? [`${event.host} ${event.task.name}: ${event.outcome.status}`] : event.event === 'item' ? [`${event.host} ${event.task.name} [${event.label}]: ${event.outcome.status}`] : [])),
    said: outcomes.filter((event) => event.task.module === 'debug' && event.outcome.message !== undefined && event.outcome.status !== 'skipped').map((event) => `${event.host}: ${event.outcome.message}`),
    outcome(host, task) {
      const found = outcomes.find((event) => event.host === host && event.task.name === task);
      if (!found) throw new Error(`no outcome of "${task}" on ${host}`);
      return found.outcome;
    },
  };
}

/** The problems that are found before anything is touched, as people read them; paths relative to the folder. */
export async function problemsOf(t: ExecutionContext, files: Files, options: Partial<Playing> = {}): Promise<string[]> {
  const folder = await writeFiles(t, { hosts: threeHosts, ...files });
  const events: Event[] = [];
  try {
    await prepare({
      playbooks: [path.join(folder, 'site.yml')], inventories: [path.join(folder, 'hosts')], modules, connect: () => { throw new Error('a host was touched'); }, check: false, diff: false, forks: 1, verbosity: 0,
      tags: { only: [], skip: [] }, extraVars: readExtraVars([]), defaults: { become: false, becomeUser: 'root' }, report: (event) => void events.push(event), signal: new AbortController().signal, now: Date.now, ...options,
    });
    return [];
  } catch (error) {
    if (error instanceof TextError) return error.problems.map((each) => problemText(each).replaceAll(`${folder}/`, '').replaceAll(`${path.relative(process.cwd(), folder)}/`, ''));
    throw error;
  }
}

/** A play on `web` (h1, h2) without facts, around tasks that are indented by two. */
export function onWeb(tasks: string, head = ''): Files {
  return { 'site.yml': `- hosts: web\n  gather_facts: false\n${head}  tasks:\n${tasks.split('\n').map((line) => `    ${line}`).join('\n')}\n` };
}
