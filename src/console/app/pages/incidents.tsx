/** The queue: what needs somebody, the gravest for patients first. */
import { ofRun, useAnswer } from '../client.ts';
import { directoryOf, nameOf, useDevices } from '../directory.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Risk, SeverityBadge, StandingBadge, TierBadge } from '../parts/marks.tsx';
import { Head } from '../parts/page.tsx';
import { narrow, to } from '../route.ts';
import type { Finding, Incident, Paged } from '../shapes.ts';
import { Between } from '../time.tsx';
import { byCareImpact, mainFinding } from '../weigh.ts';
import { cardName, severityOrder, some } from '../words.ts';
import type { PageProps } from './index.tsx';

export type IncidentList = Paged & { incidents: Incident[] };
export type FindingList = Paged & { alerts: Finding[] };

const ROWS_MAX = 1_000;

export function useIncidents() {
  return useAnswer<IncidentList>(ofRun('incidents', { limit: ROWS_MAX }));
}

export function useFindings() {
  return useAnswer<FindingList>(ofRun('alerts', { limit: ROWS_MAX }));
}

export function IncidentsPage({ query }: PageProps) {
  const incidents = useIncidents();
  const severity = query.severity ?? '';
  const state = query.state ?? '';
  return (
    <>
      <Head
        title="Incidents"
        lead="What wardwatch found, put together by device and day. The gravest for patients stands first; nothing here is a clinical alarm."
      />
      <div class="bar">
        <label class="field">
          <span>Severity</span>
          <select value={severity} onChange={({ currentTarget: { value } }) => narrow({ severity: value })}>
            <option value="">all</option>
            {severityOrder.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>State</span>
          <select value={state} onChange={({ currentTarget: { value } }) => narrow({ state: value })}>
            <option value="">open and closed</option>
            <option value="open">open</option>
            <option value="closed">closed</option>
          </select>
        </label>
      </div>
      <Show of={incidents} what="the incidents">
        {({ incidents: rows }) => {
          const shown = rows.filter(
            (row) =>
              (severity === '' || row.severity === severity) &&
              (state === '' || (standingOf(row) === 'closed') === (state === 'closed')),
          );
          if (rows.length === 0) {
            return (
              <Empty>
                No incident in this run. Signals that weigh little stay in the list of the device they concern.
              </Empty>
            );
          }
          if (shown.length === 0) return <Empty>None of the {some(rows.length, 'incident')} is like that.</Empty>;
          return (
            <section class="panel flush" aria-label="Incidents">
              <Queue incidents={shown} />
            </section>
          );
        }}
      </Show>
    </>
  );
}

export function standingOf(incident: Incident): string {
  return incident.standing?.state ?? 'open';
}

export function Queue({ incidents }: { incidents: readonly Incident[] }) {
  const devices = directoryOf(useDevices());
  const findings = useFindings();
  const byId = new Map((findings.value?.alerts ?? []).map((finding) => [finding.id, finding]));
  const tierOf = (id: string): number => devices.get(id)?.tier ?? 3;
  return (
    <ol class="queue">
      {byCareImpact(incidents, tierOf).map((incident) => {
        const main = mainFinding(incident.alerts.map((id) => byId.get(id)).filter((one) => one !== undefined));
        return (
          <li key={incident.id}>
            <span>
              <SeverityBadge severity={incident.severity} />
            </span>
            <div>
              <a href={to(['incidents', incident.id])}>
                {nameOf(devices, incident.device)}: {main === undefined ? 'incident' : cardName(main.detector)}
              </a>
              <p>{main?.happened}</p>
              <p class="small">
                <Between start={incident.start} end={incident.end} /> · {some(incident.alerts.length, 'finding')}
              </p>
            </div>
            <span class="nowrap">
              <TierBadge tier={tierOf(incident.device)} /> <Risk risk={incident.risk} />{' '}
              <StandingBadge state={standingOf(incident)} disposition={incident.standing?.disposition} />
            </span>
          </li>
        );
      })}
    </ol>
  );
}
