/**
 * wardwatch: a passive sensor for the network traffic of medical devices.
 *
 * The composition root. Nothing heavy is imported before the command is known, so that `--help` and a
 * wrong option answer at once.
 */
import { once } from 'node:events';
import { quietWarnings } from './cli/warnings.ts';

quietWarnings();
const { runProgram } = await import('./cli/program.ts');
const status = await runProgram(process.argv.slice(2));
// Whatever still holds the event loop (a keep-alive socket, a worker) must not keep a finished program alive.
for (const stream of [process.stdout, process.stderr]) {
  if (stream.writableNeedDrain) await once(stream, 'drain').catch(() => undefined);
}
process.exit(status);
