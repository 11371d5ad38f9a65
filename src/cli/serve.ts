/** `wardwatch serve`: the API over a store that somebody else writes, or nobody any more. */
import { Command, Option } from 'commander';
import { isLoopbackHost } from '../api/listen.ts';
import { defaultFolder } from './folders.ts';
import { type Listen, listen, listenText } from './options.ts';
import { serveUntilStopped, warnIfOpen } from './serving.ts';
import { withStopSignal } from './signals.ts';
import { withStoreToRead } from './stores.ts';
import { print } from './terminal.ts';

export const DEFAULT_LISTEN: Listen = { host: '127.0.0.1', port: 8470 };

interface Options {
  into?: string;
  listen: Listen;
  allowHost: string[];
}

export function listenOption(description: string): Option {
  return new Option('--listen <address:port>', description)
    .argParser(listen)
    .default(DEFAULT_LISTEN, listenText(DEFAULT_LISTEN));
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve the API over a store. The store is only read.')
    .option('--into <folder>', 'folder of the store')
    .addOption(listenOption('where to listen'))
    .option('--allow-host <name...>', 'host names beside localhost under which it may be asked', [])
    .addHelpText(
      'after',
      `
Examples:
  $ wardwatch serve
  $ wardwatch serve --into ./store --listen 127.0.0.1:9000`,
    )
    .action(serve);
}

async function serve(options: Options): Promise<void> {
  await withStoreToRead(options.into ?? defaultFolder(), (store) =>
    withStopSignal(async (stop) => {
      warnIfOpen(options.listen, isLoopbackHost(options.listen.host));
      await serveUntilStopped({
        store,
        listen: options.listen,
        hosts: options.allowHost,
        nextFree: false,
        onReady: (address) => print(`ready ${address}`),
        stop,
      });
    }),
  );
}
