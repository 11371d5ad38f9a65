/** What is usual for each device, as it is kept: in words, how far it is learnt, its versions and what changed between them. */
import { Type } from 'typebox';
import { layers } from '../../baseline/device-baseline.ts';
import type { DeviceDocument, RelationDocument } from '../../baseline/document.ts';
import { isoTime } from '../../bytes/time.ts';
import { calledOf } from '../called.ts';
import {
  type Context,
  idText,
  paged,
  partOf,
  partQuery,
  placeOf,
  problems,
  runQuery,
  type TypedApi,
} from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed, count, time } from '../shapes.ts';

const layerShape = Type.Object(
  {
    state: Type.String({ description: 'discover, learn, settle, watch, relearn or blind' }),
    since: time,
    reason: Type.String({ description: 'Why it is not further, with the time that is left; empty when it is watched' }),
    signedBy: Type.String(),
  },
  closed,
);
export const layersShape = Type.Record(Type.String(), layerShape, { description: 'By layer' });

export const relationShape = Type.Object(
  {
    role: Type.Enum(['client', 'server']),
    peer: Type.String({ description: 'Id of a device inside; name or network outside' }),
    service: Type.String(),
    verb: Type.String(),
    endpoints: Type.Array(Type.String()),
    first: time,
    last: time,
    days: count,
    count,
    state: Type.Enum(['accepted', 'rejected', 'held', 'candidate']),
    acceptedBy: Type.String(),
    until: Type.Union([time, Type.Null()]),
    neverSilent: Type.Boolean({ description: 'Never accepted without a person' }),
    words: Type.String({ description: 'One plain sentence' }),
  },
  closed,
);

const summaryShape = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    class: Type.String(),
    group: Type.String(),
    layers: layersShape,
    accepted: count,
    candidates: count,
    held: count,
    rejected: count,
  },
  closed,
);

export const versionShape = Type.Object(
  { number: Type.Integer({ minimum: 1 }), time, user: Type.String(), reason: Type.String(), digest: Type.String() },
  closed,
);

const decisionShape = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    time,
    user: Type.String(),
    reason: Type.String(),
    action: Type.String(),
    device: Type.String(),
    layer: Type.String(),
    role: Type.String(),
    peer: Type.String(),
    service: Type.String(),
    verb: Type.String(),
    until: Type.Union([time, Type.Null()]),
  },
  closed,
);

const differenceShape = Type.Object(
  {
    run: Type.String(),
    from: count,
    to: count,
    devices: Type.Array(
      Type.Object(
        {
          device: Type.String(),
          change: Type.Enum(['new', 'gone', 'changed']),
          added: Type.Array(relationShape),
          removed: Type.Array(relationShape),
          states: Type.Array(Type.String()),
        },
        closed,
      ),
    ),
  },
  closed,
);

const between = {
  from: Type.Integer({ minimum: 1, description: 'Number of the older version' }),
  to: Type.Integer({ minimum: 1, description: 'Number of the newer version' }),
};

export function baselineRoutes(api: TypedApi, context: Context): void {
  lists(api, context);
  ofOneDevice(api, context);
}

