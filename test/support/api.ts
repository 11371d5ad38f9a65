/** The API over a small store of its own, with everything that it may ask for, and people of each role who are signed in. */
import type { MessagePort } from 'node:worker_threads';
import type { FastifyInstance } from 'fastify';
import { Access } from '../../src/api/access/access.ts';
import { keptPassword } from '../../src/api/access/passwords.ts';
import { digestOf } from '../../src/api/access/secrets.ts';
import { createApi } from '../../src/api/api.ts';
import type { Role } from '../../src/api/roles.ts';
import { ApiWork } from '../../src/cli/api/work.ts';
import { type Configuration, freshConfiguration } from '../../src/configuration.ts';
import { People } from '../../src/store/people.ts';
import { Store } from '../../src/store/store.ts';
import { sampleStoreFolder } from './store.ts';

export const PASSWORD = 'a long sentence of words';

type Test = { teardown(action: () => unknown): unknown };

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  json(): never;
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly body?: unknown;
  readonly raw?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whose session; '' for nobody. */
  readonly as?: string;
  readonly token?: string;
}

export interface ApiUnderTest {
  readonly api: FastifyInstance;
  readonly folder: string;
  readonly store: Store;
  readonly people: People;
  readonly access: Access;
  readonly errors: unknown[];
  /** Moves the clock of sessions, tokens and locks. */
  wait(ms: number): void;
  ask(asking: Asking): Promise<Answer>;
}

export interface ApiTestOptions {
  readonly folder?: string;
  readonly mode?: 'local' | 'required';
  readonly people?: boolean;
  /** The way to an analyst that is at work in the same store. */
  readonly desk?: MessagePort;
  readonly change?: (configuration: Configuration) => void;
}

const names: readonly Role[] = ['viewer', 'engineer', 'administrator'];

/** One digest for all: each takes some tenths of a second. */
let kept: Promise<string> | null = null;

export async function apiUnderTest(t: Test, options: ApiTestOptions = {}): Promise<ApiUnderTest> {
  const folder = options.folder ?? sampleStoreFolder((action) => t.teardown(action));
  const store = Store.open(folder, { readOnly: true });
  const configuration = freshConfiguration();
  options.change?.(configuration);
  const people = People.open(folder);
  let aheadUs = 0;
  const nowUs = (): number => Date.now() * 1000 + aheadUs;
  const access = new Access({ people, mode: options.mode ?? 'local', sessionHours: 12, idleMinutes: 120, nowUs });
  const work = new ApiWork({ folder, configuration, store, desk: options.desk ?? null });
  const errors: unknown[] = [];
  const { oidc } = configuration.api;
  const api = createApi({
    store,
    version: '1.2.3',
    work,
    replays: () => work.replays.store(),
    access,
    oidc,
    onError: (error) => errors.push(error),
  });
  t.teardown(async () => {
    await api.close();
    await work.close();
    people.close();
    store.close();
  });
  const sessions = new Map<string, { cookie: string; csrf: string }>();
  if (options.people !== false) await signEverybodyIn(people, sessions, nowUs());
  const ask = async ({
    method = 'GET',
    url,
    body,
    raw,
    headers = {},
    as = '',
    token = '',
  }: Asking): Promise<Answer> => {
    const session = sessions.get(as);
    const own: Record<string, string> = { host: '127.0.0.1:8470', ...headers };
    if (session !== undefined) {
      own.cookie = `wardwatch=${session.cookie}`;
      if (method !== 'GET') own['x-wardwatch-csrf'] ??= session.csrf;
    }
    if (token !== '') own.authorization = `Bearer ${token}`;
    if (raw !== undefined) own['content-type'] ??= 'application/octet-stream';
    const payload = raw ?? (body as object | undefined);
    const answer = await api.inject({ method, url, headers: own, ...(payload === undefined ? {} : { payload }) });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      json: () => answer.json() as never,
    };
  };
  const wait = (ms: number): void => {
    aheadUs += ms * 1000;
  };
  return { api, folder, store, people, access, errors, ask, wait };
}

async function signEverybodyIn(
  people: People,
  sessions: Map<string, { cookie: string; csrf: string }>,
  nowUs: number,
): Promise<void> {
  kept ??= keptPassword(PASSWORD);
  for (const role of names) {
    const user = { name: role, role, password: await kept, subject: '', disabled: false, createdUs: nowUs, seenUs: 0 };
    people.addUser(user);
    const cookie = `cookie-of-${role}`;
    const csrf = `csrf-of-${role}`;
    const expiresUs = nowUs + 12 * 3_600e6;
    people.addSession({ digest: digestOf(cookie), user: role, csrf, createdUs: nowUs, seenUs: nowUs, expiresUs });
    sessions.set(role, { cookie, csrf });
  }
}
