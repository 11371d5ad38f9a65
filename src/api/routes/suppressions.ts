/** Rules that take alerts out of sight for a while, each with an owner, a reason, an end and what it hides. */
import { Type } from 'typebox';
import type { Suppression } from '../../alert/suppression.ts';
import { isoTime } from '../../bytes/time.ts';
import type { Store } from '../../store/store.ts';
import { type Context, placeOf, problems, runQuery, type TypedApi } from '../context.ts';
import { closed, count, time } from '../shapes.ts';

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
