/** `wardwatch watch`: listens to mirrored traffic until it is asked to stop. */
import { MessageChannel } from 'node:worker_threads';
import { Command } from 'commander';
import { ApiThread } from './api-thread.ts';
import { defaultFolder } from './folders.ts';
import { readKey, siteKey } from './keys.ts';
import { type Listen, listen, workers } from './options.ts';
import { DONE, Failure, reasonOf, UsageError } from './outcome.ts';
import type { Finish } from './program.ts';
import { auditRaw } from './raw.ts';
import { tlsOption, withTls } from './serve.ts';
import { mustBePrivate, saySetup } from './serving.ts';
import { settings } from './settings.ts';
import { withStopSignal } from './signals.ts';
import { withStore } from './stores.ts';
import { say } from './terminal.ts';

interface Options {
  interface?: string[];
  into?: string;
  config?: string;
  workers: number;
  listen?: Listen;
  tls?: true;
}

export function watchCommand(finish: Finish): Command {
  return new Command('watch')
    .description('Listen to interfaces that receive mirrored traffic. Nothing is ever sent on them.')
    .option('--interface <name...>', 'interfaces (default: those of the configuration)')
    .option('--into <folder>', 'folder of the store')
    .option('--config <file>', 'configuration (docs/configuration.md)')
    .option('--workers <count>', 'capture threads for each interface', workers, 1)
    .option('--listen <address:port>', 'serve API and console here as well', listen)
    .addOption(tlsOption())
    .addHelpText(
      'after',
      `
Examples:
  $ wardwatch watch --interface eth1
  $ wardwatch watch --interface eth1 eth2 --listen 127.0.0.1:8470 --config /etc/wardwatch/wardwatch.yaml

Needs CAP_NET_RAW: run it as the service of deploy/wardwatch.service, or as root. wardwatch doctor says what is missing.`,
    )
    .action(async (options: Options) => {
      await watchUntilStopped(options);
      finish(DONE);
    });
}

async function watchUntilStopped(options: Options): Promise<void> {
  const configuration = withTls(await settings(options.config), options.tls);
  if (options.listen !== undefined) mustBePrivate(options.listen, configuration);
  const interfaces = options.interface ?? configuration.capture.interfaces;
  if (interfaces.length === 0) throw new UsageError('no interface: name one with --interface or in capture.interfaces');
  const folder = options.into ?? defaultFolder();
  // Made here first, so that a folder that cannot be written ends the command before anything listens.
  await withStore(folder, configuration.retention, async () => undefined);
  const key = makeKey(() => siteKey(folder, configuration));
  const { rawCaptureKeyFile } = configuration.privacy;
  const rawKey = rawCaptureKeyFile === null ? null : readKey(rawCaptureKeyFile);
  const { watch } = await import('../pipeline/watch.ts');
  let api: ApiThread | null = null;
  // What people decide goes from the API straight to the analyst, whose baseline it is.
  const desk = new MessageChannel();
  await withStopSignal(async (stop) => {
    const onReady = async (): Promise<void> => {
      if (options.listen === undefined) return;
      api = await ApiThread.start({ folder, listen: options.listen, configuration, desk: desk.port2 }, say);
    };
    const onBegun = (): void => {
      if (api !== null) {
        say(`ready ${api.address}`);
        saySetup(api.setupLink);
      }
      say(`listening to ${interfaces.join(', ')}; store ${folder}`);
    };
    try {
      await watch({
        interfaces,
        configuration,
        workers: options.workers,
        folder,
        key,
        rawKey,
        onRaw: (row) => auditRaw(folder, row),
        desk: desk.port1,
        onReady,
        onBegun,
        onState: say,
        signal: stop,
      });
    } finally {
      await api?.stop();
    }
  });
}

function makeKey(make: () => Uint8Array): Uint8Array {
  try {
    return make();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new Failure(`the key of this site cannot be kept: ${reasonOf(error)}`);
  }
}
