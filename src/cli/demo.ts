/** `wardwatch demo` (and `npm start`): the shipped captures, replayed and served, to look around in. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { publishedKey } from '../pipeline/key.ts';
import { fillWithDay } from './demo-day.ts';
import { defaultFolder, inFolder } from './folders.ts';
import { type InfluxTarget, influxTarget, type LearnUntil, type Listen } from './options.ts';
import { DONE, Failure, type Status } from './outcome.ts';
import { packageFolder } from './package-folder.ts';
import type { Finish } from './program.ts';
import { replayInto, statusOf } from './replay.ts';
import type { ReplayReport } from './replay-schema.ts';
import { listenOption } from './serve.ts';
import { mustBePrivate, saySetup, serveUntilStopped } from './serving.ts';
import { settings } from './settings.ts';
import { withStopSignal } from './signals.ts';
import { withStoreToRead } from './stores.ts';
import { shortSummary } from './summary.ts';
import { print, say } from './terminal.ts';

/** The name is fixed so that a demo into the same folder starts the same run afresh. */
const RUN = 'demo';
/** From where on the demo is in watch: shortly before the first attack (captures/README.md). */
const LEARN_UNTIL: LearnUntil = { afterUs: 19 * 60e6 };

interface Options {
  into?: string;
  listen: Listen;
  influx?: InfluxTarget;
  serve: boolean;
}

export function demoCommand(finish: Finish): Command {
  return new Command('demo')
    .description('Replay the shipped captures into a fresh store and serve them.')
    .option('--into <folder>', 'keep the store here (default: a temporary one)')
    .addOption(listenOption('where to listen; a taken port gives way to the next free one'))
    .option(
      '--influx <url>',
      'fill http://[user:password@]host:port[/database] with a synthetic day that ends now',
      influxTarget,
    )
    .option('--no-serve', 'end after the summary')
    .addHelpText(
      'after',
      `
Examples:
  $ wardwatch demo
  $ wardwatch demo --into ./store --no-serve
  $ wardwatch demo --influx http://127.0.0.1:8086/wardwatch`,
    )
    .action(async (options: Options) => {
      finish(await demo(options));
    });
}

async function demo(options: Options): Promise<Status> {
  const configuration = await settings(undefined, options.influx, 'demo');
  const request = {
    inputs: [demoCaptures()],
    run: RUN,
    // The captures are of a day gone by: InfluxDB gets a day that ends now.
    configuration: { ...configuration, outputs: { ...configuration.outputs, influx: null } },
    workers: 1,
    speed: 0,
    learnUntil: LEARN_UNTIL,
    baselineFrom: null,
    rebaseNow: false,
    key: publishedKey,
    spoolFolder: options.into ?? defaultFolder(),
  };
  if (options.serve) mustBePrivate(options.listen, request.configuration);
  return withStopSignal((stop) =>
    inFolder(options.into, async (folder) => {
      const result = await replayInto(folder, request, stop);
      print(shortSummary(result.report as unknown as ReplayReport));
      if (configuration.outputs.influx !== null) await fillWithDay(folder, { ...request, configuration }, stop);
      if (!options.serve) return statusOf(result);
      await withStoreToRead(folder, (store) =>
        serveUntilStopped({
          folder,
          store,
          configuration: request.configuration,
          desk: null,
          listen: options.listen,
          hosts: [],
          nextFree: true,
          onReady: (address, setupLink) => {
            print(`ready ${address}`);
            saySetup(setupLink);
            if (process.stderr.isTTY) say('Open it in a browser; Ctrl-C ends the demo.');
          },
          stop,
        }),
      );
      return DONE;
    }),
  );
}

/** Named from here when they are below, so that the run looks the same in every checkout. */
function demoCaptures(): string {
  const folder = join(packageFolder(), 'captures', 'demo');
  try {
    if (readdirSync(folder).length === 0) throw new Failure('captures/demo is empty');
  } catch (error) {
    throw error instanceof Failure ? error : new Failure('the package is incomplete: captures/demo is missing');
  }
  const near = relative(process.cwd(), folder);
  return near.startsWith('..') ? folder : near;
}
