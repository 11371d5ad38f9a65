/** Recalls and advisories with the devices they concern, and what people decide about each match. */
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import type { Notice } from '../../inventory/notice.ts';
import { type NoticeDecision, NoticeDesk, noticeStates, type StandingMatch } from '../../inventory/notice-desk.ts';
import { matchJson, stateCounts } from '../../inventory/notice-json.ts';
import type { Store } from '../../store/store.ts';
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
import { nameOf } from './decisions.ts';

const says = Type.Enum(['inside', 'outside', 'unknown', 'any']);

const matchShape = Type.Object(
  {
    device: Type.String(),
    address: Type.String(),
    name: Type.String(),
    notice: Type.String(),
    state: Type.Enum([...noticeStates]),
    by: Type.String({ description: 'wardwatch, or who decided' }),
    reason: Type.String(),
    decided: Type.Union([time, Type.Null()]),
    isChanged: Type.Boolean({ description: 'Somebody decided, and the notice was changed since' }),
    certainty: Type.Enum(['confirmed', 'possible'], { description: 'What the words say, before anybody decides' }),
    said: Type.String({ description: 'What of the device was found in the notice' }),
    text: Type.String({ description: 'Where it stands in the notice' }),
    version: says,
    unit: says,
    units: Type.String({ description: 'The number or range of the notice that decided' }),
    why: Type.Array(Type.String()),
    vulnerabilities: Type.Array(Type.String()),
    source: Type.String(),
    publisher: Type.String(),
    title: Type.String(),
    hazard: Type.String(),
    action: Type.String(),
    severity: Type.String(),
    status: Type.String(),
    date: Type.String(),
    url: Type.String(),
    file: Type.String(),
  },
  closed,
);

const decisionShape = Type.Object(
  {
    device: Type.String(),
    notice: Type.String(),
    state: Type.Enum([...noticeStates]),
    user: Type.String(),
    reason: Type.String(),
    time,
  },
  closed,
);

interface Known {
  readonly key: string;
  readonly notices: ReadonlyMap<string, Notice>;
  readonly matches: readonly StandingMatch[];
  readonly without: number;
}

/** What was matched last is good until somebody writes. */
class Cache {
  private known: Known | null = null;
  private readonly context: Context;

  constructor(context: Context) {
    this.context = context;
  }

  of(store: Store, run: string): Known {
    const own = this.context.store;
    const key = [run, store.find.version(), own.find.version(), store === own].join('\n');
    if (this.known !== null && this.known.key === key) return this.known;
    const desk = deskOf(this.context, store, run);
    const notices = desk.notices();
    const { matches, without } = desk.matches(notices);
    this.known = { key, notices: new Map(notices.map((notice) => [notice.id, notice])), matches, without };
    return this.known;
  }
}

/** Notices and decisions are the sensor's, whatever run is looked at. */
function deskOf({ store: { lists } }: Context, store: Store, run: string): NoticeDesk {
  return new NoticeDesk({ devices: (of, page) => store.devices(of, page), lists }, run);
}

export function recallRoutes(api: TypedApi, context: Context): void {
  listing(api, context, new Cache(context));
  deciding(api, context);
}

function listing(api: TypedApi, context: Context, cache: Cache): void {
  api.get(
    '/api/v1/recalls',
    {
      config: { subject: 'recalls' },
      schema: {
        summary: 'Devices that recalls and advisories concern: confirmed ones first (docs/recalls.md)',
        tags: ['recalls'],
        operationId: 'listRecalls',
        querystring: Type.Object(
          { ...partQuery, state: Type.Optional(Type.Enum([...noticeStates])), device: Type.Optional(idText) },
          closed,
        ),
        response: {
          200: Type.Object(
            {
              ...paged,
              notices: count,
              read: Type.Union([time, Type.Null()], { description: 'When the folder was read; null: never' }),
              troubles: Type.Array(Type.String({ description: 'A file that could not be used, and why' })),
              counts: Type.Object({ confirmed: count, possible: count, dismissed: count }, closed),
              withoutModel: Type.Integer({ minimum: 0, description: 'Medical devices whose model nobody knows' }),
              recalls: Type.Array(matchShape),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { notices, matches, without } = cache.of(store, run);
      const { state, device } = query;
      const chosen = matches.filter(
        (one) =>
          (state === undefined || one.standing.state === state) && (device === undefined || one.device === device),
      );
      const rows = chosen.slice(part.offset, part.offset + part.limit);
      const devices = store.find.devicesOf(
        run,
        rows.map((one) => one.device),
      );
      const kept = deskOf(context, store, run).about();
      return {
        run,
        total: chosen.length,
        ...part,
        notices: notices.size,
        read: kept === null ? null : isoTime(kept.timeUs),
        troubles: [...(kept?.about.problems ?? [])],
        counts: stateCounts(matches),
        withoutModel: without,
        recalls: rows.map((one) => matchJson(one, notices.get(one.notice), devices.get(one.device))),
      };
    },
  );

  api.get(
    '/api/v1/recalls/decisions',
    {
      config: { subject: 'recalls' },
      schema: {
        summary: 'Who decided what about which match, the newest first',
        tags: ['recalls'],
        operationId: 'listRecallDecisions',
        querystring: Type.Object({ device: Type.Optional(idText), notice: Type.Optional(idText) }, closed),
        response: { 200: Type.Object({ decisions: Type.Array(decisionShape) }, closed), ...problems },
      },
    },
    async ({ query: { device, notice } }) => {
      const decisions = context.store.lists
        .decisions<NoticeDecision>()
        .filter(
          (one) => (device === undefined || one.device === device) && (notice === undefined || one.notice === notice),
        )
        .reverse()
        .slice(0, DECISIONS_SHOWN);
      return { decisions: decisions.map(decisionJson) };
    },
  );
}

const DECISIONS_SHOWN = 1_000;

function deciding(api: TypedApi, context: Context): void {
  api.post(
    '/api/v1/recalls/decisions',
    {
      config: { role: 'engineer', subject: 'recalls', audited: ['device', 'notice', 'state', 'reason'] },
      schema: {
        summary: 'Confirm or dismiss a match, or take a decision back (possible)',
        tags: ['recalls'],
        operationId: 'decideRecall',
        querystring: Type.Object(runQuery, closed),
        body: Type.Object(
          {
            device: idText,
            notice: Type.String({ minLength: 1, maxLength: 200 }),
            state: Type.Enum([...noticeStates]),
            reason: Type.String({ maxLength: 1_000, description: 'Needed to confirm and to dismiss' }),
          },
          closed,
        ),
        response: { 201: decisionShape, ...problems },
      },
    },
    async (request, reply) => {
      const { store, run } = placeOf(context, request.query.run);
      if (store !== context.store) throw new ProblemError(409, 'Decisions are about devices of the sensor’s own runs.');
      const { device, notice, state, reason } = request.body;
      if (reason.trim() === '' && state !== 'possible')
        throw new ProblemError(422, 'Not made: a decision needs a reason.');
      const decision = { device, notice, state, user: nameOf(request), reason: reason.trim(), timeUs: context.nowUs() };
      await context.work.decideNotice(run, decision);
      return reply.code(201).send(decisionJson(decision));
    },
  );
}

function decisionJson({ device, notice, state, user, reason, timeUs }: Omit<NoticeDecision, 'revision'>) {
  return { device, notice, state, user, reason, time: isoTime(timeUs) };
}
