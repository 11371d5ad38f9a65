/** All commands, their help, and how trouble becomes an exit status with one clear line. */
import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../configuration.ts';
import { alertsCommand } from './alerts.ts';
import { baselineCommand } from './baseline.ts';
import { demoCommand } from './demo.ts';
import { devicesCommand } from './devices.ts';
import { doctorCommand } from './doctor.ts';
import { evaluateCommand } from './evaluate.ts';
import { heldCommand } from './held.ts';
import { inventoryCommand } from './inventory.ts';
import { DONE, FAILED, Failure, Interrupted, reasonOf, type Status, UsageError, WRONG_USAGE } from './outcome.ts';
import { version } from './package-folder.ts';
import { rawCommand } from './raw.ts';
import { recallsCommand } from './recalls.ts';
import { replayCommand } from './replay.ts';
import { serveCommand } from './serve.ts';
import { say } from './terminal.ts';
import { watchCommand } from './watch.ts';

/** A command hands its exit status to this. */
export type Finish = (status: Status) => void;

export async function runProgram(args: readonly string[]): Promise<Status> {
  let status: Status = DONE;
  const finish: Finish = (value) => {
    status = value;
  };
  const program = new Command('wardwatch')
    .description('Listens to the network traffic of medical devices: what is there, what is usual, what is suspicious.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError(true)
    .enablePositionalOptions()
    .addHelpText('after', help);
  const commands = [
    replayCommand(finish),
    watchCommand(finish),
    serveCommand(),
    demoCommand(finish),
    devicesCommand(),
    alertsCommand(),
    rawCommand(finish),
    heldCommand(),
    baselineCommand(),
    inventoryCommand(finish),
    recallsCommand(finish),
    evaluateCommand(finish),
    doctorCommand(finish),
  ];
  for (const command of commands) program.addCommand(command.helpOption('-h, --help', 'print help'));
  for (const command of [program, ...commands, ...commands.flatMap((one) => one.commands)]) {
    command.exitOverride().configureOutput({ outputError: (text, write) => write(oneLine(text)) });
  }
  if (args.length === 0) {
    say(`wardwatch: a command is missing; one of ${commands.map((command) => command.name()).join(', ')} (see --help)`);
    return WRONG_USAGE;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    return statusOf(error);
  }
}

const help = `
Examples:
  $ wardwatch demo                                 replay the shipped captures and look around
  $ wardwatch replay mirror.pcapng --json          what is in a capture, as one JSON object
  $ wardwatch watch --interface eth1               listen to a mirrored switch port
  $ wardwatch devices                              who is on the network

Exit status:
  0  done
  1  nothing readable, or the store or the listening socket failed
  2  wrong options or configuration
  3  done, but some input was unreadable, truncated or of an unknown link type`;

/** Commander says "error: … (Did you mean …?)" on two lines; one is enough. */
function oneLine(text: string): string {
  return `wardwatch: ${text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')}\n`;
}

function statusOf(error: unknown): Status {
  // Commander has printed its own line; --help and --version come this way too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
  if (error instanceof ConfigurationError) {
    say(error.message);
    return WRONG_USAGE;
  }
  if (error instanceof UsageError) {
    say(`wardwatch: ${error.message}`);
    return WRONG_USAGE;
  }
  if (error instanceof Interrupted) {
    say(`wardwatch: ${error.message}`);
    return error.status;
  }
  if (error instanceof Failure) {
    say(`wardwatch: ${error.message}`);
    return FAILED;
  }
  say(`wardwatch: ${reasonOf(error)}`);
  if (process.env.WARDWATCH_DEBUG !== undefined && error instanceof Error) say(error.stack ?? '');
  return FAILED;
}
