/** What is usual: connections that wait for a person, how far each device is learnt, what was decided, versions, policies. */
import { useState } from 'preact/hooks';
import { ofRun, useAnswer } from '../client.ts';
import { directoryOf, nameOf, useDevices } from '../directory.ts';
import { fetchFile } from '../files.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { wordsOf } from '../parts/dialog.tsx';
import { Choice } from '../parts/fields.tsx';
import { HeldTable } from '../parts/held-table.tsx';
import { Figure, Head, Panel } from '../parts/page.tsx';
import { tell } from '../parts/toast.tsx';
import { to } from '../route.ts';
import type { BaselineSummary, Decision, Difference, HeldList, Paged, Version } from '../shapes.ts';
import { Time } from '../time.tsx';
import { called, className, layerNames, serviceName, some, stateWord, whole } from '../words.ts';

const ROWS_MAX = 500;

export function BaselinePage() {
  const held = useAnswer<HeldList>(ofRun('held', { limit: ROWS_MAX }));
  const devices = useAnswer<Paged & { devices: BaselineSummary[] }>(ofRun('baseline/devices', { limit: ROWS_MAX }));
  return (
    <>
      <Head
        title="Baseline"
        lead="What is usual for each device. Most of it is learnt by watching. What would be dangerous to learn in silence waits here for a person: partners outside, remote access, control commands, new destinations of images and messages."
      />
      <div class="grid">
        <Panel
          title="Waiting for a decision"
          flush
          aside={
            held.value === null
              ? ''
              : `${some(waitingOf(held.value), 'connection')} of ${whole(held.value.total)} without an answer`
          }
        >
          <Show of={held} what="what waits">
            {(list) =>
              list.total === 0 ? (
                <Empty>Nothing waits. New connections of this kind appear here as they are seen.</Empty>
              ) : (
                <div class="inset">
                  <HeldTable list={list} withDevice />
                  {list.total > list.held.length ? (
                    <p class="note">
                      The first {list.held.length} of {list.total} are shown.
                    </p>
                  ) : null}
                </div>
              )
            }
          </Show>
        </Panel>
        <Panel
          title="How far it is learnt"
          flush
          about="Each device goes from learning over settling to watched, layer by layer. Alerts are quieter until a layer is watched."
        >
          <Show of={devices} what="the baselines">
            {({ devices: rows, total }) =>
              rows.length === 0 ? <Empty>No baseline yet.</Empty> : <Progress rows={rows} total={total} />
            }
          </Show>
        </Panel>
        <Decisions />
        <Versions />
      </div>
    </>
  );
}

/** Nobody has said yes or no. */
function waitingOf({ total, decided }: HeldList): number {
  return total - decided.filter(({ decision }) => decision !== '').length;
}

