/** All that a module file may import from the engine. */
export * as z from 'zod';
export { defineModule, type Evidence, type Here, type LocalFile, type Module, type Rule } from './module.ts';
export { Missing, ModuleFailure, type Change, type NotYet, type Plan, type Thing, type ThingState, type Until } from './change.ts';
export { expression, fileMode, flag, listOf, localFile, localTemplate, seconds, secret, text, whole } from './params.ts';
export { LookFailed, textOf, TooLarge, Unreachable, type AskOptions, type Probe, type Result, type Stat, type StepResult } from '../session/session.ts';
export type { Content, Left, Run, Step, Write } from '../session/step.ts';
export { quote, quoteAll } from '../session/quote.ts';
export { foldersAbove } from './host-paths.ts';
export { readYaml } from './read-yaml.ts';
export { writeYaml } from './write-yaml.ts';
export { nearest, nearestHint } from '../source/nearest.ts';
