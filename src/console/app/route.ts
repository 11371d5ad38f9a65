/**
 * Where the person is: the part of the address behind `#`, as `#/devices/00:11?run=demo&q=CT1`.
 * The server sees none of it, so a page can be kept as a bookmark and the sensor needs to know no page.
 */
import { signal } from '@preact/signals';
import { hashOf, type Route, readRoute } from './hash.ts';

export const route = signal<Route>({ parts: [], query: {} });

/** A link to a page; the chosen run goes along. */
export function to(parts: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const run = route.value.query.run ?? '';
  return hashOf(parts, { run, ...query });
}

export function go(parts: readonly string[], query: Readonly<Record<string, string>> = {}): void {
  location.hash = to(parts, query);
}

/** Changes the query of the page that is open without leaving a step in the history. */
export function narrow(change: Readonly<Record<string, string>>): void {
  const { parts, query } = route.value;
  history.replaceState(null, '', hashOf(parts, { ...query, ...change }));
  route.value = readRoute(location.hash);
}

export function followAddress(): void {
  const read = (): void => {
    route.value = readRoute(location.hash);
  };
  addEventListener('hashchange', read);
  read();
}

/** A link that the sensor printed may name a page in its path, `/setup?secret=…`: from here on it is one behind the `#`. */
export function leaveOtherPaths(): void {
  const { pathname, search, hash } = location;
  if (pathname === '/') return;
  const query = Object.fromEntries(new URLSearchParams(search || hash.replace(/^#/, '?')));
  history.replaceState(
    null,
    '',
    `/${hashOf(
      pathname.split('/').filter((part) => part !== ''),
      query,
    )}`,
  );
}
