/** Serves the API until the process is asked to stop. */
import { listenOn } from '../api/listen.ts';
import type { Store } from '../store/store.ts';
import { consoleFolder } from './console-folder.ts';
import { type Listen, listenText } from './options.ts';
import { Failure, reasonOf } from './outcome.ts';
import { version } from './package-folder.ts';
import { stopped } from './signals.ts';
import { say } from './terminal.ts';

export interface Serving {
  store: Store;
  listen: Listen;
  /** Names beside loopback under which a browser may ask. */
  hosts: readonly string[];
  /** A taken port is not the end: take the next one. */
  nextFree: boolean;
  /** Listening; hears the address. */
  onReady: (address: string) => void;
  stop: AbortSignal;
}

export async function serveUntilStopped(serving: Serving): Promise<void> {
  const { createApi } = await import('../api/api.ts');
  const { store, listen, hosts, nextFree, onReady, stop } = serving;
  const onError = (error: unknown): void => say(`wardwatch: API: ${reasonOf(error)}`);
  const app = createApi({
    store,
    version: version(),
    hosts: [...hosts, listen.host],
    consoleFolder: await consoleFolder(),
    onError,
  });
  try {
    const bound = await listenOn(app, listen, nextFree).catch((error: unknown) => {
      throw new Failure(`cannot listen on ${listenText(listen)}: ${reasonOf(error)}`);
    });
    if (bound.port !== listen.port && listen.port !== 0) {
      say(`wardwatch: port ${listen.port} is taken, ${bound.port} is free`);
    }
    onReady(`http://${listenText(bound)}`);
    await stopped(stop);
  } finally {
    await app.close();
  }
}

/** Nobody signs in to the API; whoever reaches the socket may read it. */
export function warnIfOpen({ host }: Listen, isLoopback: boolean): void {
  if (!isLoopback)
    say(
      `wardwatch: warning: everybody who reaches ${host} can read the API; put a proxy that asks for a password before it`,
    );
}
