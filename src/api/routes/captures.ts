/** Captures that people hand in or pick, and replays of them: each as a run of its own, apart from the sensor's. */
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import { type Context, idText, placeOf, problems, runName, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed, count, time } from '../shapes.ts';
import type { ReplayJob, Replays } from '../work.ts';
import { nameOf } from './decisions.ts';
import { differenceOf, differenceShape } from './runs.ts';

/** No path, no hidden file, and an ending that says what it is. */
const captureName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\\.(pcap|pcapng|cap)(\\.gz)?$',
  description: 'ward.pcapng: letters, digits and . _ - with an ending of a capture',
});
const replayName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: 'Name of the new run' });

const fileShape = Type.Object({ name: Type.String(), bytes: count, changed: time }, closed);

const jobShape = Type.Object(
  {
    id: Type.String(),
    run: Type.String(),
    capture: Type.String(),
    ofRun: Type.String(),
    compareWith: Type.String(),
    baselineFrom: Type.String(),
    changed: Type.Array(Type.String(), { description: 'Settings that differ from those in force' }),
    user: Type.String(),
    state: Type.Enum(['waiting', 'running', 'done', 'failed', 'stopped']),
    percent: Type.Number({ minimum: 0, maximum: 100 }),
    packets: count,
    error: Type.String({ description: 'One plain sentence when it failed' }),
    started: time,
    ended: Type.Union([time, Type.Null()]),
  },
  closed,
);

export function captureRoutes(api: TypedApi, context: Context): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  files(api, context);
}

export function replayRoutes(api: TypedApi, context: Context): void {
  jobs(api, context);
  starting(api, context);
}

function replaysIn({ work }: Context): Replays {
  if (work.replays === null) throw new ProblemError(503, 'This sensor was started without the means to replay.');
  return work.replays;
}

function files(api: TypedApi, context: Context): void {
  const config = { role: 'engineer', subject: 'captures' } as const;
  api.get(
    '/api/v1/captures',
    {
      config: { subject: 'captures' },
      schema: {
        summary: 'Captures that can be replayed, the newest first',
        tags: ['captures'],
        operationId: 'listCaptures',
        response: {
          200: Type.Object({ captures: Type.Array(fileShape), uploadBytesMax: count }, closed),
          ...problems,
        },
      },
    },
    async () => {
      const replays = replaysIn(context);
      return { captures: replays.captures().map(fileJson), uploadBytesMax: replays.uploadBytesMax };
    },
  );

  api.post(
    '/api/v1/captures',
    {
      config: { ...config, isLong: true },
      // Counted while it comes in: the length that is told may be wrong or missing.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        summary: 'Hand in a capture (pcap, pcapng, also gzip) as application/octet-stream',
        tags: ['captures'],
        operationId: 'addCapture',
        querystring: Type.Object({ name: captureName }, closed),
        consumes: ['application/octet-stream'],
        response: { 201: fileShape, ...problems },
      },
    },
    async (request, reply) => {
      const body = request.body as Readable | null | undefined;
      if (body === null || body === undefined || typeof body.pipe !== 'function') {
        throw new ProblemError(415, 'A capture comes as application/octet-stream.');
      }
      const taken = await replaysIn(context).take(request.query.name, body);
      return reply.code(201).send(fileJson(taken));
    },
  );

  api.delete(
    '/api/v1/captures/:name',
    {
      config,
      schema: {
        summary: 'Remove a capture; runs that were made of it stay',
        tags: ['captures'],
        operationId: 'removeCapture',
        params: Type.Object({ name: captureName }, closed),
        response: { 204: Type.Null(), ...problems },
      },
    },
    async ({ params }, reply) => {
      replaysIn(context).remove(params.name);
      return reply.code(204).send(null);
    },
  );
}

