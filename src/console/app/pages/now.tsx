/** The first page: one sentence on the state of the network, who needs somebody, what changed, how much was seen. */
import { address, ofRun, useAnswer } from '../client.ts';
import { type DeviceList, useDevices } from '../directory.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { ClassText } from '../parts/marks.tsx';
import { Figure, Head, Panel } from '../parts/page.tsx';
import { SeriesChart } from '../pictures/chart.tsx';
import { to } from '../route.ts';
import type { Device, Health, HeldList, Severity } from '../shapes.ts';
import { Time } from '../time.tsx';
import { stateSentence } from '../weigh.ts';
import { bytes, deviceName, some, whole } from '../words.ts';
import { isOpen, Queue, useIncidents } from './incidents.tsx';

const DAY_MS = 86_400_000;

export function NowPage() {
  const devices = useDevices();
  const incidents = useIncidents();
  const health = useAnswer<Health>(address('health'));
  const held = useAnswer<HeldList>(ofRun('held', { limit: 1_000 }));
  const rows = devices.value?.devices ?? [];
  const open = (incidents.value?.summaries ?? []).filter(isOpen);
  const count = (severity: Severity): number => open.filter((incident) => incident.severity === severity).length;
  const waiting = (held.value?.decided ?? []).filter(({ decision }) => decision === '').length;
  const isReady = devices.state === 'here' && incidents.state === 'here';
  const { words, severity } = stateSentence({
    devices: devices.value?.total ?? 0,
    medical: rows.filter(({ medical }) => medical).length,
    open: { critical: count('critical'), high: count('high'), medium: count('medium'), low: count('low') },
    held: waiting,
    coveragePercent: health.value?.coverage?.percent ?? null,
  });
  return (
    <>
      <Head title="Now" />
      <div class="grid">
        <section class={`panel state-line ${isReady ? severity : ''}`} aria-label="State of the network">
          <div>
            <p class="say">{isReady ? words : devices.state === 'failed' ? devices.error.message : 'Looking …'}</p>
            <Freshness health={health.value} />
          </div>
        </section>
        <Panel title="Needs somebody" size="two-thirds" flush aside={<a href={to(['incidents'])}>all incidents</a>}>
          <Show of={incidents} what="the incidents">
            {() => (open.length === 0 ? <Empty>No incident is open.</Empty> : <Queue incidents={open.slice(0, 8)} />)}
          </Show>
        </Panel>
        <div class="third stack">
          <Panel title="At a glance">
            <div class="figures">
              <Figure value={whole(devices.value?.total ?? 0)} label="machines heard" />
              <Figure value={whole(rows.filter(({ medical }) => medical).length)} label="of them medical" />
              <Figure value={whole(open.length)} label="open incidents" />
              <Figure value={whole(waiting)} label="connections wait" />
            </div>
            {waiting > 0 ? (
              <p>
                <a href={to(['baseline'])}>
                  Decide about the {some(waiting, 'connection')} that {waiting === 1 ? 'waits' : 'wait'}
                </a>
              </p>
            ) : null}
          </Panel>
          <Panel title="How much the sensor sees">
            <Show of={health} what="the health of the sensor">
              {(value) => <CoverageWords health={value} />}
            </Show>
          </Panel>
          <Panel title="New in the last 24 hours">
            <Show of={devices} what="the devices">
              {(list) => <NewDevices list={list} />}
            </Show>
          </Panel>
        </div>
        <Panel title="Traffic" size="half" about="All that the sensor saw.">
          <SeriesChart
            measurement="wardwatch_sensor"
            fields={[['bytes', 'bytes seen']]}
            text={bytes}
            what="the traffic"
            empty="Nothing was measured yet."
          />
        </Panel>
        <Panel title="Medical messages" size="half" about="HL7 messages and DICOM images sent, of all devices.">
          <SeriesChart
            measurement="wardwatch_utilisation"
            fields={[
              ['messages', 'messages'],
              ['instances', 'images'],
            ]}
            text={whole}
            what="the messages"
            empty="No medical message was seen yet."
          />
        </Panel>
      </div>
    </>
  );
}

function Freshness({ health }: { health: Health | null }) {
  if (health === null || health.lastPacket === null) return null;
  const live = health.kind === 'live' && !health.finished;
  return (
    <p class="muted">
      {live ? 'The last packet was seen ' : 'This is a replay of a capture; its last packet is of '}
      <Time at={health.lastPacket} form="long" />.
    </p>
  );
}

function CoverageWords({ health }: { health: Health }) {
  const { coverage } = health;
  if (coverage === null) return <Empty>Nothing was seen yet, so nothing can be said.</Empty>;
  return (
    <div class="form">
      <div class="figures">
        <Figure value={`${coverage.percent} %`} label="of the traffic seen whole" />
        <Figure value={`${coverage.oneWayPercent} %`} label="seen one way only" />
      </div>
      <p>{coverage.verdict}</p>
      <p>
        <a href={to(['sensor'])}>More about the sensor</a>
      </p>
    </div>
  );
}

function NewDevices({ list }: { list: DeviceList }) {
  const last = Math.max(0, ...list.devices.map(({ lastSeen }) => Date.parse(lastSeen)));
  const fresh = list.devices.filter(({ firstSeen }) => last - Date.parse(firstSeen) < DAY_MS);
  if (fresh.length === 0) return <Empty>No new machine.</Empty>;
  if (fresh.length === list.devices.length) {
    return (
      <Empty>The sensor has listened for less than a day: all {whole(fresh.length)} machines are new to it.</Empty>
    );
  }
  return (
    <ul class="lines">
      {fresh.slice(0, 8).map((device: Device) => (
        <li key={device.id}>
          <a href={to(['devices', device.id])}>{deviceName(device)}</a>, <ClassText device={device} />,{' '}
          <Time at={device.firstSeen} />
        </li>
      ))}
    </ul>
  );
}
