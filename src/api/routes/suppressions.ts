/** Rules that take alerts out of sight for a while, each with an owner, a reason, an end and what it hides. */
import { Type } from 'typebox';
import { problemOf, SUPPRESSION_DAYS, type Suppression } from '../../alert/suppression.ts';
import { isoTime } from '../../bytes/time.ts';
import { alertJson } from '../../model-json.ts';
import type { Store } from '../../store/store.ts';
import { type Context, microseconds, moment, placeOf, problems, runQuery, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { alertShape, closed, count, time } from '../shapes.ts';
import { nameOf } from './decisions.ts';

export const scopeShape = {
  detector: Type.String({ maxLength: 64 }),
  device: Type.String({ maxLength: 128 }),
  peer: Type.String({ maxLength: 128 }),
  service: Type.String({ maxLength: 128 }),
};

export const suppressionShape = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    ...scopeShape,
    created: time,
    expires: time,
    user: Type.String(),
    owner: Type.String({ description: 'Who is asked when it ends' }),
    reason: Type.String(),
    over: Type.Boolean(),
    endedBy: Type.String({ description: 'Who ended it before its time, or empty' }),
    hides: count,
  },
  closed,
);

export function suppressionRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/suppressions',
    {
      config: { subject: 'suppressions' },
      schema: {
        summary: 'Rules that take alerts out of sight, those that are over included',
        tags: ['suppressions'],
        operationId: 'listSuppressions',
        querystring: Type.Object(runQuery, closed),
        response: {
          200: Type.Object({ run: Type.String(), suppressions: Type.Array(suppressionShape) }, closed),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run } = placeOf(context, query.run);
      const rules = store.dispositions.suppressions<Suppression>(run).reverse();
      return { run, suppressions: rules.map((rule) => suppressionJson(store, run, rule, context.nowUs())) };
    },
  );
  changing(api, context);
}

const DAY_US = 86_400e6;
const EXAMPLES_MAX = 20;

const part = (description: string) => Type.Optional(Type.String({ maxLength: 128, default: '', description }));
const scopeBody = {
  detector: part('Only this detector'),
  device: part('Only this device, by its id or address'),
  peer: part('Only this partner, by its id or address'),
  service: part('Only this service'),
};

function changing(api: TypedApi, context: Context): void {
  api.post(
    '/api/v1/suppressions/preview',
    {
      config: { role: 'engineer', subject: 'suppressions' },
      schema: {
        summary: 'What a rule would hide of the alerts there are, and whether any of it was confirmed to be true',
        tags: ['suppressions'],
        operationId: 'previewSuppression',
        querystring: Type.Object(runQuery, closed),
        body: Type.Object(scopeBody, closed),
        response: {
          200: Type.Object(
            {
              run: Type.String(),
              hides: count,
              confirmed: Type.Integer({ minimum: 0, description: 'Of them closed as true' }),
              bySeverity: Type.Record(Type.String(), count),
              examples: Type.Array(alertShape, { description: 'The newest' }),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query, body }) => {
      const { store, run } = placeOf(context, query.run);
      const scope = scopeOf(body);
      const { rows, total } = store.find.alertsWithin(run, scope, { limit: EXAMPLES_MAX, offset: 0 });
      return {
        run,
        hides: total,
        confirmed: store.find.confirmedWithin(run, scope),
        bySeverity: store.find.severitiesWithin(run, scope),
        examples: rows.map(alertJson),
      };
    },
  );

  api.post(
    '/api/v1/suppressions',
    {
      config: {
        role: 'engineer',
        subject: 'suppressions',
        audited: ['detector', 'device', 'peer', 'service', 'until', 'owner', 'reason'],
      },
      schema: {
        summary: 'Take alerts out of sight for a while; they are still counted',
        tags: ['suppressions'],
        operationId: 'addSuppression',
        querystring: Type.Object(runQuery, closed),
        body: Type.Object(
          {
            ...scopeBody,
            owner: Type.String({ minLength: 1, maxLength: 128, description: 'Who is asked when it ends' }),
            reason: Type.String({ minLength: 3, maxLength: 1_000 }),
            until: Type.Optional(
              Type.Union([moment, Type.Null()], { description: `Default: in ${SUPPRESSION_DAYS} days`, default: null }),
            ),
          },
          closed,
        ),
        response: { 201: suppressionShape, ...problems },
      },
    },
    async (request, reply) => {
      const { store, run } = placeOf(context, request.query.run);
      const { owner, reason, until = null } = request.body;
      const createdUs = context.nowUs();
      const expiresUs = microseconds(until ?? undefined, 'body/until') ?? createdUs + SUPPRESSION_DAYS * DAY_US;
      const scope = scopeOf(request.body);
      const rule = { ...scope, createdUs, expiresUs, user: nameOf(request), owner, reason };
      const trouble = problemOf(rule);
      if (trouble !== '') throw new ProblemError(422, `Not made: ${trouble}.`);
      const number = await context.work.suppress(run, rule);
      return reply.code(201).send(suppressionJson(store, run, { ...rule, number }, createdUs));
    },
  );

  api.delete(
    '/api/v1/suppressions/:number',
    {
      config: { role: 'engineer', subject: 'suppressions' },
      schema: {
        summary: 'End a rule now; it stays in the list',
        tags: ['suppressions'],
        operationId: 'endSuppression',
        params: Type.Object({ number: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }, closed),
        querystring: Type.Object(runQuery, closed),
        response: { 204: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      const { run } = placeOf(context, request.query.run);
      await context.work.endSuppression(run, request.params.number, nameOf(request));
      return reply.code(204).send(null);
    },
  );
}

function scopeOf({ detector = '', device = '', peer = '', service = '' }: Partial<Suppression>) {
  if (detector === '' && device === '' && peer === '' && service === '') {
    throw new ProblemError(422, 'Not made: a rule for everything hides everything.');
  }
  return { detector, device, peer, service };
}

export function suppressionJson(store: Store, run: string, rule: Suppression & { number: number }, nowUs: number) {
  const { number, detector, device, peer, service, createdUs, expiresUs, user, owner, reason } = rule;
  const { endedBy = '' } = rule as { endedBy?: string };
  return {
    number,
    detector,
    device,
    peer,
    service,
    created: isoTime(createdUs),
    expires: isoTime(expiresUs),
    user,
    owner,
    reason,
    over: nowUs >= expiresUs,
    endedBy,
    hides: store.find.alertsWithin(run, rule, { limit: 0, offset: 0 }).total,
  };
}
