/** Performs steps: as many as fit go as one request, large content goes before them on a channel of its own. */
import { setMaxListeners } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { fetchFile } from './fetch-file.ts';
import { printText } from './look.ts';
import type { Launch } from './pipes.ts';
import type { Pool } from './pool.ts';
import type { Command } from './request.ts';
import { lostShell } from './shell.ts';
import type { PerformOptions, Result, Session, StepResult } from './session.ts';
import type { Content, Run, ShellStep, Step } from './step.ts';
import { attributesText, directoryText, linkText, removeText, runCommand } from './step-text.ts';
import { uploadBeside, UploadFailed, uploadStdin, type Upload, type UploadContext } from './upload.ts';
import type { Wire } from './wire.ts';
import { newTemporaryName, placeText, writeText } from './write-text.ts';

/** Bytes of a write's content that still go inside a request. */
const inlineContent = 48 * 1024;
/** Bytes of a command's input that still go inside a request, and of a whole request. */
export const inlineStdin = 256 * 1024;
/** Seconds for a step of our own; a sync of a slow disk is within it. */
const stepTimeout = 600;
const outputCap = 1024 * 1024;

/** What performing needs: where commands go, and how uploads start as the same user. */
export interface PerformContext {
  readonly host: string;
  readonly pool: Pool;
  readonly launch: Launch;
  readonly sh: string;
  readonly wire: Wire;
}

/**
 * Gives `perform` over a pool of shells. A Compute's place in the results is taken by the results of the steps it
 * gave. After a step that failed there are no more results.
 */
export function createPerform(context: PerformContext): Session['perform'] {
  return async (steps, options = {}) => {
    const results: StepResult[] = [];
    // One signal ends a whole run: as many listen to it as there are hosts.
    if (options.signal) setMaxListeners(0, options.signal);
    let rest = [...steps];
    while (rest.length > 0) {
      const [first, ...others] = rest as [Step, ...Step[]];
      if (first.kind === 'compute') {
        rest = [...(await first.steps()), ...others];
        continue;
      }
      const done = await performSome(context, rest, options);
      results.push(...done);
      if (done.some(({ ok }) => !ok)) break;
      rest = rest.slice(done.length);
    }
    return results;
  };
}

/** Performs the first step, and those after it that can travel with it. */
async function performSome(context: PerformContext, steps: readonly Step[], options: PerformOptions): Promise<StepResult[]> {
  const first = steps[0]!;
  if (first.kind === 'fetch') {
    const result = await fetchFile(first, { ...context, onProgress: options.onProgress, signal: options.signal });
    return [{ ...result, step: first, ok: result.code === 0 }];
  }
  const size = await uploadSize(first);
  if (size === undefined) return runBatch(context, steps, await batchOf(steps, options), options.signal);
  let upload: Upload;
  try {
    upload = await uploadFor(first, size, { ...context, onProgress: options.onProgress, signal: options.signal });
  } catch (error) {
    if (error instanceof UploadFailed) return [{ ...emptyResult(options.signal?.aborted ? 130 : 1, error.message), step: first, ok: false }];
    throw error;
  }
  try {
    return await runBatch(context, steps, await batchOf(steps, options, upload), options.signal);
  } finally {
    await upload.done();
  }
}

function uploadFor(step: Step, size: number, context: UploadContext): Promise<Upload> {
  return step.kind === 'write' ? uploadBeside(step, size, context) : uploadStdin((step as Run).stdin!, context);
}

/** The commands that go together: up to a Compute, the next upload, or a full request. */
async function batchOf(steps: readonly Step[], options: PerformOptions, upload?: Upload): Promise<Command[]> {
  const commands: Command[] = [];
  let size = 0;
  for (const step of steps) {
    const first = commands.length === 0;
    if (step.kind === 'compute' || step.kind === 'fetch' || (!first && (await uploadSize(step)) !== undefined)) break;
    const command = await commandOf(step, options, first ? upload : undefined);
    size += command.text.length + (command.stdin?.length ?? 0);
    if (!first && size > inlineStdin) break;
    commands.push(command);
  }
  return commands;
}

export async function commandOf(step: ShellStep, { onOutput }: PerformOptions, upload?: Upload): Promise<Command> {
  if (step.kind === 'run') return runCommand(step, onOutput, upload?.path);
  return { kind: 'own', text: await ownText(step, upload), timeout: stepTimeout, cap: outputCap, allowed: [0] };
}

async function ownText(step: Exclude<ShellStep, Run>, upload: Upload | undefined): Promise<string> {
  switch (step.kind) {
    case 'write':
      return upload ? placeText(step, upload.name) : writeText(step, newTemporaryName(), printText(await bytesOf(step.content)));
    case 'directory':
      return directoryText(step);
    case 'link':
      return linkText(step, newTemporaryName());
    case 'remove':
      return removeText(step);
    case 'attributes':
      return attributesText(step);
  }
}

async function runBatch({ host, pool }: PerformContext, steps: readonly Step[], commands: readonly Command[], signal: AbortSignal | undefined): Promise<StepResult[]> {
  const { results, cut } = await pool.run(commands, signal);
  const done = commands.flatMap((command, index): StepResult[] => {
    const result = results[index];
    return result ? [stepResult(steps[index]!, command, result)] : [];
  });
  const next = steps[done.length];
  // An answer that lacks a command's end is no reason to run the command again.
  if (cut === undefined && done.length < commands.length && done.every(({ ok }) => ok)) throw lostShell(host);
  if (cut === 'abort' && next && done.every(({ ok }) => ok)) done.push({ ...emptyResult(130, 'ended before it began'), step: next, ok: false });
  return done;
}

/** What a command's end means for its step. */
export function stepResult(step: Step, command: Command, result: Result): StepResult {
  const said = command.skipMark === undefined ? '' : result.stdout.toString('latin1');
  const skipped = (['creates', 'removes', 'cwd'] as const).find((each) => said === `${command.skipMark}-${each}`);
  return skipped ? { ...result, stdout: Buffer.alloc(0), step, ok: isAllowed(command, result.code), skipped } : { ...result, step, ok: isAllowed(command, result.code) };
}

function isAllowed({ allowed }: Command, code: number): boolean {
  return allowed === 'any' || (allowed ?? [0]).includes(code);
}

export function emptyResult(code: number, message: string): Result {
  return { code, stdout: Buffer.alloc(0), stderr: Buffer.from(message), truncated: false, duration: 0 };
}

/** The bytes that a step's content has where they go on a channel of their own. */
export async function uploadSize(step: Step): Promise<number | undefined> {
  if (step.kind === 'write') {
    const size = await contentSize(step.content);
    return size > inlineContent ? size : undefined;
  }
  if (step.kind === 'fetch') return step.size ?? 0;
  if (step.kind !== 'run' || step.stdin === undefined) return undefined;
  const size = Buffer.byteLength(step.stdin);
  return size > inlineStdin ? size : undefined;
}

async function contentSize(content: Content): Promise<number> {
  if ('text' in content) return Buffer.byteLength(content.text);
  return 'bytes' in content ? content.bytes.length : (await stat(content.localPath)).size;
}

async function bytesOf(content: Content): Promise<string | Buffer> {
  if ('text' in content) return content.text;
  return 'bytes' in content ? content.bytes : readFile(content.localPath);
}
