/** The equipment list of the site beside what is on the wire, and both in files for other programs. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import { cyclonedx } from '../../inventory/cyclonedx.ts';
import { type ComparisonSettings, InventoryDesk, ListError, readList } from '../../inventory/desk.ts';
import { inventoryCsv, reconciliationCsv, reconciliationJson, subjectsOf } from '../../inventory/export.ts';
import { mismatchKinds } from '../../inventory/reconcile.ts';
import { zoneFinder } from '../../inventory/zones.ts';
import { limits } from '../../limits.ts';
import { type Context, placeOf, problems, runQuery, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed, count, time } from '../shapes.ts';
import { nameOf } from './decisions.ts';

const rowShape = Type.Object(
  {
    line: count,
    asset: Type.String(),
    name: Type.String(),
    manufacturer: Type.String(),
    model: Type.String(),
    serial: Type.String(),
    location: Type.String(),
    department: Type.String(),
  },
  { ...closed, description: 'A row of the list, by where it stands and what people call it' },
);
const by = Type.String({ description: 'What they were paired by: mac, serial, ae, address, host' });

const countsShape = Type.Object(
  {
    listed: count,
    paired: count,
    notListed: count,
    notSeen: count,
    mismatches: count,
    duplicates: count,
    notFindable: count,
    retired: count,
  },
  closed,
);

const listShape = Type.Object(
  {
    file: Type.String(),
    user: Type.String(),
    imported: time,
    rows: count,
    problems: Type.Integer({ minimum: 0, description: 'Values and rows that were left out' }),
    columns: Type.Record(Type.String(), Type.Array(Type.String()), { description: 'Key → headings that hold it' }),
  },
  closed,
);

const reconciliationShape = Type.Object(
  {
    run: Type.String(),
    days: count,
    list: listShape,
    counts: countsShape,
    paired: Type.Array(Type.Object({ row: rowShape, device: Type.String(), by }, closed)),
    notListed: Type.Array(
      Type.Object(
        {
          device: Type.String(),
          address: Type.String(),
          name: Type.String(),
          aeTitles: Type.Array(Type.String()),
          manufacturer: Type.String(),
          model: Type.String(),
          lastSeen: time,
        },
        closed,
      ),
    ),
    notSeen: Type.Array(
      Type.Object({ row: rowShape, device: Type.String(), lastSeen: Type.Union([time, Type.Null()]) }, closed),
    ),
    mismatches: Type.Array(
      Type.Object(
        {
          row: rowShape,
          device: Type.String(),
          by,
          kind: Type.Enum([...mismatchKinds]),
          listed: Type.String(),
          seen: Type.String(),
        },
        closed,
      ),
    ),
    duplicates: Type.Array(
      Type.Object(
        {
          side: Type.Enum(['list', 'wire']),
          kind: Type.String(),
          value: Type.String(),
          of: Type.Array(Type.String({ description: 'Lines of the list, or ids of devices' })),
        },
        closed,
      ),
    ),
    notFindable: Type.Array(rowShape, { description: 'Rows in use that hold nothing a network could show' }),
    retired: Type.Array(rowShape, { description: 'Rows out of use that were, as they should, not seen' }),
  },
  closed,
);

const USUAL_DAYS = 30;
const all = Type.Optional(Type.Boolean({ description: 'Every device inside, not only medical ones', default: false }));
const days = Type.Optional(Type.Integer({ minimum: 0, maximum: 36_500, default: USUAL_DAYS }));

export function inventoryRoutes(api: TypedApi, context: Context): void {
  reading(api, context);
  exporting(api, context);
  // Bodies that are lists are read by nobody else.
  api.register(async (scope) => importing(scope.withTypeProvider<TypeBoxTypeProvider>(), context));
}

/** The list is the sensor's, whatever run is looked at. */
function deskOf(context: Context, named: string | undefined): { desk: InventoryDesk; run: string } {
  const { store, run } = placeOf(context, named);
  const { lists } = context.store;
  return {
    run,
    desk: new InventoryDesk({ devices: (of, page) => store.devices(of, page), runs: () => store.runs(), lists }, run),
  };
}

/** Zones of the settings, as far as they were told. */
function comparison({ work }: Context, wanted: { days?: number; all?: boolean }): ComparisonSettings {
  const { site } = (work.settings() ?? {}) as { site?: { zones?: { name: string; networks: string[] }[] } };
  const zones = site?.zones ?? [];
  const { days: since = USUAL_DAYS, all: every = false } = wanted;
  return { days: since, all: every, zoneOf: zoneFinder(zones), zones: zones.map(({ name }) => name) };
}

function listOf(desk: InventoryDesk): Type.Static<typeof listShape> | null {
  const kept = desk.about();
  if (kept === null) return null;
  const { file, user, rows, problems: left, columns } = kept.about;
  return { file, user, imported: isoTime(kept.timeUs), rows, problems: left, columns: { ...columns } as never };
}

