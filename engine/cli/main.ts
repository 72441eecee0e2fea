#!/usr/bin/env node
/** The command line: parse, call, set the exit code. */
import { keepCompiled } from './compile-cache.ts';

keepCompiled();
const { main } = await import('./program.ts');
process.exitCode = await main(process.argv.slice(2));
