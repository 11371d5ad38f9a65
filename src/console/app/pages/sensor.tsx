/** The sensor itself: does it see everything, does it keep up, do its results get where they should. */
import { address, useAnswer } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Figure, Head, Panel } from '../parts/page.tsx';
import { SeriesChart } from '../pictures/chart.tsx';
import type { Health } from '../shapes.ts';
import { Time } from '../time.tsx';
import { bytes, span, whole } from '../words.ts';

const GOOD_PERCENT = 95;
const LATE_SECONDS = 120;

/** One light: the worst that is known. */
export function lightOf(health: Health): { good: boolean; words: string } {
  const { coverage, secondsSinceLastPacket, lastHour, outputs } = health;
  if (coverage === null)
    return { good: false, words: 'The sensor has seen nothing yet: is the mirror port connected and on?' };
  if (secondsSinceLastPacket !== null && secondsSinceLastPacket > LATE_SECONDS) {
    return { good: false, words: `No packet for ${span(secondsSinceLastPacket * 1000)}: the mirror port is silent.` };
  }
  if (lastHour.dropped > 0)
    return {
      good: false,
      words: `The sensor lost ${whole(lastHour.dropped)} packets in the last hour: it does not keep up.`,
    };
  if (coverage.percent < GOOD_PERCENT) return { good: false, words: coverage.verdict };
  const bad = outputs.find(({ state }) => state !== 'ok');
  if (bad !== undefined) return { good: false, words: `${bad.name}: ${bad.detail}` };
  return { good: true, words: 'The sensor is well.' };
}

export function SensorPage() {
  const answer = useAnswer<Health>(address('health'));
  return (
    <>
      <Head
        title="Sensor"
        lead="What the sensor sees of the network, what it loses, and whether its results arrive. It never sends on the mirrored port."
      />
      <Show of={answer} what="the health of the sensor">
        {(health) => <Sensor health={health} />}
      </Show>
    </>
  );
}

function Sensor({ health }: { health: Health }) {
  const { coverage, lastHour, outputs, tables, pruned } = health;
  const light = lightOf(health);
  return (
    <div class="grid">
      <section class={`panel state-line ${light.good ? 'good' : 'high'}`} aria-label="State of the sensor">
        <div>
          <p class="say">
            {light.good ? '✓' : '▲'} {light.words}
          </p>
          <p class="muted">
            wardwatch {health.version} · {health.kind === 'live' ? 'listening on' : 'replay of'}{' '}
            {health.inputs.join(', ')} · last packet <Time at={health.lastPacket} form="long" />
          </p>
        </div>
      </section>
      <Panel title="Mirror" size="half" about={coverage?.of === 'hour' ? 'In the last hour.' : 'Of the whole run.'}>
        {coverage === null ? (
          <Empty>Nothing was seen yet.</Empty>
        ) : (
          <div class="form">
            <p>{coverage.verdict}</p>
            <div class="figures">
              <Figure value={`${coverage.percent} %`} label="seen whole" />
              <Figure value={`${coverage.oneWayPercent} %`} label="seen one way only" />
              <Figure value={`${coverage.duplicatePercent} %`} label="seen twice" />
              <Figure value={`${coverage.truncatedPercent} %`} label="cut short" />
            </div>
          </div>
        )}
      </Panel>
      <Panel title="Last hour" size="half" about="Of packet time.">
        <div class="figures">
          <Figure value={whole(lastHour.packets)} label="packets" />
          <Figure value={bytes(lastHour.bytes)} label="seen" />
          <Figure value={whole(lastHour.dropped)} label="lost by the sensor" />
          <Figure value={bytes(lastHour.gapBytes)} label="missing in streams" />
          <Figure value={whole(lastHour.oddities)} label="odd packets" />
        </div>
      </Panel>
      <Panel title="Packets" size="half">
        <SeriesChart
          measurement="wardwatch_sensor"
          fields={[
            ['packets', 'seen'],
            ['dropped', 'lost'],
          ]}
          text={whole}
          what="the packets"
          empty="Nothing was measured yet."
        />
      </Panel>
      <Panel title="Seen whole" size="half" about="Percent of the traffic.">
        <SeriesChart
          measurement="wardwatch_sensor"
          fields={[
            ['coverage_percent', 'seen whole'],
            ['one_way_percent', 'one way only'],
          ]}
          text={(value) => `${Math.round(value)} %`}
          absent="gap"
          what="the coverage"
          empty="Nothing was measured yet."
        />
      </Panel>
      <Panel title="Where results go" size="half">
        {outputs.length === 0 ? (
          <Empty>Results are kept in the sensor's own store only; no InfluxDB or other output told of itself.</Empty>
        ) : (
          <ul class="lines">
            {outputs.map(({ name, state, detail }) => (
              <li key={name}>
                <span class={`badge ${state === 'ok' ? 'good' : 'high'}`}>{state}</span> <b>{name}</b> {detail}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="Store" size="half" about="What is kept, and what was given up to stay below the caps.">
        <Kept tables={tables} pruned={pruned} />
      </Panel>
    </div>
  );
}

function Kept({ tables, pruned }: Pick<Health, 'tables' | 'pruned'>) {
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
  const givenUp = (table: string): number =>
    sum(pruned.filter((one) => one.table === table).map(({ rows: left }) => left));
  return (
    <div class="form">
      <div class="figures">
        <Figure value={bytes(sum(tables.map(({ bytes: size }) => size)))} label="on the disk" />
        <Figure value={whole(sum(tables.map(({ rows }) => rows)))} label="rows kept" />
        <Figure value={whole(sum(pruned.map(({ rows }) => rows)))} label="rows given up" />
      </div>
      <details>
        <summary>Table by table</summary>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Table</th>
                <th scope="col" class="number">
                  Rows
                </th>
                <th scope="col" class="number">
                  Size
                </th>
                <th scope="col" class="number">
                  Given up
                </th>
              </tr>
            </thead>
            <tbody>
              {tables.map(({ table, rows, bytes: size }) => (
                <tr key={table}>
                  <td>{table.replaceAll('_', ' ')}</td>
                  <td class="number">{whole(rows)}</td>
                  <td class="number">{bytes(size)}</td>
                  <td class="number">{whole(givenUp(table))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}
