/** Alerts with what people did about them, and how often each detector was right. */
import { Type } from 'typebox';
import { type Disposition, precisionOf, type Standing, type Step, standingOf } from '../../alert/lifecycle.ts';
import { hides, type Suppression } from '../../alert/suppression.ts';
import { isoTime } from '../../bytes/time.ts';
import { type FindingRow, severities } from '../../model.ts';
import { alertJson } from '../../model-json.ts';
import type { Store } from '../../store/store.ts';
import {
  type Context,
  idText,
  microseconds,
  moment,
  paged,
  partOf,
  partQuery,
  placeOf,
  problems,
  runQuery,
  type TypedApi,
} from '../context.ts';
import { ProblemError } from '../problems.ts';
import { alertShape, closed, count, counts, time } from '../shapes.ts';

export const standingShape = Type.Object(
  {
    state: Type.Enum(['open', 'acknowledged', 'closed', 'reopened']),
    disposition: Type.String({ description: 'true, benign or expected, when it is closed' }),
    assignee: Type.String(),
    comments: count,
    hiddenBy: Type.Integer({ minimum: 0, description: 'Number of the suppression that hides it, or 0' }),
  },
  closed,
);

export const stepShape = Type.Object(
  {
    action: Type.String(),
    time,
    user: Type.String(),
    text: Type.String(),
    disposition: Type.String(),
    assignee: Type.String(),
  },
  closed,
);

export const standingStates = Type.Enum(['open', 'acknowledged', 'closed', 'reopened']);

export function alertRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/alerts',
    {
      config: { subject: 'incidents' },
      schema: {
        summary: 'Alerts of a run, the newest first',
        tags: ['incidents'],
        operationId: 'listAlerts',
        querystring: Type.Object(
          {
            ...partQuery,
            device: Type.Optional(idText),
            detector: Type.Optional(idText),
            severity: Type.Optional(Type.Enum([...severities])),
            state: Type.Optional(standingStates),
            from: Type.Optional(moment),
            to: Type.Optional(moment),
          },
          closed,
        ),
        response: {
          200: Type.Object(
            {
              ...paged,
              alerts: Type.Array(alertShape),
              standings: Type.Record(Type.String(), standingShape, { description: 'By id: what people did about it' }),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { device, detector, severity, state } = query;
      const fromUs = microseconds(query.from, 'querystring/from') ?? undefined;
      const toUs = microseconds(query.to, 'querystring/to') ?? undefined;
      const { rows, total } = store.find.alerts(run, { device, detector, severity, state, fromUs, toUs, ...part });
      const standings = standingsOf(store, run, rows, context.nowUs());
      return { run, total, ...part, alerts: rows.map(alertJson), standings };
    },
  );

  api.get(
    '/api/v1/alerts/counts',
    {
      config: { subject: 'incidents' },
      schema: {
        summary: 'How many alerts there are, by severity and detector, and how often each detector was right',
        tags: ['incidents'],
        operationId: 'countAlerts',
        querystring: Type.Object(runQuery, closed),
        response: {
          200: Type.Object(
            {
              run: Type.String(),
              severity: counts,
              detector: counts,
              precision: Type.Array(
                Type.Object(
                  {
                    detector: Type.String(),
                    closed: count,
                    right: count,
                    expected: count,
                    precision: Type.Union([Type.Number(), Type.Null()]),
                  },
                  closed,
                ),
              ),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run } = placeOf(context, query.run);
      const closedOnes = store.find
        .alerts(run, { state: 'closed', limit: 10_000, offset: 0 })
        .rows.map(({ id, detector }) => ({
          detector,
          disposition: store.dispositions.standing<Standing>(run, id)?.disposition ?? '',
        }))
        .filter((one): one is { detector: string; disposition: Disposition } => one.disposition !== '');
      const { find } = store;
      const severity = find.alertCounts(run, 'severity');
      return { run, severity, detector: find.alertCounts(run, 'detector'), precision: precisionOf(closedOnes) };
    },
  );

  api.get(
    '/api/v1/alerts/:id',
    {
      config: { subject: 'incidents' },
      schema: {
        summary: 'One alert, with the steps that people took',
        tags: ['incidents'],
        operationId: 'getAlert',
        params: Type.Object({ id: idText }, closed),
        querystring: Type.Object(runQuery, closed),
        response: {
          200: Type.Object(
            {
              run: Type.String(),
              alert: alertShape,
              standing: standingShape,
              steps: Type.Array(stepShape),
              incident: Type.String({ description: 'Id of the incident it belongs to, or empty' }),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ params, query }) => {
      const { store, run } = placeOf(context, query.run);
      const row = store.alert(run, params.id);
      if (row === null) throw new ProblemError(404, 'The run has no alert of this id.');
      const [standing] = Object.values(standingsOf(store, run, [row], context.nowUs()));
      if (standing === undefined) throw new ProblemError(404, 'The run has no alert of this id.');
      const around = store.find.incidents(run, { device: row.device, limit: 200, offset: 0 }).rows;
      const incident = around.find(({ alerts }) => alerts.includes(row.id))?.id ?? '';
      return { run, alert: alertJson(row), standing, steps: stepsOf(store, run, row.id), incident };
    },
  );
}

export function stepsOf(store: Store, run: string, subject: string) {
  return store.dispositions.steps<Step>(run, subject).map(({ action, timeUs, user, text, disposition, assignee }) => ({
    action,
    time: isoTime(timeUs),
    user,
    text,
    disposition,
    assignee,
  }));
}

export function standingsOf(store: Store, run: string, rows: readonly FindingRow[], nowUs: number) {
  const rules = rulesOf(store, run, nowUs);
  return Object.fromEntries(
    rows.map((row) => {
      const hiddenBy = rules.find((rule) => hides(rule, row, nowUs))?.number ?? 0;
      return [row.id, { ...standingIn(store, run, row.id), hiddenBy }];
    }),
  );
}

/** Suppressions that hold now. */
export function rulesOf(store: Store, run: string, nowUs: number) {
  return store.dispositions.suppressions<Suppression>(run).filter(({ expiresUs }) => nowUs < expiresUs);
}

export function standingIn(store: Store, run: string, subject: string): Standing {
  return store.dispositions.standing<Standing>(run, subject) ?? standingOf(store.dispositions.steps(run, subject));
}