function jobs(api: TypedApi, context: Context): void {
  const config = { role: 'engineer', subject: 'captures' } as const;
  api.get(
    '/api/v1/replays',
    {
      config: { subject: 'captures' },
      schema: {
        summary: 'Replays that were asked for, the newest first; their progress comes over events',
        tags: ['captures'],
        operationId: 'listReplays',
        response: { 200: Type.Object({ replays: Type.Array(jobShape) }, closed), ...problems },
      },
    },
    async () => ({ replays: replaysIn(context).jobs().map(jobJson) }),
  );

  api.get(
    '/api/v1/replays/:id',
    {
      config: { subject: 'captures' },
      schema: {
        summary: 'One replay; when it is done, the alerts that it raised and the other run did not',
        tags: ['captures'],
        operationId: 'getReplay',
        params: Type.Object({ id: idText }, closed),
        response: {
          200: Type.Object({ replay: jobShape, difference: Type.Union([differenceShape, Type.Null()]) }, closed),
          ...problems,
        },
      },
    },
    async ({ params }) => {
      const job = replaysIn(context)
        .jobs()
        .find(({ id }) => id === params.id);
      if (job === undefined) throw new ProblemError(404, 'There is no such replay.');
      const compared = job.state === 'done' && job.compareWith !== '';
      const difference = compared ? differenceOf(placeOf(context, job.compareWith), placeOf(context, job.run)) : null;
      return { replay: jobJson(job), difference };
    },
  );

  api.delete(
    '/api/v1/replays/:id',
    {
      config,
      schema: {
        summary: 'Stop a replay',
        tags: ['captures'],
        operationId: 'stopReplay',
        params: Type.Object({ id: idText }, closed),
        response: { 204: Type.Null(), ...problems },
      },
    },
    async ({ params }, reply) => {
      if (!replaysIn(context).stop(params.id)) throw new ProblemError(404, 'There is no such replay.');
      return reply.code(204).send(null);
    },
  );

  api.delete(
    '/api/v1/runs/:run',
    {
      config,
      schema: {
        summary: 'Remove a run that was made by a replay here; runs of the sensor stay',
        tags: ['captures'],
        operationId: 'removeRun',
        params: Type.Object({ run: runName }, closed),
        response: { 204: Type.Null(), ...problems },
      },
    },
    async ({ params }, reply) => {
      if (context.store.hasRun(params.run)) throw new ProblemError(409, 'This is a run of the sensor itself.');
      placeOf(context, params.run);
      await replaysIn(context).removeRun(params.run);
      return reply.code(204).send(null);
    },
  );
}

function starting(api: TypedApi, context: Context): void {
  api.post(
    '/api/v1/replays',
    {
      config: {
        role: 'engineer',
        subject: 'captures',
        audited: ['capture', 'ofRun', 'run', 'compareWith', 'baselineFrom', 'learnUntil', 'settings'],
      },
      schema: {
        summary:
          'Replay a capture, or once more what a run was made of, with other settings or another baseline if wanted',
        tags: ['captures'],
        operationId: 'addReplay',
        body: Type.Object(
          {
            capture: Type.Optional(captureName),
            ofRun: Type.Optional(runName),
            run: replayName,
            compareWith: Type.Optional(runName),
            baselineFrom: Type.Optional(runName),
            learnUntil: Type.Optional(
              Type.String({
                maxLength: 40,
                description: 'What came before counts as usual: ISO 8601, or +90s, +5m, +2h',
              }),
            ),
            settings: Type.Optional(
              Type.Object(
                {},
                {
                  additionalProperties: true,
                  description:
                    'Of docs/configuration.schema.json: detectors, learn, baseline, and networks and devices of site',
                },
              ),
            ),
          },
          closed,
        ),
        response: { 202: jobShape, ...problems },
      },
    },
    async (request, reply) => {
      const replays = replaysIn(context);
      const { capture = '', ofRun = '', run, compareWith = '', baselineFrom = '', learnUntil = '' } = request.body;
      const settings = (request.body.settings ?? {}) as Record<string, unknown>;
      if ((capture === '') === (ofRun === '')) throw new ProblemError(400, 'body: give either capture or ofRun');
      if (context.store.hasRun(run)) throw new ProblemError(409, 'The sensor itself has a run of this name.');
      for (const other of [ofRun, compareWith, baselineFrom]) if (other !== '') placeOf(context, other);
      if (ofRun === run) throw new ProblemError(409, 'A run cannot be read from itself.');
      const user = nameOf(request);
      const order = { capture, ofRun, run, compareWith, baselineFrom, learnUntil, settings, user };
      return reply.code(202).send(jobJson(replays.start(order)));
    },
  );
}

function fileJson({ name, bytes, changedMs }: { name: string; bytes: number; changedMs: number }) {
  return { name, bytes, changed: isoTime(Math.round(changedMs * 1000)) };
}

export function jobJson({ startedUs, endedUs, changed, ...rest }: ReplayJob) {
  return {
    ...rest,
    changed: [...changed],
    started: isoTime(startedUs),
    ended: endedUs === 0 ? null : isoTime(endedUs),
  };
}
