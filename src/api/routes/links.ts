/** Who talks to whom: links of the network and single conversations of a device. */
import { Type } from 'typebox';
import { flowJson, linkJson } from '../../model-json.ts';
import { calledOf } from '../called.ts';
import {
  type Context,
  idText,
  microseconds,
  moment,
  paged,
  partOf,
  partQuery,
  problems,
  type TypedApi,
} from '../context.ts';
import { closed, count, time } from '../shapes.ts';

const port = Type.Integer({ minimum: 0, maximum: 65_535 });

export const linkShape = Type.Object(
  {
    client: Type.String(),
    server: Type.String(),
    service: Type.String({ description: 'Protocol, or transport and port' }),
    port,
    transport: count,
    first: time,
    last: time,
    flows: count,
    bytesToServer: count,
    bytesToClient: count,
  },
  closed,
);

export const flowShape = Type.Object(
  {
    client: Type.String(),
    clientAddress: Type.String(),
    clientPort: port,
    server: Type.String(),
    serverAddress: Type.String(),
    serverPort: port,
    transport: count,
    service: Type.String(),
    start: time,
    end: time,
    packetsToServer: count,
    packetsToClient: count,
    bytesToServer: count,
    bytesToClient: count,
    isPartial: Type.Boolean({ description: 'Seen in one direction only, or from its middle on' }),
  },
  closed,
);

/** What a map shows of a device. */
export const nodeShape = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    address: Type.String({ description: 'The first one, or empty' }),
    class: Type.String(),
    tier: count,
    medical: Type.Boolean(),
    external: Type.Boolean(),
  },
  closed,
);

export function linkRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/links',
    {
      config: { subject: 'links' },
      schema: {
        summary: 'Who talks to whom over what, the busiest first, with the devices at both ends',
        tags: ['links'],
        operationId: 'listLinks',
        querystring: Type.Object(
          {
            ...partQuery,
            device: Type.Optional(idText),
            service: Type.Optional(idText),
            newSince: Type.Optional(moment),
          },
          closed,
        ),
        response: {
          200: Type.Object({ ...paged, links: Type.Array(linkShape), devices: Type.Array(nodeShape) }, closed),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { device, service } = query;
      const newSinceUs = microseconds(query.newSince, 'querystring/newSince') ?? undefined;
      const { rows, total } = store.links.links(run, { device, service, newSinceUs, ...part });
      const ids = rows.flatMap(({ client, server }) => [client, server]);
      return { run, total, ...part, links: rows.map(linkJson), devices: nodesOf(store, run, ids) };
    },
  );

  api.get(
    '/api/v1/flows',
    {
      config: { subject: 'links' },
      schema: {
        summary: 'Single conversations of a device, the newest first; older ones live on in the sums of the links',
        tags: ['links'],
        operationId: 'listFlows',
        querystring: Type.Object({ ...partQuery, device: idText }, closed),
        response: { 200: Type.Object({ ...paged, flows: Type.Array(flowShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { rows, total } = store.links.flows(run, query.device, part);
      return { run, total, ...part, flows: rows.map(flowJson) };
    },
  );
}

export function nodesOf(store: Context['store'], run: string, ids: readonly string[]) {
  return [...store.find.devicesOf(run, ids).values()].map((row) => ({
    id: row.id,
    name: calledOf(row, row.id),
    address: row.addresses[0] ?? '',
    class: row.class,
    tier: row.tier,
    medical: row.medical,
    external: row.external,
  }));
}