function reading(api: TypedApi, context: Context): void {
  const config = { subject: 'inventory' };
  api.get(
    '/api/v1/inventory',
    {
      config,
      schema: {
        summary: 'The equipment list that was imported last',
        tags: ['inventory'],
        operationId: 'getEquipmentList',
        querystring: Type.Object(runQuery, closed),
        response: { 200: Type.Object({ list: Type.Union([listShape, Type.Null()]) }, closed), ...problems },
      },
    },
    async ({ query }) => ({ list: listOf(deskOf(context, query.run).desk) }),
  );

  api.get(
    '/api/v1/inventory/reconciliation',
    {
      config,
      schema: {
        summary: 'What is on the wire and not in the list, in the list and not seen, or said differently',
        tags: ['inventory'],
        operationId: 'reconcileInventory',
        querystring: Type.Object({ ...runQuery, days, all }, closed),
        response: { 200: reconciliationShape, ...problems },
      },
    },
    async ({ query }) => {
      const { desk, run } = deskOf(context, query.run);
      const list = listOf(desk);
      if (list === null) throw new ProblemError(404, 'No equipment list was imported yet.');
      const settings = comparison(context, query);
      const { listed, found } = desk.compare(settings);
      return { run, days: settings.days, list, ...reconciliationJson(listed, found) };
    },
  );
}

const types = {
  csv: 'text/csv; charset=utf-8',
  cyclonedx: 'application/vnd.cyclonedx+json; version=1.6',
  reconciliation: 'text/csv; charset=utf-8',
} as const;
const names = { csv: 'devices.csv', cyclonedx: 'devices.cdx.json', reconciliation: 'to-look-into.csv' } as const;

function exporting(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/inventory/export',
    {
      config: { subject: 'inventory', files: ['text/csv', 'application/vnd.cyclonedx+json'] },
      schema: {
        summary: 'The devices, or what is to look into, as a file: CSV without formulas, or CycloneDX 1.6',
        tags: ['inventory'],
        operationId: 'exportInventory',
        querystring: Type.Object(
          { ...runQuery, format: Type.Enum(['csv', 'cyclonedx', 'reconciliation']), days, all },
          closed,
        ),
        response: { 200: Type.Unknown({ description: 'The file' }), ...problems },
      },
    },
    async ({ query }, reply) => {
      const { desk } = deskOf(context, query.run);
      const { format, all: every = false } = query;
      const { found } = desk.compare(comparison(context, query));
      return reply
        .type(types[format])
        .header('content-disposition', `attachment; filename="${names[format]}"`)
        .serializer(String)
        .send(fileOf() as never);

      function fileOf(): string {
        if (format === 'reconciliation') return reconciliationCsv(found);
        const subjects = subjectsOf(desk.devices(), found.paired, every);
        if (format === 'csv') return inventoryCsv(subjects);
        const { site } = (context.work.settings() ?? {}) as { site?: { name?: string } };
        const bom = { site: site?.name ?? 'site', version: context.version, nowUs: desk.nowUs() };
        return `${JSON.stringify(cyclonedx(subjects, bom), null, 2)}\n`;
      }
    },
  );
}

const PROBLEMS_TOLD = 100;

function importing(api: TypedApi, context: Context): void {
  const bodyLimit = limits.equipmentBytesMax;
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('text/csv', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body));
  api.post(
    '/api/v1/inventory',
    {
      config: { role: 'engineer', subject: 'inventory' },
      bodyLimit,
      schema: {
        summary: 'Take over an equipment list (CSV as text/csv); it replaces the one before',
        tags: ['inventory'],
        operationId: 'importEquipmentList',
        consumes: ['text/csv'],
        querystring: Type.Object(
          {
            name: Type.Optional(Type.String({ maxLength: 200, default: 'list.csv', description: 'Name of the file' })),
            columns: Type.Optional(
              Type.Array(Type.String({ maxLength: 300, description: 'serial=Ser. no.' }), {
                maxItems: 32,
                default: [],
              }),
            ),
          },
          closed,
        ),
        response: {
          201: Type.Object({ list: listShape, problems: Type.Array(Type.String()) }, closed),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { run } = placeOf(context, undefined);
      const { body, query } = request;
      if (!Buffer.isBuffer(body)) throw new ProblemError(415, 'A list comes as text/csv.');
      const { name = 'list.csv', columns = [] } = query;
      const read = readable(body, { file: name, user: nameOf(request), said: columns, limits });
      await context.work.takeEquipment(run, { ...read, timeUs: context.nowUs() });
      const list = listOf(deskOf(context, undefined).desk);
      if (list === null) throw new ProblemError(503, 'The list was not kept.');
      return reply.code(201).send({ list, problems: read.problems.slice(0, PROBLEMS_TOLD) });
    },
  );
}

function readable(...given: Parameters<typeof readList>): ReturnType<typeof readList> {
  try {
    return readList(...given);
  } catch (error) {
    throw error instanceof ListError ? new ProblemError(422, error.message) : error;
  }
}
