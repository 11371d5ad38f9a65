/** Rules that hide findings, people, tokens, the settings in force, and the record of who did what. */
import { address, ofRun, useAnswer } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Head, Panel } from '../parts/page.tsx';
import { Time } from '../time.tsx';
import { cardName, some } from '../words.ts';
import { People, Tokens } from './people.tsx';
import { Rules } from './rules.tsx';

export function SettingsPage() {
  return (
    <>
      <Head
        title="Settings and audit"
        lead="Rules and people are changed here; everything else in the configuration file of the sensor, and shown here as it is in force."
      />
      <div class="grid">
        <Rules />
        <Precision />
        <People />
        <Tokens />
        <InForce />
        <Audit />
      </div>
    </>
  );
}

interface PrecisionRow {
  detector: string;
  closed: number;
  right: number;
  expected: number;
  precision: number | null;
}

function Precision() {
  const answer = useAnswer<{ detector: Record<string, number>; precision: PrecisionRow[] }>(ofRun('alerts/counts'));
  return (
    <Panel
      title="How often each detector was right"
      flush
      about="From what people said when they closed findings. The noisiest stands first."
    >
      <Show of={answer} what="the counts of detectors">
        {({ detector, precision }) => {
          const rows = Object.entries(detector).sort(([, a], [, b]) => b - a);
          if (rows.length === 0) return <Empty>No detector has spoken in this run.</Empty>;
          return (
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Detector</th>
                    <th scope="col" class="number">
                      Findings
                    </th>
                    <th scope="col" class="number">
                      Closed
                    </th>
                    <th scope="col" class="number">
                      Of them true
                    </th>
                    <th scope="col" class="number">
                      Right
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(([id, count]) => {
                    const judged = precision.find((one) => one.detector === id);
                    return (
                      <tr key={id}>
                        <td>
                          {cardName(id)} <span class="muted small">{id}</span>
                        </td>
                        <td class="number">{count}</td>
                        <td class="number">{judged?.closed ?? 0}</td>
                        <td class="number">{judged?.right ?? 0}</td>
                        <td class="number">
                          {judged?.precision == null ? '–' : `${Math.round(judged.precision * 100)} %`}
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          );
        }}
      </Show>
    </Panel>
  );
}

function InForce() {
  const answer = useAnswer<{ settings: unknown }>(address('settings'));
  return (
    <Panel title="Settings in force" about="As the sensor read them, secrets left out.">
      <Show of={answer} what="the settings">
        {({ settings }) =>
          settings === null ? (
            <Empty>
              The sensor did not tell its settings: this is a replay, or it was started without a configuration file.
            </Empty>
          ) : (
            <details>
              <summary>Show them</summary>
              <pre class="mono small">{JSON.stringify(settings, null, 2)}</pre>
            </details>
          )
        }
      </Show>
    </Panel>
  );
}

interface AuditRow {
  number: number;
  time: string;
  user: string;
  role: string;
  how: string;
  address: string;
  action: string;
  target: string;
  detail: string;
  status: number;
  count: number;
}

/** `addUser` → `add user`. */
function actionWords(action: string): string {
  return action.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueWords).join('; ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value)
    .filter((part) => part !== '')
    .map(valueWords)
    .join(' ');
}

/** What was sent along, as `role: viewer, reason: …`. */
function detailWords(detail: string): string {
  try {
    const said = JSON.parse(detail) as Record<string, unknown>;
    return Object.entries(said)
      .map(([name, value]) => `${name}: ${valueWords(value)}`)
      .join(', ');
  } catch {
    return detail;
  }
}

function Audit() {
  const answer = useAnswer<{ total: number; audit: AuditRow[] }>(address('audit', { limit: 200 }));
  return (
    <Panel title="Who did what" flush about="Every write and every refused one, the newest first.">
      <Show of={answer} what="the record of who did what">
        {({ audit, total }) =>
          audit.length === 0 ? (
            <Empty>Nobody has changed anything yet.</Empty>
          ) : (
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Who</th>
                    <th scope="col">From</th>
                    <th scope="col">What</th>
                    <th scope="col">Result</th>
                  </tr>
                </thead>
                <tbody>
                  {audit.map((row) => (
                    <tr key={row.number}>
                      <td>
                        <Time at={row.time} form="long" />
                      </td>
                      <td>
                        {row.user || 'nobody known'} <span class="muted small">{row.role}</span>
                      </td>
                      <td>{row.address}</td>
                      <td class="wrap-any">
                        {actionWords(row.action)} {row.target}{' '}
                        <span class="muted small">{detailWords(row.detail)}</span>
                      </td>
                      <td>
                        {row.status >= 200 && row.status < 400 ? (
                          <span class="badge good">✓ done</span>
                        ) : (
                          <span class="badge high">✕ refused ({row.status})</span>
                        )}
                        {row.count > 1 ? ` ${some(row.count, 'time')}` : ''}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {total > audit.length ? (
                <p class="note">
                  The newest {audit.length} of {total} are shown.
                </p>
              ) : null}
            </div>
          )
        }
      </Show>
    </Panel>
  );
}
