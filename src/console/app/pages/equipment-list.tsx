/** The list that was imported, and what differs from what was heard: missing, extra, said differently, twice. */
import type { ComponentChildren } from 'preact';
import { ofRun, useAnswer } from '../client.ts';
import { directoryOf, nameOf, useDevices } from '../directory.ts';
import { fetchFile } from '../files.ts';
import { listKeys } from '../list-head.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { wordsOf } from '../parts/dialog.tsx';
import { Choice } from '../parts/fields.tsx';
import { Figure, Panel } from '../parts/page.tsx';
import { tell } from '../parts/toast.tsx';
import { narrow, to } from '../route.ts';
import type { KeptList, ListRow, Reconciliation } from '../shapes.ts';
import { Time } from '../time.tsx';
import { some, whole } from '../words.ts';
import { ImportList } from './import-list.tsx';
import type { PageProps } from './index.tsx';

export function EquipmentList({ query }: Pick<PageProps, 'query'>) {
  const answer = useAnswer<{ list: KeptList | null }>(ofRun('inventory'));
  const days = query.days ?? '30';
  return (
    <>
      <Panel title="The list of the site" size="half">
        <Show of={answer} what="the equipment list">
          {({ list }) =>
            list === null ? (
              <Empty>
                No equipment list was taken over yet. With one, the sensor says what is on the wire and not in the list,
                what is in the list and was not heard, and what both say differently.
              </Empty>
            ) : (
              <AboutList list={list} />
            )
          }
        </Show>
      </Panel>
      <Panel title="Take over a list" size="half">
        <ImportList before={(answer.value?.list ?? null) !== null} />
      </Panel>
      <Panel title="For other programs" about="The devices that were heard, with what the list says of them.">
        <div class="bar">
          <TakeFile format="csv" name="devices.csv" words="Devices as CSV" />
          <TakeFile format="cyclonedx" name="devices.cdx.json" words="Devices as CycloneDX 1.6" />
          <TakeFile format="reconciliation" name="to-look-into.csv" words="What to look into, as CSV" />
        </div>
      </Panel>
      {(answer.value?.list ?? null) === null ? null : <Compared days={days} />}
    </>
  );
}

function TakeFile({ format, name, words }: { format: string; name: string; words: string }) {
  const take = async (): Promise<void> => {
    try {
      await fetchFile(ofRun('inventory/export', { format }), name);
    } catch (error) {
      tell(wordsOf(error), false);
    }
  };
  return (
    <button type="button" class="button" onClick={() => void take()}>
      {words}
    </button>
  );
}

function AboutList({ list }: { list: KeptList }) {
  const { file, rows, problems, user, imported, columns } = list;
  const names: ReadonlyMap<string, string> = new Map(listKeys);
  return (
    <div class="form">
      <p>
        <b>{file}</b>, {some(rows, 'row')}, taken over by {user || 'somebody'} on <Time at={imported} form="long" />.
        {problems > 0 ? ` ${some(problems, 'value')} could not be used.` : ''}
      </p>
      <details>
        <summary>Which column holds what</summary>
        <dl class="dl small">
          {Object.entries(columns).map(([key, headings]) => (
            <>
              <dt key={key}>{names.get(key) ?? key}</dt>
              <dd>{headings.join(', ')}</dd>
            </>
          ))}
        </dl>
      </details>
    </div>
  );
}

const daysOptions = [
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'a year'],
] as const;

const kindNames: Readonly<Record<string, string>> = {
  mac: 'MAC address',
  address: 'address',
  ae: 'AE title',
  serial: 'serial number',
  software: 'software',
  location: 'location',
  retired: 'out of use, and seen',
  asset: 'asset number',
  host: 'host name',
};

const kindName = (kind: string): string => kindNames[kind] ?? kind.replaceAll('-', ' ');