function lists(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/baseline/devices',
    {
      config: { subject: 'baseline' },
      schema: {
        summary: 'How far each device is learnt, layer by layer, and why it is not further',
        tags: ['baseline'],
        operationId: 'listBaselines',
        querystring: Type.Object(partQuery, closed),
        response: { 200: Type.Object({ ...paged, devices: Type.Array(summaryShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { rows, total } = store.baselines.devices(run, part.limit, part.offset);
      const documents = rows as DeviceDocument[];
      const known = store.find.devicesOf(
        run,
        documents.map(({ id }) => id),
      );
      const devices = documents.map((document) => {
        const row = known.get(document.id);
        return {
          id: document.id,
          name: calledOf(row, document.id),
          class: row?.class ?? '',
          group: document.group,
          layers: layersOf(document),
          ...countsOf(document),
        };
      });
      return { run, total, ...part, devices };
    },
  );

  api.get(
    '/api/v1/baseline/versions',
    {
      config: { subject: 'baseline' },
      schema: {
        summary: 'Numbered versions of the baseline: each decision makes one',
        tags: ['baseline'],
        operationId: 'listVersions',
        querystring: Type.Object(runQuery, closed),
        response: {
          200: Type.Object({ run: Type.String(), versions: Type.Array(versionShape) }, closed),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run } = placeOf(context, query.run);
      const versions = store.baselines.versions(run);
      return { run, versions: versions.map(({ timeUs, ...rest }) => ({ ...rest, time: isoTime(timeUs) })) };
    },
  );

  api.get(
    '/api/v1/baseline/decisions',
    {
      config: { subject: 'baseline' },
      schema: {
        summary: 'What was decided, by whom, when and why; the newest first',
        tags: ['baseline'],
        operationId: 'listDecisions',
        querystring: Type.Object({ ...partQuery, device: Type.Optional(idText) }, closed),
        response: { 200: Type.Object({ ...paged, decisions: Type.Array(decisionShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const made = store.baselines
        .decisions(run)
        .filter(({ device }) => query.device === undefined || device === query.device)
        .reverse();
      const shown = made.slice(part.offset, part.offset + part.limit);
      return { run, total: made.length, ...part, decisions: shown.map(decisionJson) };
    },
  );

  api.get(
    '/api/v1/baseline/difference',
    {
      config: { subject: 'baseline' },
      schema: {
        summary: 'What was added and what disappeared between two versions',
        tags: ['baseline'],
        operationId: 'compareVersions',
        querystring: Type.Object({ ...runQuery, ...between }, closed),
        response: { 200: differenceShape, ...problems },
      },
    },
    async ({ query }) => differenceJson(context, query, ''),
  );
}

function ofOneDevice(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/baseline/devices/:id',
    {
      config: { subject: 'baseline' },
      schema: {
        summary: 'The baseline of one device, in words',
        tags: ['baseline'],
        operationId: 'getBaseline',
        params: Type.Object({ id: idText }, closed),
        querystring: Type.Object(runQuery, closed),
        response: {
          200: Type.Object(
            {
              run: Type.String(),
              id: Type.String(),
              group: Type.String(),
              firstSeen: time,
              layers: layersShape,
              words: Type.Array(Type.String({ description: 'One plain sentence each' })),
              relations: Type.Array(relationShape),
              reference: Type.Union([Type.Array(Type.String()), Type.Null()], {
                description: 'What was accepted when it was signed off; null before',
              }),
              versions: Type.Array(versionShape),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ params, query }) => {
      const { store, run } = placeOf(context, query.run);
      const document = documentIn(context, query.run, params.id);
      return {
        run,
        id: document.id,
        group: document.group,
        firstSeen: isoTime(document.firstUs),
        layers: layersOf(document),
        words: wordsOf(document),
        relations: relationsOf(document).map(relationJson),
        reference: document.reference,
        versions: store.baselines.versions(run).map(({ timeUs, ...rest }) => ({ ...rest, time: isoTime(timeUs) })),
      };
    },
  );

  api.get(
    '/api/v1/baseline/devices/:id/difference',
    {
      config: { subject: 'baseline' },
      schema: {
        summary: 'What changed in the baseline of one device between two versions',
        tags: ['baseline'],
        operationId: 'compareVersionsOfDevice',
        params: Type.Object({ id: idText }, closed),
        querystring: Type.Object({ ...runQuery, ...between }, closed),
        response: { 200: differenceShape, ...problems },
      },
    },
    async ({ params, query }) => differenceJson(context, query, params.id),
  );
}

function differenceJson(context: Context, query: { run?: string; from: number; to: number }, device: string) {
  const { run } = placeOf(context, query.run);
  const { from, to } = query;
  const devices = context.work.difference(run, from, to, device).map(({ added, removed, states, ...rest }) => ({
    ...rest,
    added: added.map(relationJson),
    removed: removed.map(relationJson),
    states: [...states],
  }));
  return { run, from, to, devices };
}

function documentIn(context: Context, named: string | undefined, id: string): DeviceDocument {
  const { store, run } = placeOf(context, named);
  const document = store.baselines.device(run, id) as DeviceDocument | null;
  if (document === null) throw new ProblemError(404, 'The baseline of the run knows no device of this id.');
  return document;
}

export function layersOf({ states }: DeviceDocument) {
  return Object.fromEntries(
    layers.map((layer) => {
      const { state, sinceUs, reason, signedBy } = states[layer];
      return [layer, { state, since: isoTime(sinceUs), reason, signedBy }];
    }),
  );
}

export function relationsOf({ structure, semantics }: DeviceDocument): RelationDocument[] {
  return [...structure.relations, ...semantics.relations];
}

export function stateOf({ rejected, acceptedBy, neverSilent }: RelationDocument) {
  if (rejected) return 'rejected' as const;
  if (acceptedBy !== '') return 'accepted' as const;
  return neverSilent ? ('held' as const) : ('candidate' as const);
}

export function countsOf(document: DeviceDocument) {
  const states = relationsOf(document).map(stateOf);
  const of = (wanted: string): number => states.filter((state) => state === wanted).length;
  return { accepted: of('accepted'), candidates: of('candidate'), held: of('held'), rejected: of('rejected') };
}

export function relationJson(relation: RelationDocument) {
  const { role, peer, service, verb, endpoints, firstUs, lastUs, days, count, acceptedBy, untilUs, neverSilent } =
    relation;
  return {
    role,
    peer,
    service,
    verb,
    endpoints: [...endpoints],
    first: isoTime(firstUs),
    last: isoTime(lastUs),
    days,
    count,
    state: stateOf(relation),
    acceptedBy,
    until: untilUs > 0 ? isoTime(untilUs) : null,
    neverSilent,
    words: sentenceOf(relation),
  };
}

const acceptedWords: Readonly<Record<string, string>> = {
  person: 'A person has accepted it',
  'sign-off': 'It was accepted at a sign-off',
  profile: 'The profile of its class allows it',
  group: 'Devices of its kind do the same',
  rule: 'It was seen often enough',
};

/** `It asks 10.20.2.10 for C-FIND over dicom: 120 times on 9 days. It was seen often enough.` */
function sentenceOf(relation: RelationDocument): string {
  const { role, peer, service, verb, days, count, acceptedBy } = relation;
  const what = verb === '' ? service : `${verb} over ${service}`;
  const does = role === 'client' ? `It uses ${what} of ${peer}` : `It serves ${what} to ${peer}`;
  const often = `${count} ${count === 1 ? 'time' : 'times'} on ${days} ${days === 1 ? 'day' : 'days'}`;
  const why = {
    rejected: 'A person has rejected it',
    held: 'It waits for a person',
    candidate: 'It is not accepted yet',
    accepted: acceptedWords[acceptedBy] ?? 'It is accepted',
  }[stateOf(relation)];
  return `${does}: ${often}. ${why}.`;
}

function wordsOf(document: DeviceDocument): string[] {
  const { accepted, held, rejected, candidates } = countsOf(document);
  const learnt = layers.map((layer) => {
    const { state, reason } = document.states[layer];
    return `${layer}: ${state}${reason === '' ? '' : ` (${reason})`}`;
  });
  return [
    `${accepted} relations are usual for it, ${candidates} are candidates, ${held} wait for a person, ${rejected} are rejected.`,
    `How far it is learnt: ${learnt.join('; ')}.`,
    ...(document.group === '' ? [] : [`It is compared with devices of the kind ${document.group}.`]),
    ...(document.reference === null ? [] : [`${document.reference.length} relations stood at its sign-off.`]),
  ];
}

export function decisionJson({
  number,
  timeUs,
  untilUs,
  ...rest
}: ReturnType<Context['store']['baselines']['decisions']>[number]) {
  const { user, reason, action, device, layer, role, peer, service, verb } = rest;
  // Decisions of an earlier kind do not have all of it.
  return {
    number,
    time: isoTime(timeUs),
    user,
    reason: reason ?? '',
    action,
    device: device ?? '',
    layer: layer ?? '',
    role: role ?? '',
    peer: peer ?? '',
    service: service ?? '',
    verb: verb ?? '',
    until: (untilUs ?? 0) > 0 ? isoTime(untilUs) : null,
  };
}
