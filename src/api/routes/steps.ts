/** What people do about incidents and single alerts. Steps are kept as they were made. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { dispositions, type Step, stepActions } from '../../alert/lifecycle.ts';
import { type Context, idText, placeOf, problems, runQuery, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed } from '../shapes.ts';
import { standingIn, standingShape } from './alerts.ts';
import { nameOf } from './decisions.ts';

const stepBody = Type.Object(
  {
    action: Type.Enum([...stepActions]),
    disposition: Type.Optional(
      Type.Enum(['', ...dispositions], { description: 'Of a close: what it was', default: '' }),
    ),
    assignee: Type.Optional(Type.String({ maxLength: 64, description: 'Of an assign', default: '' })),
    text: Type.Optional(Type.String({ maxLength: 4_000, description: 'Why, or the comment', default: '' })),
  },
  closed,
);

const { hiddenBy: _, ...standingProperties } = standingShape.properties;
const answerShape = Type.Object({ run: Type.String(), subject: Type.String(), ...standingProperties }, closed);

export function stepRoutes(api: TypedApi, context: Context): void {
  const config = {
    role: 'engineer',
    subject: 'incidents',
    audited: ['action', 'disposition', 'assignee', 'text'],
  } as const;
  const schema = {
    tags: ['incidents'],
    params: Type.Object({ id: idText }, closed),
    querystring: Type.Object(runQuery, closed),
    body: stepBody,
    response: { 201: answerShape, ...problems },
  };
  api.post(
    '/api/v1/incidents/:id/steps',
    {
      config,
      schema: {
        summary: 'Acknowledge, close, reopen, comment or assign an incident, and with it its alerts',
        operationId: 'stepIncident',
        ...schema,
      },
    },
    async (request, reply) => {
      const { run, store } = placeOf(context, request.query.run);
      const { id } = request.params;
      if (store.find.incident(run, id) === null) throw new ProblemError(404, 'The run has no incident of this id.');
      await context.work.step(run, stepOf(request, id, context.nowUs()));
      return reply.code(201).send({ run, subject: id, ...standingIn(store, run, id) });
    },
  );

  api.post(
    '/api/v1/alerts/:id/steps',
    {
      config,
      schema: {
        summary: 'Acknowledge, close, reopen, comment or assign one alert',
        operationId: 'stepAlert',
        ...schema,
      },
    },
    async (request, reply) => {
      const { run, store } = placeOf(context, request.query.run);
      const { id } = request.params;
      if (store.alert(run, id) === null) throw new ProblemError(404, 'The run has no alert of this id.');
      await context.work.step(run, stepOf(request, id, context.nowUs()));
      return reply.code(201).send({ run, subject: id, ...standingIn(store, run, id) });
    },
  );
}

function stepOf(
  request: FastifyRequest & { body: Type.Static<typeof stepBody> },
  finding: string,
  timeUs: number,
): Step {
  const { action, disposition = '', assignee = '', text = '' } = request.body;
  return { finding, action, timeUs, user: nameOf(request), text, disposition, assignee };
}