function Compared({ days }: { days: string }) {
  const answer = useAnswer<Reconciliation>(ofRun('inventory/reconciliation', { days }));
  const devices = directoryOf(useDevices());
  const link = (id: string): ComponentChildren =>
    id === '' ? '–' : <a href={to(['devices', id])}>{nameOf(devices, id)}</a>;
  return (
    <Show of={answer} what="the comparison">
      {(found) => (
        <>
          <Panel
            title="Compared with what was heard"
            aside={
              <Choice
                label="Not heard means silent for"
                value={days}
                options={daysOptions}
                onChange={(value) => narrow({ days: value })}
              />
            }
          >
            <Counts found={found} />
          </Panel>
          <Section
            title="On the wire and not in the list"
            about="Medical devices that no row was paired with."
            heads={['Device', 'Address', 'Maker and model', 'AE titles', 'Last heard']}
            rows={found.notListed.map((row) => [
              link(row.device),
              row.address,
              `${row.manufacturer} ${row.model}`.trim(),
              row.aeTitles.join(', '),
              <Time key="time" at={row.lastSeen} />,
            ])}
          />
          <Section
            title="In the list and not heard"
            about="In use by their status, with something that a network could show."
            heads={['Asset', 'What it is', 'Maker and model', 'Serial', 'Where', 'Last heard']}
            rows={found.notSeen.map(({ row, lastSeen }) => [...assetCells(row), <Time key="time" at={lastSeen} />])}
          />
          <Section
            title="Said differently"
            about="Paired, and the list and the wire do not agree."
            heads={['Asset', 'Device', 'What', 'The list says', 'On the wire', 'Paired by']}
            rows={found.mismatches.map(({ row, device, kind, listed, seen, by }) => [
              row.asset || `line ${row.line}`,
              link(device),
              kindName(kind),
              listed,
              seen,
              kindName(by),
            ])}
          />
          <Section
            title="Twice"
            about="The same value in two rows of the list, or on two devices."
            heads={['Where', 'What', 'Value', 'Of']}
            rows={found.duplicates.map(({ side, kind, value, of }) => [
              side === 'list' ? 'in the list' : 'on the wire',
              kindName(kind),
              value,
              of.map((one) => (side === 'list' ? one : nameOf(devices, one))).join(', '),
            ])}
          />
        </>
      )}
    </Show>
  );
}

function Counts({ found: { counts } }: { found: Reconciliation }) {
  return (
    <div class="figures">
      <Figure value={whole(counts.listed)} label="rows in the list" />
      <Figure value={whole(counts.paired)} label="found on the wire" />
      <Figure value={whole(counts.notListed)} label="not in the list" />
      <Figure value={whole(counts.notSeen)} label="not heard" />
      <Figure value={whole(counts.mismatches)} label="said differently" />
      <Figure value={whole(counts.duplicates)} label="twice" />
      <Figure value={whole(counts.notFindable)} label="without network data" />
    </div>
  );
}

function assetCells(row: ListRow): string[] {
  return [
    row.asset || `line ${row.line}`,
    row.name,
    `${row.manufacturer} ${row.model}`.trim(),
    row.serial,
    [row.location, row.department].filter((word) => word !== '').join(', '),
  ];
}

interface SectionProps {
  title: string;
  about: string;
  heads: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
}

const ROWS_SHOWN = 200;

/** A table, or nothing at all where nothing is to be done. */
function Section({ title, about, heads, rows }: SectionProps) {
  if (rows.length === 0) return null;
  return (
    <Panel title={title} about={about} flush aside={whole(rows.length)}>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, ROWS_SHOWN).map((cells, at) => (
              <tr key={`${title} ${at}`}>
                {cells.map((cell, column) => (
                  <td key={heads[column]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > ROWS_SHOWN ? (
        <p class="note">
          The first {ROWS_SHOWN} of {whole(rows.length)} are shown; the file above has all.
        </p>
      ) : null}
    </Panel>
  );
}
