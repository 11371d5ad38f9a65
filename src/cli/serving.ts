/** Serves the API until the process is asked to stop: over what, to whom, and who carries out what it is asked. */
import type { MessagePort } from 'node:worker_threads';
import { isLoopbackHost, listenOn } from '../api/listen.ts';
import type { Configuration } from '../configuration.ts';
import type { People } from '../store/people.ts';
import type { Store } from '../store/store.ts';
import { consoleFolder } from './console-folder.ts';
import { type Listen, listenText } from './options.ts';
import { Failure, reasonOf, UsageError } from './outcome.ts';
import { version } from './package-folder.ts';
import { stopped } from './signals.ts';
import { say } from './terminal.ts';

export interface Serving {
  /** Of the store. */
  folder: string;
  /** Open for reading. */
  store: Store;
  configuration: Configuration;
  /** The way to the analyst that writes to the store; null when nobody does. */
  desk: MessagePort | null;
  listen: Listen;
  /** Names beside loopback under which a browser may ask. */
  hosts: readonly string[];
  /** A taken port is not the end: take the next one. */
  nextFree: boolean;
  /** Listening; hears the address, and the link for the first start or ''. */
  onReady: (address: string, setupLink: string) => void;
  stop: AbortSignal;
}

export async function serveUntilStopped(serving: Serving): Promise<void> {
  const { folder, store, configuration, desk, listen, nextFree, onReady, stop } = serving;
  mustBePrivate(listen, configuration);
  const [{ createApi }, { Access }, { ApiWork }] = await Promise.all([
    import('../api/api.ts'),
    import('../api/access/access.ts'),
    import('./api/work.ts'),
  ]);
  const { api } = configuration;
  const hosts = [...serving.hosts, ...api.hosts, listen.host];
  const tls = api.tls === null ? null : await (await import('./api/certificate.ts')).keyPairOf(folder, api.tls, hosts);
  const people = await peopleIn(folder, configuration);
  const { access: mode, sessionHours, idleMinutes } = api;
  const access = new Access({ people, mode, sessionHours, idleMinutes, nowUs: () => Date.now() * 1000 });
  const work = new ApiWork({ folder, configuration, store, desk });
  const app = createApi({
    store,
    version: version(),
    work,
    replays: () => work.replays.store(),
    access,
    oidc: api.oidc,
    tls,
    hosts,
    consoleFolder: await consoleFolder(),
    onError: (error) => say(`wardwatch: API: ${reasonOf(error)}`),
  });
  try {
    const bound = await listenOn(app, listen, nextFree).catch((error: unknown) => {
      throw new Failure(`cannot listen on ${listenText(listen)}: ${reasonOf(error)}`);
    });
    if (bound.port !== listen.port && listen.port !== 0) {
      say(`wardwatch: port ${listen.port} is taken, ${bound.port} is free`);
    }
    const address = `${tls === null ? 'http' : 'https'}://${listenText(bound)}`;
    const secret = access.offerSetup();
    // Behind the #: no log of a proxy and no referrer holds it.
    onReady(address, secret === null ? '' : `${address}/#/setup?secret=${secret}`);
    await stopped(stop);
  } finally {
    await app.close();
    await work.close();
    people.close();
  }
}

/** Passwords and what is seen of a hospital do not go over a network in clear. */
export function mustBePrivate({ host }: Listen, { api }: Configuration): void {
  if (api.tls !== null || isLoopbackHost(host)) return;
  throw new UsageError(
    `without encryption the API listens on loopback only, not on ${host}: set api.tls in the configuration, or --tls`,
  );
}

/** Where nothing may be written nobody can sign in; looking is still possible. */
async function peopleIn(folder: string, { retention }: Configuration): Promise<People> {
  const { People: Opened } = await import('../store/people.ts');
  try {
    return Opened.open(folder, retention.audit);
  } catch (error) {
    say(`wardwatch: warning: nobody can sign in: ${reasonOf(error)}`);
    return Opened.open(null, retention.audit);
  }
}

/** The one line that a first start adds to the log. */
export function saySetup(setupLink: string): void {
  if (setupLink !== '') say(`wardwatch: to make the first administrator, open ${setupLink} (works once, for a day)`);
}
