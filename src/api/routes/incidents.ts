/** Incidents: the queue, and the page of one with its four sentences, its story and its evidence. */
import { Type } from 'typebox';
import { hides } from '../../alert/suppression.ts';
import { isoTime } from '../../bytes/time.ts';
import { type FindingRow, type IncidentRow, severities } from '../../model.ts';
import { alertJson, deviceJson, incidentJson } from '../../model-json.ts';
import type { Store } from '../../store/store.ts';
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
import { alertShape, closed, count, deviceShape, incidentShape, time } from '../shapes.ts';
import { rulesOf, standingIn, standingShape, standingStates, standingsOf, stepShape, stepsOf } from './alerts.ts';

export const sentencesShape = Type.Object(
  {
    usual: Type.String({ description: 'What is usual' }),
    happened: Type.String({ description: 'What happened' }),
    matters: Type.String({ description: 'Why it matters' }),
    firstStep: Type.String({ description: 'What to do first' }),
  },
  closed,
);

export const incidentRowShape = Type.Object(
  {
    ...incidentShape.properties,
    ...sentencesShape.properties,
    deviceName: Type.String(),
    deviceClass: Type.String(),
    tier: Type.Integer({ minimum: 0, maximum: 4, description: '0: the device is not known' }),
    detector: Type.String({ description: 'Whose sentences these are: the worst of them' }),
    detectors: Type.Array(Type.String()),
    peers: Type.Array(Type.String()),
    state: standingStates,
    assignee: Type.String(),
    disposition: Type.String(),
    hidden: Type.Boolean({ description: 'All of its alerts are hidden by suppressions' }),
  },
  closed,
);

const momentShape = Type.Object(
  {
    time,
    kind: Type.Enum(['alert', 'step']),
    title: Type.String(),
    detail: Type.String(),
    subject: Type.String({ description: 'Id of the alert or incident' }),
    user: Type.String(),
  },
  closed,
);

const incidentPageShape = Type.Object(
  {
    run: Type.String(),
    incident: incidentRowShape,
    device: Type.Union([deviceShape, Type.Null()]),
    peers: Type.Array(
      Type.Object({ id: Type.String(), name: Type.String(), class: Type.String(), external: Type.Boolean() }, closed),
    ),
    alerts: Type.Array(alertShape),
    standings: Type.Record(Type.String(), standingShape),
    timeline: Type.Array(momentShape),
    steps: Type.Array(stepShape),
    evidence: Type.Object(
      {
        packets: count,
        flows: count,
        available: Type.Boolean({ description: 'Masked packets can be downloaded' }),
      },
      closed,
    ),
  },
  closed,
);

