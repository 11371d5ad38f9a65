/** The first page: one sentence on the state of the network, who needs somebody, what changed, how much was seen. */
import { address, ofRun, useAnswer } from '../client.ts';
import { type DeviceList, useDevices } from '../directory.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { ClassText } from '../parts/marks.tsx';
import { Figure, Head, Panel } from '../parts/page.tsx';
import { SeriesChart } from '../pictures/chart.tsx';
import { to } from '../route.ts';
import type { Decision, Device, Health, HeldList, LinkList, Paged, Severity } from '../shapes.ts';
import { newAfter } from '../talks.ts';
import { Time } from '../time.tsx';
import { stateSentence } from '../weigh.ts';
import { bytes, called, deviceName, serviceName, some, whole } from '../words.ts';
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
              <Figure
                value={whole(devices.value?.total ?? 0)}
                label={devices.value?.total === 1 ? 'machine heard' : 'machines heard'}
              />
              <Figure value={whole(rows.filter(({ medical }) => medical).length)} label="of them medical" />
              <Figure value={whole(open.length)} label={open.length === 1 ? 'open incident' : 'open incidents'} />
              <Figure value={whole(waiting)} label={waiting === 1 ? 'connection waits' : 'connections wait'} />
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
          <Panel title="What changed">
            <Show of={devices} what="the devices">
              {(list) => <WhatChanged list={list} />}
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
        <Figure value={`${coverage.percent} %`} label="seen whole" />
        <Figure value={`${coverage.oneWayPercent} %`} label="seen one way only" />
      </div>
      <p>{coverage.verdict}</p>
      <p>
        <a href={to(['sensor'])}>More about the sensor</a>
      </p>
    </div>
  );
}

const SHOWN = 6;

/** What was not there a day ago; when the sensor has listened for less, what came in the last quarter of that time. */
function WhatChanged({ list }: { list: DeviceList }) {
  const links = useAnswer<LinkList>(ofRun('links', { limit: 1_000 }));
  const decisions = useAnswer<Paged & { decisions: Decision[] }>(ofRun('baseline/decisions', { limit: 50 }));
  const first = least(list.devices.map(({ firstSeen }) => firstSeen));
  const last = most(list.devices.map(({ lastSeen }) => lastSeen));
  if (first === '') return <Empty>Nothing was seen yet.</Empty>;
  const since = newAfter(first, last);
  const isNew = (time: string): boolean => Date.parse(time) > since;
  const fresh = list.devices.filter(({ firstSeen }) => isNew(firstSeen));
  const talks = (links.value?.links ?? []).filter((link) => isNew(link.first));
  const byId = new Map((links.value?.devices ?? []).map((node) => [node.id, node]));
  const nameIn = (id: string): string => called(byId.get(id)?.name ?? id, byId.get(id)?.class ?? '');
  const decided = (decisions.value?.decisions ?? []).filter(({ time }) => Date.parse(time) > Date.now() - DAY_MS);
  return (
    <>
      <p class="muted small">
        {Date.parse(last) - since >= DAY_MS ? 'In the last 24 hours' : 'The sensor has listened for a short time only'},
        after <Time at={new Date(since).toISOString()} />:
      </p>
      <ul class="lines">
        {fresh.slice(0, SHOWN).map((device: Device) => (
          <li key={device.id}>
            New: <a href={to(['devices', device.id])}>{deviceName(device)}</a>, <ClassText device={device} />
          </li>
        ))}
        {fresh.length > SHOWN ? (
          <li>
            <a href={to(['devices'], { sort: '-firstSeen' })}>{some(fresh.length - SHOWN, 'more new machine')}</a>
          </li>
        ) : null}
        {fresh.length === 0 ? <li>No new machine.</li> : null}
        {talks.length === 0 ? <li>No new connection between machines.</li> : <li class="muted">New connections:</li>}
        {talks.slice(0, SHOWN).map((link) => (
          <li key={`${link.client} ${link.server} ${link.service} ${link.port}`}>
            {nameIn(link.client)} → {nameIn(link.server)}: {serviceName(link.service)}
          </li>
        ))}
        {talks.length > SHOWN ? (
          <li>
            <a href={to(['network'], { only: 'new' })}>{some(talks.length - SHOWN, 'more new connection')}</a>
          </li>
        ) : null}
        {decided.length > 0 ? (
          <li>
            <a href={to(['baseline'])}>{some(decided.length, 'decision')} by people</a>
          </li>
        ) : null}
      </ul>
    </>
  );
}

const least = (times: readonly string[]): string => [...times].sort()[0] ?? '';
const most = (times: readonly string[]): string => [...times].sort().at(-1) ?? '';
