/** `wardwatch serve`: API and console over a store that somebody else writes, or nobody any more. */
import { Command, Option } from 'commander';
import type { Configuration } from '../configuration.ts';
import { defaultFolder } from './folders.ts';
import { type Listen, listen, listenText } from './options.ts';
import { saySetup, serveUntilStopped } from './serving.ts';
import { settings } from './settings.ts';
import { withStopSignal } from './signals.ts';
import { withStoreToRead } from './stores.ts';
import { print } from './terminal.ts';

export const DEFAULT_LISTEN: Listen = { host: '127.0.0.1', port: 8470 };

interface Options {
  into?: string;
  config?: string;
  listen: Listen;
  tls?: true;
  allowHost: string[];
}

export function listenOption(description: string): Option {
  return new Option('--listen <address:port>', description)
    .argParser(listen)
    .default(DEFAULT_LISTEN, listenText(DEFAULT_LISTEN));
}

export function tlsOption(): Option {
  return new Option('--tls', 'encrypt with a certificate that is made here, unless the configuration names one');
}

/** `--tls` without a word about it in the configuration. */
export function withTls(configuration: Configuration, wanted: true | undefined): Configuration {
  if (wanted === true) configuration.api.tls ??= { certificateFile: null, keyFile: null, names: [] };
  return configuration;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve API and console over a store. What people decide is written to it when nobody else writes.')
    .option('--into <folder>', 'folder of the store')
    .option('--config <file>', 'configuration (docs/configuration.md)')
    .addOption(listenOption('where to listen'))
    .addOption(tlsOption())
    .option('--allow-host <name...>', 'host names beside localhost under which it may be asked', [])
    .addHelpText(
      'after',
      `
Examples:
  $ wardwatch serve
  $ wardwatch serve --into ./store --listen 127.0.0.1:9000
  $ wardwatch serve --tls --listen 10.20.0.5:8470        # other machines; docs/access.md`,
    )
    .action(serve);
}

async function serve(options: Options): Promise<void> {
  const folder = options.into ?? defaultFolder();
  const configuration = withTls(await settings(options.config), options.tls);
  await withStoreToRead(folder, (store) =>
    withStopSignal((stop) =>
      serveUntilStopped({
        folder,
        store,
        configuration,
        desk: null,
        listen: options.listen,
        hosts: options.allowHost,
        nextFree: false,
        onReady: (address, setupLink) => {
          print(`ready ${address}`);
          saySetup(setupLink);
        },
        stop,
      }),
    ),
  );
}
