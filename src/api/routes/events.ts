/** News as they happen (server-sent events): the store changed, an incident began, a replay went on. */
import { Type } from 'typebox';
import { cookieName, credentialsOf } from '../access/gate.ts';
import type { Context, TypedApi } from '../context.ts';
import { problems } from '../context.ts';
import { Feed, LISTENERS_MAX } from '../feed.ts';
import { ProblemError } from '../problems.ts';
import { jobJson } from './captures.ts';

export function eventRoutes(api: TypedApi, context: Context): void {
  const feed = new Feed(context.store);
  context.work.replays?.listen((job) => feed.tell('replay', jobJson(job)));
  // Before the server waits for its connections to end: these would not.
  api.addHook('preClose', async () => feed.close());
  api.get(
    '/api/v1/events',
    {
      config: { subject: 'events' },
      schema: {
        summary: 'News as server-sent events: hello, change, incident, replay; Last-Event-ID goes on where it was',
        tags: ['events'],
        operationId: 'listen',
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 64 })) }),
        response: {
          200: {
            description: 'A stream that does not end',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { raw } = reply;
      // Kept as they were: nothing of the request is there any more when its connection has ended.
      const credentials = credentialsOf(request, cookieName(context.isSecure));
      const listener = {
        isWelcome: () => context.access.mayStillRead(credentials, 'events'),
        get writableLength() {
          return raw.writableLength;
        },
        write: (text: string) => raw.write(text),
        destroy: () => raw.destroy(),
      };
      const lastId = request.headers['last-event-id'] ?? '';
      const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };
      // Nothing has been sent yet: a refusal can still be one.
      if (feed.isFull) throw new ProblemError(503, `There are ${LISTENERS_MAX} listeners already.`);
      reply.hijack();
      raw.writeHead(200, headers as Record<string, string>);
      // A listener may come back any time: the end of the connection is no error.
      raw.on('error', () => {});
      raw.on('close', () => feed.remove(listener));
      feed.add(listener, lastId);
    },
  );
}
