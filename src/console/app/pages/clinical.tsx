/** What the devices are there for: images, messages, bedside; how much, how fast, and what goes wrong. */
import type { ComponentChildren } from 'preact';
import { ofRun, useAnswer } from '../client.ts';
import { useDevices } from '../directory.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { TierBadge } from '../parts/marks.tsx';
import { Head, Panel } from '../parts/page.tsx';
import { SeriesChart } from '../pictures/chart.tsx';
import { to } from '../route.ts';
import type { Device, Link, LinkList, Node, Paged, UtilisationRow } from '../shapes.ts';
import { Time } from '../time.tsx';
import { bytes, called, className, deviceName, serviceName, some, span, whole } from '../words.ts';
import type { PageProps } from './index.tsx';

const subjects = [
  ['imaging', 'Imaging'],
  ['messages', 'Messages'],
  ['bedside', 'Bedside'],
] as const;

export function ClinicalPage({ query }: PageProps) {
  const about = query.about ?? 'imaging';
  return (
    <>
      <Head
        title="Clinical work"
        lead="Images, messages and bedside devices: whether they do their work, counted without keeping anything about patients."
      />
      <nav class="bar tabs" aria-label="Subject">
        {subjects.map(([key, name]) => (
          <a
            key={key}
            class="button"
            href={to(['clinical'], { about: key })}
            aria-current={about === key ? 'true' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <div class="grid">{about === 'messages' ? <Messages /> : about === 'bedside' ? <Bedside /> : <Imaging />}</div>
    </>
  );
}

/** Microseconds. */
const fast = (value: number): string =>
  value >= 1e6 ? `${(value / 1e6).toFixed(1)} s` : `${Math.round(value / 1000)} ms`;

function Imaging() {
  return (
    <>
      <Panel title="Images sent" size="third" about="Of all devices together.">
        <SeriesChart
          measurement="wardwatch_dicom"
          fields={[['instances_sent', 'images']]}
          text={whole}
          what="the images"
          empty="No image was sent."
        />
      </Panel>
      <Panel
        title="Time until the answer"
        size="third"
        about="From a DICOM request to its first response, over all devices."
      >
        <SeriesChart
          measurement="wardwatch_dicom"
          fields={[
            ['latency_p50_us', 'median'],
            ['latency_p95_us', '95 % are faster'],
          ]}
          text={fast}
          absent="gap"
          what="the answer times"
          empty="No request was answered."
        />
      </Panel>
      <Panel
        title="What goes wrong"
        size="third"
        about="Both ends count it: a refusal stands here twice, once for each device."
      >
        <SeriesChart
          measurement="wardwatch_dicom"
          fields={[
            ['rejected', 'associations refused'],
            ['aborted', 'broken off'],
            ['dropped', 'connection lost'],
            ['failures', 'operations failed'],
          ]}
          text={whole}
          what="the failures"
          empty="Nothing was refused, broken off or failed."
        />
      </Panel>
      <Panel title="Who exchanges images with whom" flush about="From: who opened the connection.">
        <Pairs service="dicom" empty="Nobody spoke DICOM." />
      </Panel>
      <Use
        title="Use of imaging devices"
        wanted={(row) => row.exams > 0 || row.instances > 0}
        columns={[
          ['Exams', ({ exams }) => whole(exams)],
          ['Images', ({ instances }) => whole(instances)],
          ['Image data', ({ instanceBytes }) => bytes(instanceBytes)],
        ]}
        empty="No device produced or showed an image."
      />
    </>
  );
}

function Messages() {
  return (
    <>
      <Panel title="HL7 messages" size="third" about="What they are about. Sender and receiver both count.">
        <SeriesChart
          measurement="wardwatch_hl7"
          fields={[
            ['results', 'results'],
            ['admissions', 'admissions'],
            ['orders', 'orders'],
            ['schedules', 'appointments'],
            ['others', 'others'],
          ]}
          text={whole}
          what="the messages"
          empty="No HL7 message was seen."
        />
      </Panel>
      <Panel title="Time until the acknowledgement" size="third" about="From a message to the receiver’s answer.">
        <SeriesChart
          measurement="wardwatch_hl7"
          fields={[
            ['latency_p50_us', 'median'],
            ['latency_p95_us', '95 % are faster'],
          ]}
          text={fast}
          absent="gap"
          what="the answer times"
          empty="No message was acknowledged."
        />
      </Panel>
      <Panel
        title="Refused messages"
        size="third"
        about="The receiver did not take or not understand them, and misses their content."
      >
        <SeriesChart
          measurement="wardwatch_hl7"
          fields={[
            ['negative_errors', 'not processed'],
            ['negative_rejects', 'not taken'],
          ]}
          text={whole}
          what="the refusals"
          empty="No message was refused."
        />
      </Panel>
      <Panel title="Who sends messages to whom" flush about="From: who opened the connection.">
        <Pairs service="hl7" empty="Nobody spoke HL7." />
      </Panel>
      <Use
        title="Senders and receivers"
        wanted={(row) => row.messages > 0}
        columns={[['Messages', ({ messages }) => whole(messages)]]}
        empty="No device sent or received a message."
      />
    </>
  );
}

/** Whatever ports they use: who asks whom. */
function pairsOf(links: readonly Link[]): Link[] {
  const pairs = [...Map.groupBy(links, ({ client, server }) => `${client} ${server}`).values()];
  const sum = (together: readonly Link[], of: (link: Link) => number): number =>
    together.reduce((all, link) => all + of(link), 0);
  return pairs.flatMap((together) => {
    const [first] = together;
    if (first === undefined) return [];
    return {
      ...first,
      flows: sum(together, ({ flows }) => flows),
      bytesToClient: sum(together, ({ bytesToClient }) => bytesToClient),
      bytesToServer: sum(together, ({ bytesToServer }) => bytesToServer),
      last:
        together
          .map(({ last }) => last)
          .sort()
          .at(-1) ?? '',
    };
  });
}

/** What tells a device from others that are called the same. */
function underName(node: Node | undefined, title: string): string {
  if (node === undefined) return '';
  return [title, node.address].filter((word) => word !== '' && !node.name.includes(word)).join(' · ');
}

function Pairs({ service, empty }: { service: string; empty: string }) {
  const answer = useAnswer<LinkList>(ofRun('links', { service, limit: 200 }));
  const devices = useDevices();
  const titles = new Map((devices.value?.devices ?? []).map(({ id, aeTitles }) => [id, aeTitles[0] ?? '']));
  return (
    <Show of={answer} what="the partners">
      {({ links, devices: nodes }) => {
        if (links.length === 0) return <Empty>{empty}</Empty>;
        const byId = new Map(nodes.map((node) => [node.id, node]));
        const cell = (id: string): ComponentChildren => (
          <>
            <a href={to(['devices', id])}>{called(byId.get(id)?.name ?? id, byId.get(id)?.class ?? '')}</a>
            <div class="muted small">{underName(byId.get(id), titles.get(id) ?? '')}</div>
          </>
        );
        return (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">From</th>
                  <th scope="col">To</th>
                  <th scope="col" class="number">
                    Connections
                  </th>
                  <th scope="col" class="number">
                    Bytes
                  </th>
                  <th scope="col">Last</th>
                </tr>
              </thead>
              <tbody>
                {pairsOf(links).map((link) => (
                  <tr key={`${link.client} ${link.server}`}>
                    <td>{cell(link.client)}</td>
                    <td>{cell(link.server)}</td>
                    <td class="number">{whole(link.flows)}</td>
                    <td class="number">{bytes(link.bytesToClient + link.bytesToServer)}</td>
                    <td>
                      <Time at={link.last} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        );
      }}
    </Show>
  );
}

interface UseProps {
  title: string;
  wanted: (row: UtilisationRow) => boolean;
  columns: readonly (readonly [name: string, text: (row: UtilisationRow) => string])[];
  empty: string;
}

function Use({ title, wanted, columns, empty }: UseProps) {
  const answer = useAnswer<Paged & { devices: UtilisationRow[] }>(ofRun('utilisation', { limit: 1_000 }));
  return (
    <Panel
      title={title}
      flush
      about="Hours in use: hours in which the device spoke a medical protocol, of all hours since it was first heard."
    >
      <Show of={answer} what="the use of devices">
        {({ devices }) => {
          const rows = devices.filter(wanted);
          if (rows.length === 0) return <Empty>{empty}</Empty>;
          return (
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Device</th>
                    <th scope="col">What it is</th>
                    {columns.map(([name]) => (
                      <th key={name} scope="col" class="number">
                        {name}
                      </th>
                    ))}
                    <th scope="col" class="number">
                      Hours in use
                    </th>
                    <th scope="col">Share of time</th>
                    <th scope="col">Last heard</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.id}>
                      <td>
                        <a class="name" href={to(['devices', row.id])}>
                          {called(row.name, row.class)}
                        </a>
                      </td>
                      <td>{className(row.class)}</td>
                      {columns.map(([name, text]) => (
                        <td key={name} class="number">
                          {text(row)}
                        </td>
                      ))}
                      <td class="number">{whole(row.activeHours)}</td>
                      <td>
                        <span class="share">
                          <span class="meter">
                            <i style={{ width: `${row.usedPercent}%` }} />
                          </span>
                          {Math.round(row.usedPercent)} %
                        </span>
                      </td>
                      <td>
                        <Time at={row.lastSeen} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Show>
    </Panel>
  );
}

const QUIET_MS = 10 * 60_000;

function Bedside() {
  const answer = useDevices();
  return (
    <>
      <Panel
        title="Devices nearest to patients"
        flush
        about="Therapy and monitoring. A device that is silent may be switched off, on the way with a patient, or cut off: the ward knows."
      >
        <Show of={answer} what="the bedside devices">
          {({ devices }) => {
            const rows = devices.filter(({ tier, medical, external }) => medical && !external && tier <= 2);
            if (rows.length === 0) return <Empty>No device of therapy or monitoring was heard.</Empty>;
            return <BedsideTable rows={rows} now={Math.max(...devices.map(({ lastSeen }) => Date.parse(lastSeen)))} />;
          }}
        </Show>
      </Panel>
      <Panel title="Telemetry by protocol" size="half" about="Messages of bedside protocols other than HL7.">
        <SeriesChart
          measurement="wardwatch_telemetry"
          fields={[['sent', 'messages']]}
          by="protocol"
          text={whole}
          what="the telemetry"
          empty="No bedside protocol other than HL7 was heard."
        />
      </Panel>
      <Panel
        title="Commands and alarms"
        size="half"
        about="Commands that can change what a device does, and messages that are alarms."
      >
        <SeriesChart
          measurement="wardwatch_telemetry"
          fields={[
            ['operations', 'commands'],
            ['operation_failures', 'of them refused'],
            ['alarms', 'alarms'],
          ]}
          text={whole}
          what="the commands"
          empty="No command and no alarm was seen in a bedside protocol."
        />
      </Panel>
      <Panel
        title="What bedside devices speak"
        flush
        about="Services in which a device of therapy or monitoring takes part."
      >
        <Telemetry />
      </Panel>
    </>
  );
}

function BedsideTable({ rows, now }: { rows: readonly Device[]; now: number }) {
  const sorted = [...rows].sort((a, b) => a.tier - b.tier || a.lastSeen.localeCompare(b.lastSeen));
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">What it is</th>
            <th scope="col">Care tier</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Messages
            </th>
            <th scope="col">Last heard</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((device) => {
            const quietMs = now - Date.parse(device.lastSeen);
            return (
              <tr key={device.id}>
                <td>
                  <a class="name" href={to(['devices', device.id])}>
                    {deviceName(device)}
                  </a>
                  {deviceName(device).includes(device.addresses[0] ?? '') ? null : (
                    <div class="muted small">{device.addresses[0]}</div>
                  )}
                </td>
                <td>{className(device.class)}</td>
                <td>
                  <TierBadge tier={device.tier} />
                </td>
                <td>
                  {quietMs < QUIET_MS ? (
                    <span class="badge good">● talking</span>
                  ) : (
                    <span class="badge medium">○ silent for {span(quietMs)}</span>
                  )}
                </td>
                <td class="number">{whole(device.utilisation.messages)}</td>
                <td>
                  <Time at={device.lastSeen} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Telemetry() {
  const answer = useAnswer<LinkList>(ofRun('links', { limit: 1_000 }));
  return (
    <Show of={answer} what="the services">
      {({ links, devices }) => {
        const bedside = new Set(devices.filter(({ tier, medical }) => medical && tier <= 2).map(({ id }) => id));
        const counts = new Map<string, { links: number; bytes: number }>();
        for (const link of links) {
          if (!bedside.has(link.client) && !bedside.has(link.server)) continue;
          const before = counts.get(link.service) ?? { links: 0, bytes: 0 };
          counts.set(link.service, {
            links: before.links + 1,
            bytes: before.bytes + link.bytesToClient + link.bytesToServer,
          });
        }
        if (counts.size === 0) return <Empty>No bedside device was heard talking.</Empty>;
        return (
          <table>
            <thead>
              <tr>
                <th scope="col">Service</th>
                <th scope="col">Between</th>
                <th scope="col" class="number">
                  Bytes
                </th>
              </tr>
            </thead>
            <tbody>
              {[...counts]
                .sort(([, a], [, b]) => b.bytes - a.bytes)
                .map(([service, sum]) => (
                  <tr key={service}>
                    <td>{serviceName(service)}</td>
                    <td>{some(sum.links, 'pair')}</td>
                    <td class="number">{bytes(sum.bytes)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        );
      }}
    </Show>
  );
}
