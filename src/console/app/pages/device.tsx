/** One device: who it is and how that is known, whom it talks to, how it is used, what changed, what is suspicious. */
import { ofRun, useAnswer } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { ClassText, LearningText, TierBadge } from '../parts/marks.tsx';
import { Figure, Head, Panel } from '../parts/page.tsx';
import { SeriesChart } from '../pictures/chart.tsx';
import { to } from '../route.ts';
import type { Device, DeviceAnswer, Evidence, Posture } from '../shapes.ts';
import { Time } from '../time.tsx';
import { attributeName, attributeNames, bytes, className, deviceName, share, some, whole } from '../words.ts';
import { DeviceBaseline } from './device-baseline.tsx';
import { DeviceActivity, DeviceChanges, DeviceLinks } from './device-links.tsx';
import { ForeignAlerts } from './foreign.tsx';
import { Queue, useIncidents } from './incidents.tsx';
import type { PageProps } from './index.tsx';
import { RecallsOf } from './recalls.tsx';

export function DevicePage({ parts }: PageProps) {
  const [id = ''] = parts;
  const answer = useAnswer<DeviceAnswer>(ofRun(`devices/${encodeURIComponent(id)}`));
  return (
    <Show of={answer} what="this device">
      {(device) => <DeviceView device={device} />}
    </Show>
  );
}

function DeviceView({ device }: { device: DeviceAnswer }) {
  const { id, utilisation } = device;
  return (
    <>
      <Head title={deviceName(device)} crumbs={<a href={to(['devices'])}>Devices</a>} />
      <p class="facts">
        <b>
          <ClassText device={device} />
        </b>
        <TierBadge tier={device.tier} />
        <span>{[device.manufacturer || device.vendor, device.model].filter((word) => word !== '').join(' ')}</span>
        <span class="muted">
          heard from <Time at={device.firstSeen} /> to <Time at={device.lastSeen} />
        </span>
        <span class="muted">
          baseline: <LearningText state={device.state} />
        </span>
      </p>
      <div class="grid">
        <Incidents device={id} />
        <RecallsOf device={id} />
        <div class="two-thirds stack">
          <Panel
            title="Who it talks to"
            about="An arrow points from the one who begins. Broken lines are new, red ones belong to an incident."
          >
            <DeviceLinks device={device} />
          </Panel>
          <Panel
            title="A week of activity"
            about="Bytes sent and received in each hour, in your time zone. The stronger the colour, the more."
          >
            <DeviceActivity id={id} />
          </Panel>
          <Panel title="Sent and received">
            <SeriesChart
              measurement="wardwatch_device"
              fields={[
                ['bytes_out', 'sent'],
                ['bytes_in', 'received'],
              ]}
              device={id}
              text={bytes}
              what="the traffic of this device"
              empty="No traffic was measured for this device yet."
            />
          </Panel>
          <DeviceBaseline device={device} />
        </div>
        <div class="third stack">
          <Panel title="Identity" about="Each value and how sure it is; open one to see where it was read.">
            <Identity device={device} />
          </Panel>
          <Panel title="Use">
            <div class="figures">
              {utilisation.exams > 0 ? <Figure value={whole(utilisation.exams)} label="exams" /> : null}
              {utilisation.instances > 0 ? <Figure value={whole(utilisation.instances)} label="images" /> : null}
              <Figure value={whole(utilisation.messages)} label="HL7 messages" />
              <Figure value={bytes(utilisation.bytesOut)} label="sent" />
              <Figure value={bytes(utilisation.bytesIn)} label="received" />
              <Figure value={whole(utilisation.activeHours)} label="hours in use" />
            </div>
            <p class="muted small">Counted without keeping anything about patients.</p>
          </Panel>
          <Panel title="What changed">
            <DeviceChanges changes={device.timeline} peers={device.peers} />
          </Panel>
          <ForeignAlerts device={id} />
          <Weaknesses posture={device.posture} />
        </div>
      </div>
    </>
  );
}

function Incidents({ device }: { device: string }) {
  const answer = useIncidents(device);
  const rows = answer.value?.summaries ?? [];
  if (answer.state === 'here' && rows.length === 0) return null;
  return (
    <Panel title="Incidents of this device" flush>
      <Show of={answer} what="its incidents">
        {({ summaries }) => <Queue incidents={summaries} />}
      </Show>
    </Panel>
  );
}

function Identity({ device }: { device: Device }) {
  const byAttribute = new Map<string, Map<string, Evidence[]>>();
  for (const row of device.evidence) {
    const values = byAttribute.get(row.attribute) ?? new Map<string, Evidence[]>();
    values.set(row.value, [...(values.get(row.value) ?? []), row]);
    byAttribute.set(row.attribute, values);
  }
  if (byAttribute.size === 0) return <Empty>Nothing was said about this device yet.</Empty>;
  const order = Object.keys(attributeNames);
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  const sorted = [...byAttribute].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
  return (
    <dl class="identity">
      {sorted.map(([attribute, values]) => (
        <div key={attribute}>
          <dt>
            {attributeName(attribute)}
            {values.size > 1 && isSingle(attribute) ? <span class="badge medium">in conflict</span> : null}
          </dt>
          <dd>
            {[...values].map(([value, rows]) => (
              <details key={value}>
                <summary>
                  <span class="wrap-any">{attribute === 'class' ? className(value) : value}</span>
                  <span class="muted small" title="how sure">
                    {share(Math.max(...rows.map(({ confidence }) => confidence)))}
                  </span>
                </summary>
                <ul class="small muted">
                  {rows.map((row) => (
                    <li key={row.source}>
                      {row.source}, {share(row.confidence)}, <Time at={row.firstSeen} /> to <Time at={row.lastSeen} />
                    </li>
                  ))}
                </ul>
              </details>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A device has one of these; two of them are a question. */
function isSingle(attribute: string): boolean {
  return ['serial', 'class', 'model', 'manufacturer', 'mac'].includes(attribute);
}

function Weaknesses({ posture }: { posture: readonly Posture[] }) {
  return (
    <Panel title="Weaknesses" about="How it stands, without an alarm: worth mending at the next service.">
      {posture.length === 0 ? (
        <Empty>None was seen.</Empty>
      ) : (
        <ul class="lines">
          {posture.map((row) => (
            <li key={`${row.rule} ${row.peer}`}>
              {row.what}{' '}
              <span class="muted small">
                {row.detail}
                {row.peerAddress === '' ? '' : ` with ${row.peerAddress}`}, {some(row.count, 'time')}, last{' '}
                <Time at={row.lastSeen} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
