/** The network in layers: kinds of devices, servers and workstations, what is outside; with new and suspicious links marked. */
import { useState } from 'preact/hooks';
import { ofRun, useAnswer } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Choice } from '../parts/fields.tsx';
import { Head, Panel } from '../parts/page.tsx';
import type { MarkedLink } from '../pictures/groups.ts';
import { LayeredMap } from '../pictures/layered-map.tsx';
import { narrow, to } from '../route.ts';
import type { Link, LinkList, Node } from '../shapes.ts';
import { isSuspicious, newAfter } from '../talks.ts';
import { Time } from '../time.tsx';
import { bytes, called, serviceName, some, whole } from '../words.ts';
import { useFindings } from './findings.ts';
import type { PageProps } from './index.tsx';

const LINKS_MAX = 1_000;
const ROWS_SHOWN = 60;

type LinkKind = MarkedLink['kind'];

export function NetworkPage({ query }: PageProps) {
  const service = query.service ?? '';
  const only = query.only ?? '';
  const answer = useAnswer<LinkList>(ofRun('links', { limit: LINKS_MAX, service }));
  const all = useAnswer<LinkList>(ofRun('links', { limit: LINKS_MAX }));
  const findings = useFindings();
  const services = [...new Set((all.value?.links ?? []).map((link) => link.service))].sort();
  return (
    <>
      <Head
        title="Network"
        lead="Who talks to whom. On the left the devices by kind, in the middle servers, workstations and the network itself, on the right what is outside the hospital."
      />
      <div class="bar">
        <Choice
          label="Service"
          value={service}
          options={[['', 'all'], ...services.map((one) => [one, serviceName(one)] as const)]}
          onChange={(value) => narrow({ service: value })}
        />
        <Choice
          label="Links"
          value={only}
          options={[
            ['', 'all'],
            ['new', 'new ones'],
            ['bad', 'those in incidents'],
            ['outside', 'to the outside'],
          ]}
          onChange={(value) => narrow({ only: value })}
        />
      </div>
      <Show of={answer} what="the links">
        {(list) => {
          if (list.links.length === 0)
            return <Empty>Nobody was heard talking to anybody{service === '' ? '' : ' over this service'}.</Empty>;
          const { marked, since } = markedOf(list.links, findings.value?.alerts ?? []);
          const outside = new Set(list.devices.filter(({ external }) => external).map(({ id }) => id));
          const shown = marked.filter(
            ({ kind, client, server }) =>
              only === '' || kind === only || (only === 'outside' && (outside.has(client) || outside.has(server))),
          );
          return (
            <div class="grid">
              <Panel title="Map" about={<MapWords since={since} total={list.total} shown={list.links.length} />}>
                {shown.length === 0 ? (
                  <Empty>No link is like that.</Empty>
                ) : (
                  <LayeredMap links={shown} nodes={list.devices} />
                )}
              </Panel>
              <LinkTable links={shown} nodes={list.devices} />
            </div>
          );
        }}
      </Show>
    </>
  );
}

function markedOf(
  links: readonly Link[],
  findings: Parameters<typeof isSuspicious>[1],
): { marked: MarkedLink[]; since: number } {
  const first = Math.min(...links.map((link) => Date.parse(link.first)));
  const last = Math.max(...links.map((link) => Date.parse(link.last)));
  const since = newAfter(new Date(first).toISOString(), new Date(last).toISOString());
  const kindOf = (link: Link): LinkKind =>
    isSuspicious(link, findings) ? 'bad' : Date.parse(link.first) > since ? 'new' : 'usual';
  return { marked: links.map((link) => ({ ...link, kind: kindOf(link) })), since };
}

function MapWords({ since, total, shown }: { since: number; total: number; shown: number }) {
  return (
    <>
      Point at a box to see only its links; click it to open it. New means first seen after{' '}
      <Time at={new Date(since).toISOString()} />.
      {total > shown ? ` The busiest ${whole(shown)} of ${whole(total)} links are drawn.` : ''}
    </>
  );
}

const order: readonly LinkKind[] = ['bad', 'new', 'usual'];
const kindWords = { bad: 'in an incident', new: 'new', usual: 'usual' } as const;

function LinkTable({ links, nodes }: { links: readonly MarkedLink[]; nodes: readonly Node[] }) {
  const [all, setAll] = useState(false);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const nameOf = (id: string): string => called(byId.get(id)?.name ?? id, byId.get(id)?.class ?? '');
  const sorted = [...links].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const shown = all ? sorted : sorted.slice(0, ROWS_SHOWN);
  return (
    <Panel title="Links as a list" flush aside={some(links.length, 'link')}>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Who began</th>
              <th scope="col">With whom</th>
              <th scope="col">Service</th>
              <th scope="col">Mark</th>
              <th scope="col" class="number">
                Connections
              </th>
              <th scope="col" class="number">
                Bytes
              </th>
              <th scope="col">First</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((link) => (
              <tr key={`${link.client} ${link.server} ${link.service} ${link.port}`}>
                <td>
                  <a href={to(['devices', link.client])}>{nameOf(link.client)}</a>
                </td>
                <td>
                  <a href={to(['devices', link.server])}>{nameOf(link.server)}</a>
                </td>
                <td>
                  {serviceName(link.service)}{' '}
                  {link.port === 0 || link.service.includes('/') ? null : (
                    <span class="muted small">port {link.port}</span>
                  )}
                </td>
                <td>
                  <span class={`badge ${link.kind === 'bad' ? 'critical' : link.kind === 'new' ? 'high' : ''}`}>
                    {kindWords[link.kind]}
                  </span>
                </td>
                <td class="number">{whole(link.flows)}</td>
                <td class="number">{bytes(link.bytesToClient + link.bytesToServer)}</td>
                <td>
                  <Time at={link.first} />
                </td>
                <td>
                  <Time at={link.last} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < links.length ? (
        <p class="note">
          <button type="button" class="button" onClick={() => setAll(true)}>
            Show all {whole(links.length)}
          </button>
        </p>
      ) : null}
    </Panel>
  );
}