function Progress({ rows, total }: { rows: readonly BaselineSummary[]; total: number }) {
  const layers = Object.keys(layerNames);
  const devices = directoryOf(useDevices());
  // What alerts go by: a replay may count what came before a set time as learnt.
  const stateOf = (row: BaselineSummary, layer: string): string =>
    devices.get(row.id)?.state[layer] ?? row.layers[layer]?.state ?? '';
  const watched = rows.filter((row) => layers.every((layer) => stateOf(row, layer) === 'watch')).length;
  return (
    <>
      <div class="figures inset">
        <Figure value={`${whole(watched)} of ${whole(rows.length)}`} label="watched in every layer" />
        <Figure value={whole(rows.reduce((sum, { accepted }) => sum + accepted, 0))} label="connections are usual" />
        <Figure value={whole(rows.reduce((sum, { candidates }) => sum + candidates, 0))} label="seen, not usual yet" />
        <Figure
          value={whole(rows.reduce((sum, { held }) => sum + held, 0))}
          label="held back: waiting, rejected or alerted"
        />
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Device</th>
              <th scope="col">What it is</th>
              {layers.map((layer) => (
                <th key={layer} scope="col">
                  {layerNames[layer]}
                </th>
              ))}
              <th scope="col" class="number">
                Usual
              </th>
              <th scope="col" class="number">
                Held back
              </th>
              <th scope="col">Policy for a firewall</th>
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
                {layers.map((layer) => {
                  const state = stateOf(row, layer);
                  return (
                    <td key={layer} title={row.layers[layer]?.reason}>
                      {state === '' ? (
                        ''
                      ) : (
                        <span class={`badge ${state === 'watch' ? 'good' : ''}`}>{stateWord(state)}</span>
                      )}
                    </td>
                  );
                })}
                <td class="number">{whole(row.accepted)}</td>
                <td class="number">{whole(row.held)}</td>
                <td class="nowrap">
                  <PolicyLinks id={row.id} name={called(row.name, row.class)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {total > rows.length ? (
        <p class="note">
          The first {rows.length} of {total} are shown.
        </p>
      ) : null}
    </>
  );
}

const formats = [
  ['mud', 'MUD'],
  ['nft', 'nftables'],
  ['table', 'table'],
] as const;

export function PolicyLinks({ id, name }: { id: string; name: string }) {
  const take = async (format: (typeof formats)[number][0], words: string): Promise<void> => {
    const ending = format === 'mud' ? 'mud.json' : format === 'nft' ? 'nft' : 'txt';
    const file = `${name.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}.${ending}`;
    try {
      await fetchFile(ofRun(`policies/${encodeURIComponent(id)}`, { format, download: 'true' }), file);
      tell(`The ${words} policy of ${name} was saved as ${file}.`);
    } catch (error) {
      tell(wordsOf(error), false);
    }
  };
  return (
    <>
      {formats.map(([format, words]) => (
        <button key={format} type="button" class="button plain small" onClick={() => void take(format, words)}>
          {words}
          <span class="sr"> policy of {name}</span>
        </button>
      ))}
    </>
  );
}

const actionWords: Readonly<Record<string, string>> = {
  accept: 'accepted',
  'accept-group': 'accepted for all of its kind',
  reject: 'rejected',
  restart: 'learn again',
  'sign-off': 'signed off',
};

function Decisions() {
  const answer = useAnswer<Paged & { decisions: Decision[] }>(ofRun('baseline/decisions', { limit: 50 }));
  const devices = directoryOf(useDevices());
  return (
    <Panel title="What people decided" size="half">
      <Show of={answer} what="the decisions">
        {({ decisions }) =>
          decisions.length === 0 ? (
            <Empty>Nobody has decided anything yet.</Empty>
          ) : (
            <ol class="timeline">
              {decisions.map((decision) => (
                <li key={decision.number} class="person">
                  <Time at={decision.time} form="long" />
                  <div>
                    <b>{decision.user}</b> {actionWords[decision.action] ?? decision.action}:{' '}
                    {decision.device === '' ? 'everything' : nameOf(devices, decision.device)}
                    {decision.peer === '' ? '' : ` with ${nameOf(devices, decision.peer)}`}{' '}
                    {decision.service === '' ? '' : serviceName(decision.service)} {decision.verb}
                  </div>
                  <div class="muted small">{decision.reason}</div>
                </li>
              ))}
            </ol>
          )
        }
      </Show>
    </Panel>
  );
}

function Versions() {
  const answer = useAnswer<{ versions: Version[] }>(ofRun('baseline/versions'));
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  return (
    <Panel
      title="Versions"
      size="half"
      about="Every decision keeps the baseline as it was; two of them can be compared."
    >
      <Show of={answer} what="the versions">
        {({ versions }) => {
          if (versions.length === 0) return <Empty>No version was kept yet: the first decision makes one.</Empty>;
          const options = versions.map(
            ({ number, reason, user }) => [String(number), `${number}: ${user}, ${reason}`] as const,
          );
          return (
            <div class="form">
              <ul class="lines">
                {versions.slice(-8).map((version) => (
                  <li key={version.number}>
                    <b>{version.number}</b> <Time at={version.time} form="long" /> {version.user}: {version.reason}{' '}
                    <code class="muted">{version.digest.slice(0, 12)}</code>
                  </li>
                ))}
              </ul>
              {versions.length < 2 ? null : (
                <div class="row">
                  <Choice label="Compare" value={from} options={[['', 'choose'], ...options]} onChange={setFrom} />
                  <Choice label="with" value={until} options={[['', 'choose'], ...options]} onChange={setUntil} />
                </div>
              )}
              {from !== '' && until !== '' && from !== until ? <Compared from={from} until={until} /> : null}
            </div>
          );
        }}
      </Show>
    </Panel>
  );
}

function Compared({ from, until }: { from: string; until: string }) {
  const answer = useAnswer<Difference>(ofRun('baseline/difference', { from, to: until }));
  const devices = directoryOf(useDevices());
  return (
    <Show of={answer} what="the difference">
      {({ devices: changed }) =>
        changed.length === 0 ? (
          <Empty>Nothing differs.</Empty>
        ) : (
          <ul class="lines">
            {changed.map(({ device, added, removed, states }) => (
              <li key={device}>
                <b>{nameOf(devices, device)}</b>
                {added.map(({ words }) => (
                  <div key={words}>+ {words}</div>
                ))}
                {removed.map(({ words }) => (
                  <div key={words}>− {words}</div>
                ))}
                {states.map((words) => (
                  <div key={words} class="muted">
                    {words}
                  </div>
                ))}
              </li>
            ))}
          </ul>
        )
      }
    </Show>
  );
}
