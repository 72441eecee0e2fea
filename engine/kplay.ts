/** The whole pipeline on one screen, and the programmatic API. */
import { checkPlaybookVars } from './inventory/check-variables.ts';
import type { Inventory } from './inventory/inventory.ts';
import { readInventory } from './inventory/read-inventory.ts';
import { openCatalogue, type Catalogue } from './module/catalogue.ts';
import type { Playbook } from './playbook/playbook.ts';
import { openReading, readPlaybook } from './playbook/read-playbook.ts';
import { checkRun } from './run/check-run.ts';
import { askPrompts, type Ask } from './run/prompts.ts';
import { openRun, runPlaybooks, type Ending } from './run/run-playbooks.ts';
import type { Run, RunOptions } from './run/run.ts';
import { placeText } from './source/source.ts';

/** What is to be played, and how. */
export interface Playing extends RunOptions {
  /** Files of playbooks, in order. */
  readonly playbooks: readonly string[];
  /** Inventories: files, folders, scripts, lists of hosts with commas; later ones win. */
  readonly inventories: readonly string[];
  /** Folder of the modules. */
  readonly modules: string;
  /** Called once all is read and nothing is checked yet, for those who keep times. */
  readonly onRead?: (() => void) | undefined;
}

/** Playbooks and inventory, read and checked; nothing has been touched. */
export interface Prepared {
  readonly run: Run;
  readonly inventory: Inventory;
  readonly catalogue: Catalogue;
  readonly playbooks: readonly Playbook[];
}

/** Reads and checks everything that can be checked without a host. Throws TextError with all problems at once. */
export async function prepare(playing: Playing): Promise<Prepared> {
  const catalogue = openCatalogue(playing.modules);
  const inventory = await readInventory(playing.inventories);
  const reading = openReading(catalogue);
  const playbooks: Playbook[] = [];
  for (const file of playing.playbooks) playbooks.push(await readPlaybook(reading, file));
  playing.onRead?.();
  const folders = new Set(playbooks.flatMap((playbook) => playbook.plays.map((play) => play.folder)));
  const warnings = [...inventory.warnings, ...[...folders].flatMap((folder) => checkPlaybookVars(inventory, folder))];
  const run = openRun(inventory, reading, playing);
  warnings.push(...(await checkRun(run, playbooks, reading.problems)));
  for (const { message, hint, span } of warnings) playing.report({ event: 'warning', message: hint ? `${message} (${hint})` : message, place: span && placeText(span) });
  return { run, inventory, catalogue, playbooks };
}

/** Asks for what plays want to be told (`vars_prompt`). Throws TextError where a question has no answer. */
export async function answer({ run, playbooks }: Prepared, ask: Ask): Promise<void> {
  await askPrompts(run, playbooks, ask);
}

/** Plays what was prepared, to the recap. */
export async function play(prepared: Prepared): Promise<Ending> {
  return runPlaybooks(prepared.run, prepared.playbooks);
}
