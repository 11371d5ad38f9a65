/** The page of one device: what it is and how that is known, who it talks to, what is usual, what waits, what changed. */
import { Type } from 'typebox';
import type { DeviceDocument } from '../../baseline/document.ts';
import type { StoredDecision } from '../../model.ts';
import { alertJson, deviceJson, heldJson, incidentJson, linkJson, postureJson } from '../../model-json.ts';
import { type Context, idText, placeOf, problems, runQuery, type TypedApi } from '../context.ts';
import { decidedOf } from '../decided.ts';
import { ProblemError } from '../problems.ts';
import { alertShape, closed, count, deviceShape, heldShape, incidentShape, postureShape, time } from '../shapes.ts';
import { timelineOf } from '../timeline.ts';
import { countsOf, decisionJson, layersOf, layersShape } from './baselines.ts';
import { decidedShape } from './held.ts';
import { linkShape, nodeShape, nodesOf } from './links.ts';

/** What the page shows of each kind; the lists have the rest. */
const SHOWN_MAX = 100;
const ALERTS_MAX = 20;
const CHANGES_MAX = 200;

const pageShape = Type.Object(
  {
    ...deviceShape.properties,
    run: Type.String(),
    links: Type.Array(linkShape, { description: 'The busiest first' }),
    linksTotal: count,
    peers: Type.Array(nodeShape, { description: 'The devices at the other ends' }),
    baseline: Type.Union([
      Type.Object(
        {
          group: Type.String(),
          layers: layersShape,
          accepted: count,
          candidates: count,
          held: count,
          rejected: count,
        },
        closed,
      ),
      Type.Null(),
    ]),
    held: Type.Array(heldShape),
    decided: Type.Array(decidedShape, { description: 'Of each held entry, in the same order' }),
    incidents: Type.Array(incidentShape),
    alerts: Type.Array(alertShape, { description: 'The newest' }),
    alertsTotal: count,
    posture: Type.Array(postureShape),
    decisions: Type.Array(Type.Object({}, { additionalProperties: true })),
    timeline: Type.Array(
      Type.Object(
        {
          time,
          kind: Type.Enum(['first seen', 'attribute', 'partner', 'held', 'learning', 'decision', 'alert']),
          what: Type.String({ description: 'One plain sentence' }),
          from: Type.String(),
        },
        closed,
      ),
      { description: 'What changed, the newest first' },
    ),
  },
  closed,
);

export function devicePageRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/devices/:id',
    {
      config: { subject: 'devices' },
      schema: {
        summary:
          'One device with the evidence for what is said about it, its links, baseline, held entries and changes',
        tags: ['devices'],
        operationId: 'getDevice',
        params: Type.Object({ id: idText }, closed),
        querystring: Type.Object(runQuery, closed),
        response: { 200: pageShape, ...problems },
      },
    },
    async ({ params, query }) => {
      const { store, run } = placeOf(context, query.run);
      const device = store.device(run, params.id);
      if (device === null) throw new ProblemError(404, 'The run has no device of this id.');
      const { id } = device;
      const part = { device: id, limit: SHOWN_MAX, offset: 0 };
      const baseline = store.baselines.device(run, id) as DeviceDocument | null;
      const links = store.links.links(run, part);
      const held = store.find.held(run, part).rows;
      const alerts = store.find.alerts(run, { ...part, limit: ALERTS_MAX });
      const all = store.baselines.decisions(run);
      const decisions = all.filter((one) => one.device === id || one.device === '');
      return {
        ...deviceJson(device),
        run,
        links: links.rows.map(linkJson),
        linksTotal: links.total,
        peers: nodesOf(store, run, [
          ...links.rows.flatMap(({ client, server }) => [client, server]).filter((one) => one !== id),
          ...held.map(({ peer }) => peer),
        ]),
        baseline:
          baseline === null ? null : { group: baseline.group, layers: layersOf(baseline), ...countsOf(baseline) },
        held: held.map(heldJson),
        decided: held.map(decidedOf(decisions as StoredDecision[])),
        incidents: store.find.incidents(run, part).rows.map(incidentJson),
        alerts: alerts.rows.map(alertJson),
        alertsTotal: alerts.total,
        posture: store.find.posture(run, part).rows.map(postureJson),
        decisions: decisions.slice(-SHOWN_MAX).reverse().map(decisionJson),
        timeline: timelineOf({ device, baseline, alerts: alerts.rows, held, decisions }, CHANGES_MAX),
      };
    },
  );
}
