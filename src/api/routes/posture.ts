/** Standing weaknesses of devices. */
import { Type } from 'typebox';
import { postureJson } from '../../model-json.ts';
import { type Context, idText, paged, partOf, partQuery, problems, type TypedApi } from '../context.ts';
import { closed, postureShape } from '../shapes.ts';

export function postureRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/posture',
    {
      config: { subject: 'devices' },
      schema: {
        summary: 'Standing weaknesses of the devices of a run; never an alarm by themselves',
        tags: ['devices'],
        operationId: 'listPosture',
        querystring: Type.Object({ ...partQuery, device: Type.Optional(idText), rule: Type.Optional(idText) }, closed),
        response: { 200: Type.Object({ ...paged, posture: Type.Array(postureShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { device, rule } = query;
      const { rows, total } = store.find.posture(run, { device, rule, ...part });
      return { run, total, ...part, posture: rows.map(postureJson) };
    },
  );
}
