/** The least that a device needs, for firewalls and switches: from what is accepted for it. */
import { Type } from 'typebox';
import { type Context, idText, placeOf, problems, runQuery, type TypedApi } from '../context.ts';
import { closed } from '../shapes.ts';

const types = {
  mud: 'application/mud+json',
  nft: 'text/plain; charset=utf-8',
  table: 'text/plain; charset=utf-8',
} as const;

export function policyRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/policies/:id',
    {
      config: { subject: 'baseline', files: ['application/mud+json', 'text/plain'] },
      schema: {
        summary:
          'Policy of a device as MUD (RFC 8520), as nftables rules, or as a table; as JSON with what does not fit in',
        tags: ['baseline'],
        operationId: 'getPolicy',
        params: Type.Object({ id: idText }, closed),
        querystring: Type.Object(
          {
            ...runQuery,
            format: Type.Enum(['mud', 'nft', 'table']),
            download: Type.Optional(
              Type.Boolean({ description: 'true: the policy itself, as a file', default: false }),
            ),
          },
          closed,
        ),
        response: {
          200: Type.Object(
            { run: Type.String(), device: Type.String(), text: Type.String(), left: Type.Array(Type.String()) },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ params, query }, reply) => {
      const { run } = placeOf(context, query.run);
      const { format, download = false } = query;
      const { text, left } = context.work.policy(run, params.id, format);
      if (!download) return { run, device: params.id, text, left: [...left] };
      const name = `${params.id.replaceAll(/[^A-Za-z0-9._-]/g, '-')}.${format === 'mud' ? 'mud.json' : format === 'nft' ? 'nft' : 'txt'}`;
      return reply
        .type(types[format])
        .header('content-disposition', `attachment; filename="${name}"`)
        .serializer(String)
        .send(text as never);
    },
  );
}
