/** Whom a device talks to, when, and what changed about it. */
import { ofRun, useAnswer } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Conversation } from '../pictures/conversation.tsx';
import { HeatStrip } from '../pictures/heat-strip.tsx';
import { to } from '../route.ts';
import type { Change, DeviceAnswer, Hour, Link, Node } from '../shapes.ts';
import { newAfter, talksOf } from '../talks.ts';
import { Time } from '../time.tsx';
import { attributeName, bytes, called, deviceName, layerNames, serviceName, some, whole } from '../words.ts';

export function DeviceLinks({ device }: { device: DeviceAnswer }) {
  const { links, linksTotal, peers, alerts } = device;
  if (links.length === 0) return <Empty>It was not heard talking to anybody.</Empty>;
  const byId = new Map(peers.map((peer) => [peer.id, peer]));
  const since = newAfter(device.firstSeen, device.lastSeen);
  const { id, class: kind, external, addresses } = device;
  const self = { id, name: deviceName(device), address: addresses[0] ?? '', class: kind, external };
  return (
    <>
      <Conversation self={self} talks={talksOf(device.id, links, byId, alerts, since)} />
      <p class="muted small">
        New: first seen after <Time at={new Date(since).toISOString()} />.
        {linksTotal > links.length ? ` The busiest ${links.length} of ${linksTotal} are shown.` : ''}
      </p>
      <LinkTable self={device.id} links={links} byId={byId} />
    </>
  );
}

interface TableProps {
  self: string;
  links: readonly Link[];
  byId: ReadonlyMap<string, Node>;
}

function LinkTable({ self, links, byId }: TableProps) {
  return (
    <details class="finding">
      <summary>
        <b>The same as a list</b>
      </summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Direction</th>
              <th scope="col">Partner</th>
              <th scope="col">Service</th>
              <th scope="col" class="number">
                Connections
              </th>
              <th scope="col" class="number">
                Sent
              </th>
              <th scope="col" class="number">
                Received
              </th>
              <th scope="col">First</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {links.map((link) => {
              const comes = link.server === self;
              const other = comes ? link.client : link.server;
              return (
                <tr key={`${link.client} ${link.server} ${link.service} ${link.port}`}>
                  <td>{comes ? 'comes to it' : 'it goes to'}</td>
                  <td>
                    <a href={to(['devices', other])}>
                      {called(byId.get(other)?.name ?? other, byId.get(other)?.class ?? '')}
                    </a>
                  </td>
                  <td>
                    {serviceName(link.service)} <span class="muted">{link.port === 0 ? '' : `port ${link.port}`}</span>
                  </td>
                  <td class="number">{whole(link.flows)}</td>
                  <td class="number">{bytes(comes ? link.bytesToClient : link.bytesToServer)}</td>
                  <td class="number">{bytes(comes ? link.bytesToServer : link.bytesToClient)}</td>
                  <td>
                    <Time at={link.first} />
                  </td>
                  <td>
                    <Time at={link.last} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function DeviceActivity({ id }: { id: string }) {
  const answer = useAnswer<{ hours: Hour[] }>(ofRun(`devices/${encodeURIComponent(id)}/activity`));
  return (
    <Show of={answer} what="its activity">
      {({ hours }) => <HeatStrip hours={hours.map(({ start, bytes }) => ({ time: start, value: bytes }))} />}
    </Show>
  );
}

const MOMENTS_SHOWN = 8;

interface Moment {
  readonly time: string;
  readonly changes: readonly Change[];
}

/** What became known in the same second is one moment. */
export function momentsOf(changes: readonly Change[]): Moment[] {
  const bySecond = Map.groupBy(changes, ({ time }) => time.slice(0, 19));
  return [...bySecond.values()].map((together) => ({ time: together[0]?.time ?? '', changes: together }));
}

/** `ae-title is CT1.` as people say it, and partners by their names. */
export function changeWords({ kind, what }: Change, peers: readonly Node[]): string {
  if (kind === 'attribute') return what.replace(/^[a-z-]+/, attributeName);
  if (kind === 'learning') return what.replace(/^[a-z]+/, (layer) => layerNames[layer] ?? layer);
  return peers.reduce((words, { id, name }) => words.replaceAll(id, name), what);
}

export function DeviceChanges({ changes, peers }: { changes: readonly Change[]; peers: readonly Node[] }) {
  const moments = momentsOf(changes.filter(({ kind }) => kind !== 'alert'));
  if (moments.length === 0) return <Empty>Nothing changed since it was first heard.</Empty>;
  return (
    <>
      <MomentList moments={moments.slice(0, MOMENTS_SHOWN)} peers={peers} />
      {moments.length > MOMENTS_SHOWN ? (
        <details>
          <summary>{some(moments.length - MOMENTS_SHOWN, 'earlier moment')}</summary>
          <MomentList moments={moments.slice(MOMENTS_SHOWN)} peers={peers} />
        </details>
      ) : null}
    </>
  );
}

function MomentList({ moments, peers }: { moments: readonly Moment[]; peers: readonly Node[] }) {
  return (
    <ol class="timeline">
      {moments.map(({ time, changes }) => (
        <li key={time} class={changes.some(({ kind }) => kind === 'decision') ? 'person' : ''}>
          <Time at={time} form="long" />
          {changes.map((change) => (
            <div key={change.what} class="wrap-any" title={change.from}>
              {changeWords(change, peers)}
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}
