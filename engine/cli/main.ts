#!/usr/bin/env node
/** The command line: parse, call, set the exit code. */
import { main } from './program.ts';

process.exitCode = await main(process.argv.slice(2));
