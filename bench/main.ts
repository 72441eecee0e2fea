/** `npm run bench`: hands the program the terminal and the signals. */
import { benches } from './benches.ts';
import { readMachine } from './machine.ts';
import { main } from './program.ts';

const stop = new AbortController();
let told = 0;

/** The first signal ends the run and undoes it; npm hands on the terminal's Ctrl-C once more, so only one that comes later ends the undoing too. */
function interrupt(): void {
  if (told > 0 && Date.now() - told > 2000) process.exit(130);
  if (told > 0) return;
  told = Date.now();
  process.stderr.write('\ninterrupted: undoing what was begun (again to leave it as it is)\n');
  stop.abort(new Error('interrupted'));
}

process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('SIGHUP', interrupt);
process.on('uncaughtException', (error) => {
  if (!stop.signal.aborted) process.stderr.write(`${error.stack}\n`);
  stop.abort(error);
});
// Nobody reads any more (`| head`): what was begun is undone all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', (error) => stop.abort(error));

const line = (stream: NodeJS.WriteStream) => (text: string): void => void stream.write(`${text}\n`);
// What an interrupted benchmark was waiting for would keep the process alive.
process.exit(await main(process.argv.slice(2), { benches, out: line(process.stdout), error: line(process.stderr), signal: stop.signal, machine: readMachine }));
