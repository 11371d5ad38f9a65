/** Decisions about what is usual: of single relations, of a kind of device, of a whole device. Each makes a version. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { actions, type Decision } from '../../baseline/decisions.ts';
import { layers } from '../../baseline/device-baseline.ts';
import { type Context, microseconds, moment, placeOf, problems, runQuery, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed } from '../shapes.ts';

const DECISIONS_MAX = 500;
const word = (description: string) => Type.Optional(Type.String({ maxLength: 256, default: '', description }));

const decisionShape = Type.Object(
  {
    action: Type.Enum([...actions]),
    device: word('Id of the device; empty for all of them (sign-off only)'),
    layer: Type.Optional(Type.Enum(['', ...layers], { description: 'Of a restart; empty for all', default: '' })),
    role: Type.Optional(Type.Enum(['', 'client', 'server'], { description: 'Empty: both', default: '' })),
    peer: word('Id of the partner as a held entry names it, or its name or network outside as the baseline does'),
    service: word('dicom, ssh, tcp/8081 …'),
    verb: word('Verb of its protocol; empty: the service itself'),
    until: Type.Optional(Type.Union([moment, Type.Null()], { description: 'Accepted until then', default: null })),
  },
  closed,
);

const reason = Type.String({ minLength: 3, maxLength: 1_000, description: 'Why; kept with the decision' });

type Given = Type.Static<typeof decisionShape>;

export function decisionRoutes(api: TypedApi, context: Context): void {
  api.post(
    '/api/v1/decisions',
    {
      config: { role: 'engineer', subject: 'baseline', audited: ['reason', 'decisions'] },
      schema: {
        summary: 'Accept, accept for a kind, reject, restart, sign off: all of them or none, as one version',
        tags: ['baseline'],
        operationId: 'decide',
        querystring: Type.Object(runQuery, closed),
        body: Type.Object(
          { reason, decisions: Type.Array(decisionShape, { minItems: 1, maxItems: DECISIONS_MAX }) },
          closed,
        ),
        response: {
          201: Type.Object({ run: Type.String(), version: Type.Integer({ minimum: 1 }) }, closed),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { run } = placeOf(context, request.query.run);
      const user = nameOf(request);
      const { reason } = request.body;
      const timeUs = context.nowUs();
      const decisions = request.body.decisions.map((one, at) => decisionOf(one, at, { user, reason, timeUs }));
      const version = await context.work.decide(run, decisions);
      return reply.code(201).send({ run, version });
    },
  );
}

export function nameOf({ principal }: FastifyRequest): string {
  return principal?.name ?? '';
}

function decisionOf(given: Given, at: number, who: Pick<Decision, 'user' | 'reason' | 'timeUs'>): Decision {
  const { action, device = '', layer = '', role = '', peer = '', service = '', verb = '', until = null } = given;
  const where = `body/decisions/${at}`;
  const isAboutRelation = action === 'accept' || action === 'accept-group' || action === 'reject';
  if (device === '' && action !== 'sign-off') throw new ProblemError(400, `${where}/device: say which device`);
  if (isAboutRelation && (peer === '' || service === '')) {
    throw new ProblemError(400, `${where}: a relation needs peer and service`);
  }
  const untilUs = microseconds(until ?? undefined, `${where}/until`) ?? 0;
  if (untilUs !== 0 && untilUs <= who.timeUs) throw new ProblemError(400, `${where}/until: is over already`);
  if (untilUs !== 0 && !isAboutRelation)
    throw new ProblemError(400, `${where}/until: only relations are accepted until`);
  return { ...who, action, device, layer, role, peer, service, verb, untilUs };
}