export function incidentRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/incidents',
    {
      config: { subject: 'incidents' },
      schema: {
        summary: 'Incidents of a run: alerts that belong together, with the risk for the device',
        tags: ['incidents'],
        operationId: 'listIncidents',
        querystring: Type.Object(
          {
            ...partQuery,
            device: Type.Optional(idText),
            severity: Type.Optional(Type.Enum([...severities])),
            state: Type.Optional(standingStates),
            sort: Type.Optional(Type.Enum(['start', 'risk'])),
          },
          closed,
        ),
        response: {
          200: Type.Object(
            {
              ...paged,
              incidents: Type.Array(incidentShape),
              summaries: Type.Array(incidentRowShape, { description: 'The same, with what a queue shows' }),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { device, severity, state, sort } = query;
      const { rows, total } = store.find.incidents(run, { device, severity, state, sort, ...part });
      const summaries = rows.map((row) => summaryOf(store, run, row, alertsOf(store, run, row), context.nowUs()));
      return { run, total, ...part, incidents: rows.map(incidentJson), summaries };
    },
  );

  api.get(
    '/api/v1/incidents/:id',
    {
      config: { subject: 'incidents' },
      schema: {
        summary: 'One incident: four sentences, story, alerts, what people did, evidence',
        tags: ['incidents'],
        operationId: 'getIncident',
        params: Type.Object({ id: idText }, closed),
        querystring: Type.Object(runQuery, closed),
        response: { 200: incidentPageShape, ...problems },
      },
    },
    async ({ params, query }) => {
      const { store, run } = placeOf(context, query.run);
      const row = store.find.incident(run, params.id);
      if (row === null) throw new ProblemError(404, 'The run has no incident of this id.');
      const alerts = alertsOf(store, run, row);
      const device = store.device(run, row.device);
      const peerIds = [...new Set(alerts.map(({ peer }) => peer).filter((peer) => peer !== ''))];
      const peers = [...store.find.devicesOf(run, peerIds).values()];
      return {
        run,
        incident: summaryOf(store, run, row, alerts, context.nowUs()),
        device: device === null ? null : deviceJson(device),
        peers: peerIds.map((id) => {
          const known = peers.find((one) => one.id === id);
          return { id, name: calledOf(known, id), class: known?.class ?? '', external: known?.external ?? true };
        }),
        alerts: alerts.map(alertJson),
        standings: standingsOf(store, run, alerts, context.nowUs()),
        timeline: timelineOf(store, run, row, alerts),
        steps: stepsOf(store, run, row.id),
        evidence: evidenceOf(store, run, alerts, context.work.hasSlice(run, row.id)),
      };
    },
  );
}

/** In the order of time. */
export function alertsOf(store: Store, run: string, { alerts }: IncidentRow): FindingRow[] {
  const found = alerts.map((id) => store.alert(run, id)).filter((alert) => alert !== null);
  return found.sort((a, b) => a.startUs - b.startUs || (a.id < b.id ? -1 : 1));
}

/** The sentences of an incident are those of its worst alert; of several the surest, then the first. */
function worstOf(alerts: readonly FindingRow[]): FindingRow | undefined {
  const rank = ({ severity, confidence }: FindingRow): number => severities.indexOf(severity) + confidence / 2;
  return alerts.reduce<FindingRow | undefined>(
    (worst, one) => (worst === undefined || rank(one) > rank(worst) ? one : worst),
    undefined,
  );
}

export function summaryOf(
  store: Store,
  run: string,
  row: IncidentRow,
  alerts: readonly FindingRow[],
  nowUs: number,
): Record<string, unknown> & ReturnType<typeof incidentJson> & IncidentSummary {
  const worst = worstOf(alerts);
  const device = store.find.devicesOf(run, [row.device]).get(row.device);
  const { state, assignee, disposition } = standingIn(store, run, row.id);
  const rules = rulesOf(store, run, nowUs);
  return {
    ...incidentJson(row),
    usual: worst?.usual ?? '',
    happened: worst?.happened ?? '',
    matters: worst?.matters ?? '',
    firstStep: worst?.firstStep ?? '',
    deviceName: calledOf(device, row.device),
    deviceClass: device?.class ?? '',
    tier: device?.tier ?? 0,
    detector: worst?.detector ?? '',
    detectors: [...new Set(alerts.map(({ detector }) => detector))].sort(),
    peers: [...new Set(alerts.map(({ peer }) => peer).filter((peer) => peer !== ''))],
    state,
    assignee,
    disposition,
    hidden: alerts.length > 0 && alerts.every((alert) => rules.some((rule) => hides(rule, alert, nowUs))),
  };
}

export interface IncidentSummary {
  usual: string;
  happened: string;
  matters: string;
  firstStep: string;
  deviceName: string;
  deviceClass: string;
  tier: number;
  detector: string;
  detectors: string[];
  peers: string[];
  state: 'open' | 'acknowledged' | 'closed' | 'reopened';
  assignee: string;
  disposition: string;
  hidden: boolean;
}

function timelineOf(store: Store, run: string, row: IncidentRow, alerts: readonly FindingRow[]) {
  const raised = alerts.flatMap(({ id, detector, happened, usual, startUs, repeats = [] }) => {
    const at = { kind: 'alert' as const, subject: id, user: '' };
    const first = { ...at, time: isoTime(startUs), title: `${detector}: ${happened}`, detail: usual };
    const again = repeats.filter(({ count }) => count > 1);
    return [
      first,
      ...again.map(({ count, timeUs }) => ({
        ...at,
        time: isoTime(timeUs),
        title: `${detector}: ${count} times so far`,
        detail: '',
      })),
    ];
  });
  const steps = [row.id, ...row.alerts].flatMap((subject) =>
    stepsOf(store, run, subject).map(({ action, time, user, text, disposition, assignee }) => ({
      time,
      kind: 'step' as const,
      title: [action, disposition, assignee].filter((word) => word !== '').join(' '),
      detail: text,
      subject,
      user,
    })),
  );
  return [...raised, ...steps].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

function evidenceOf(store: Store, run: string, alerts: readonly FindingRow[], hasSlice: boolean) {
  const flows = new Set(alerts.flatMap(({ evidence }) => evidence.flows));
  const packets = alerts.reduce((sum, { evidence }) => sum + evidence.packets.length, 0);
  const kept = store.runNamed(run);
  return { packets, flows: flows.size, available: packets + flows.size > 0 && (kept?.kind === 'replay' || hasSlice) };
}
