/** A listener to the news of the API: what it has heard, until it goes away. */
import type { FastifyInstance } from 'fastify';

export interface Heard {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Listening {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly heard: readonly Heard[];
  /** The first event, of those heard and those to come, that fits. */
  until(fits: (one: Heard) => boolean): Promise<Heard>;
  leave(): void;
}

const WAIT_MS = 30_000;

export async function listenTo(
  api: FastifyInstance,
  lastId = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<Listening> {
  const own = { host: '127.0.0.1', ...headers, ...(lastId === '' ? {} : { 'last-event-id': lastId }) };
  const answer = await api.inject({ url: '/api/v1/events', headers: own, payloadAsStream: true });
  const stream = answer.stream();
  const heard: Heard[] = [];
  let rest = '';
  const hearers = new Set<() => void>();
  stream.on('data', (bytes: Buffer) => {
    const parts = (rest + String(bytes)).split('\n\n');
    rest = parts.pop() ?? '';
    heard.push(...parts.map(heardIn).filter((one) => one !== null));
    for (const hearer of hearers) hearer();
  });
  stream.on('error', () => {});
  const until = (fits: (one: Heard) => boolean): Promise<Heard> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not heard; heard was ${JSON.stringify(heard).slice(0, 500)}`)),
        WAIT_MS,
      );
      const look = (): void => {
        const found = heard.find(fits);
        if (found === undefined) return;
        clearTimeout(timer);
        hearers.delete(look);
        resolve(found);
      };
      hearers.add(look);
      look();
    });
  return { status: answer.statusCode, headers: answer.headers, heard, until, leave: () => void stream.destroy() };
}

function heardIn(text: string): Heard | null {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
  if (field('data') === '') return null;
  return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) as Heard['data'] };
}
