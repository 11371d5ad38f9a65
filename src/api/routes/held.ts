/** Relations that wait for a person's decision, with what was decided since. */
import { Type } from 'typebox';
import { heldJson } from '../../model-json.ts';
import { calledOf } from '../called.ts';
import { type Context, idText, paged, partOf, partQuery, problems, type TypedApi } from '../context.ts';
import { type Decided, decidedOf } from '../decided.ts';
import { closed, heldShape, time } from '../shapes.ts';

export const decidedShape = Type.Object(
  {
    decision: Type.Enum(['', 'accept', 'accept-group', 'reject'], { description: 'Empty while it waits' }),
    user: Type.String(),
    reason: Type.String(),
    time: Type.Union([time, Type.Null()]),
    until: Type.Union([time, Type.Null()]),
  },
  closed,
);

export function heldRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/held',
    {
      config: { subject: 'baseline' },
      schema: {
        summary: 'Relations seen while learning that wait for a decision',
        tags: ['baseline'],
        operationId: 'listHeld',
        querystring: Type.Object({ ...partQuery, device: Type.Optional(idText) }, closed),
        response: {
          200: Type.Object(
            {
              ...paged,
              held: Type.Array(heldShape),
              names: Type.Record(Type.String(), Type.String(), { description: 'Id of a device → its name' }),
              decided: Type.Array(decidedShape, { description: 'Of each entry, in the same order' }),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { rows, total } = store.find.held(run, { device: query.device, ...part });
      const devices = store.find.devicesOf(
        run,
        rows.flatMap(({ device, peer }) => [device, peer]),
      );
      const names = Object.fromEntries([...devices].map(([id, row]) => [id, calledOf(row, id)]));
      const of = decidedOf(store.baselines.decisions(run));
      const decided: Decided[] = rows.map((row) => of(row));
      return { run, total, ...part, held: rows.map(heldJson), names, decided };
    },
  );
}
