/** The queue: what needs somebody, the gravest for patients first. */
import { ofRun, useAnswer } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Choice } from '../parts/fields.tsx';
import { Risk, SeverityBadge, StandingBadge, TierBadge } from '../parts/marks.tsx';
import { Head } from '../parts/page.tsx';
import { narrow, to } from '../route.ts';
import type { IncidentSummary, Paged } from '../shapes.ts';
import { Between } from '../time.tsx';
import { byCareImpact } from '../weigh.ts';
import { called, cardName, severityOrder, some } from '../words.ts';
import type { PageProps } from './index.tsx';

export type IncidentList = Paged & { summaries: IncidentSummary[] };

const ROWS_MAX = 1_000;

export function useIncidents(device = '') {
  return useAnswer<IncidentList>(ofRun('incidents', { limit: ROWS_MAX, device }));
}

/** Somebody has to do something about it still. */
export function isOpen({ state, hidden }: IncidentSummary): boolean {
  return state !== 'closed' && !hidden;
}

export function IncidentsPage({ query }: PageProps) {
  const incidents = useIncidents();
  const severity = query.severity ?? '';
  const state = query.state ?? 'open';
  const fits = (row: IncidentSummary): boolean =>
    (severity === '' || row.severity === severity) &&
    (state === 'all' || (state === 'hidden' ? row.hidden : state === 'closed' ? row.state === 'closed' : isOpen(row)));
  return (
    <>
      <Head
        title="Incidents"
        lead="What wardwatch found, put together by device and day. The gravest for patients stands first. Nothing here is a clinical alarm."
      />
      <div class="bar">
        <Choice
          label="State"
          value={state}
          options={[
            ['open', 'open'],
            ['closed', 'closed'],
            ['hidden', 'hidden by a rule'],
            ['all', 'all'],
          ]}
          onChange={(value) => narrow({ state: value })}
        />
        <Choice
          label="Severity"
          value={severity}
          options={[['', 'all'], ...severityOrder.map((one) => [one, one] as const)]}
          onChange={(value) => narrow({ severity: value })}
        />
      </div>
      <Show of={incidents} what="the incidents">
        {({ summaries, total }) => {
          const shown = summaries.filter(fits);
          if (total === 0)
            return (
              <Empty>
                No incident in this run. Single signals that weigh little stand on the page of their device.
              </Empty>
            );
          if (shown.length === 0)
            return (
              <Empty>
                None of the {some(total, 'incident')} of this run is like that. Choose another state or severity.
              </Empty>
            );
          return (
            <section class="panel flush" aria-label="Incidents">
              <Queue incidents={shown} />
              {total > summaries.length ? (
                <p class="note">
                  The {ROWS_MAX} newest of {total} are shown.
                </p>
              ) : null}
            </section>
          );
        }}
      </Show>
    </>
  );
}

export function Queue({ incidents }: { incidents: readonly IncidentSummary[] }) {
  return (
    <ol class="queue">
      {byCareImpact(incidents).map((incident) => (
        <li key={incident.id}>
          <span>
            <SeverityBadge severity={incident.severity} />
          </span>
          <div>
            <a href={to(['incidents', incident.id])}>
              {called(incident.deviceName, incident.deviceClass)}: {cardName(incident.detector)}
            </a>
            <p>{incident.happened}</p>
            <p class="small">
              <Between start={incident.start} end={incident.end} /> · {some(incident.alerts.length, 'finding')}
              {incident.assignee === '' ? '' : ` · ${incident.assignee} has it`}
            </p>
          </div>
          <span class="marks">
            <TierBadge tier={incident.tier} /> <Risk risk={incident.risk} />
            {incident.hidden ? <span class="badge">hidden by a rule</span> : null}
            <StandingBadge state={incident.state} disposition={incident.disposition} />
          </span>
        </li>
      ))}
    </ol>
  );
}
