/** The list of devices: search, filter, choice of columns, and the same rows as a file for a spreadsheet. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Answer, ask, ofRun, useAnswer } from '../client.ts';
import { csvOf } from '../csv.ts';
import type { DeviceList } from '../directory.ts';
import { download } from '../files.ts';
import { Show } from '../parts/answer.tsx';
import { wordsOf } from '../parts/dialog.tsx';
import { ClassText, LearningText, TierBadge } from '../parts/marks.tsx';
import { Head } from '../parts/page.tsx';
import { tell } from '../parts/toast.tsx';
import { narrow, narrow as narrowRoute, to } from '../route.ts';
import type { Device } from '../shapes.ts';
import { Time } from '../time.tsx';
import { className, deviceName, some, tierWord, whole } from '../words.ts';
import type { PageProps } from './index.tsx';

interface Column {
  name: string;
  show: (device: Device) => ComponentChildren;
  /** For the file and for sorting. */
  text: (device: Device) => string | number;
  isNumber?: boolean;
  /** Name of the order in which the sensor can give them. */
  order?: string;
}

const makerOf = ({ manufacturer, vendor, model }: Device): string =>
  `${manufacturer || vendor}${model === '' ? '' : ` ${model}`}`.trim();

const columns: Readonly<Record<string, Column>> = {
  name: {
    order: 'name',
    name: 'Device',
    show: (device) => (
      <>
        <a class="name" href={to(['devices', device.id])}>
          {deviceName(device)}
        </a>
        <div class="muted small">{under(device)}</div>
      </>
    ),
    text: deviceName,
  },
  class: {
    order: 'class',
    name: 'What it is',
    show: (device) => <ClassText device={device} />,
    text: (device) => className(device.class),
  },
  tier: {
    order: 'tier',
    name: 'Care tier',
    show: ({ tier, external }) => (external ? null : <TierBadge tier={tier} />),
    text: ({ tier }) => tier,
  },
  maker: { name: 'Maker and model', show: makerOf, text: makerOf },
  ae: {
    name: 'AE titles',
    show: ({ aeTitles }) =>
      aeTitles.map((title) => (
        <span key={title} class="chip">
          {title}
        </span>
      )),
    text: ({ aeTitles }) => aeTitles.join(' '),
  },
  mac: { name: 'MAC address', show: ({ mac }) => <code>{mac}</code>, text: ({ mac }) => mac },
  serial: { name: 'Serial', show: ({ serial }) => serial, text: ({ serial }) => serial },
  software: {
    name: 'Software',
    show: ({ software, operatingSystem }) => software || operatingSystem,
    text: ({ software, operatingSystem }) => software || operatingSystem,
  },
  learning: {
    name: 'Learning',
    show: ({ state }) => <LearningText state={state} />,
    text: ({ state }) => Object.values(state).join(' '),
  },
  exams: {
    order: 'exams',
    name: 'Exams',
    show: ({ utilisation }) => whole(utilisation.exams),
    text: ({ utilisation }) => utilisation.exams,
    isNumber: true,
  },
  messages: {
    name: 'Messages',
    show: ({ utilisation }) => whole(utilisation.messages),
    text: ({ utilisation }) => utilisation.messages,
    isNumber: true,
  },
  firstSeen: {
    order: 'firstSeen',
    name: 'First seen',
    show: ({ firstSeen }) => <Time at={firstSeen} />,
    text: ({ firstSeen }) => firstSeen,
  },
  lastSeen: {
    order: 'lastSeen',
    name: 'Last seen',
    show: ({ lastSeen }) => <Time at={lastSeen} />,
    text: ({ lastSeen }) => lastSeen,
  },
};

/** What stands below the name: the address, or the hardware address where the name is the address. */
function under(device: Device): string {
  const [address = ''] = device.addresses;
  return address !== '' && !deviceName(device).includes(address) ? address : device.mac;
}

const usual = ['name', 'class', 'tier', 'maker', 'ae', 'learning', 'exams', 'messages', 'lastSeen'];
const KEY = 'wardwatch-device-columns';
const chosen = signal<readonly string[]>(keptColumns());

function keptColumns(): readonly string[] {
  const kept = (localStorage.getItem(KEY) ?? '').split(',').filter((name) => name in columns);
  return kept.length === 0 ? usual : kept;
}

const ROWS = 200;
const EXPORTED_MAX = 1_000;

/** What is asked of the sensor: it searches, sorts and counts, however many devices there are. */
function searchOf(query: PageProps['query'], limit: number, offset: number): string {
  const { q = '', class: kind = '', tier = '', kind: which = '', sort = 'name' } = query;
  const key = sort.replace(/^-/, '');
  return ofRun('devices', {
    q,
    class: kind,
    tier,
    medical: which === 'medical' ? 'true' : which === 'other' ? 'false' : '',
    external: which === 'outside' ? 'true' : which === 'other' ? 'false' : '',
    sort: columns[key]?.order ?? 'name',
    order: sort.startsWith('-') ? 'desc' : 'asc',
    evidence: 'false',
    limit,
    offset,
  });
}

export function DevicesPage({ query }: PageProps) {
  const offset = Number(query.from ?? 0);
  const answer = useAnswer<DeviceList>(searchOf(query, ROWS, offset));
  // While somebody types, what was found before stays.
  const [last, setLast] = useState<DeviceList | null>(null);
  useEffect(() => {
    if (answer.state === 'here') setLast(answer.value);
  }, [answer]);
  const shown: Answer<DeviceList> =
    answer.state === 'loading' && last !== null ? { state: 'here', value: last } : answer;
  const counts = useAnswer<{ class: Record<string, number> }>(ofRun('devices/counts'));
  return (
    <>
      <Head
        title="Devices"
        lead="Every machine that was heard, what it is and how much it is used. Name, class and maker are conclusions; the page of a device shows the evidence for each."
        actions={
          <button type="button" class="button" onClick={() => void exportRows(query)}>
            Export CSV
          </button>
        }
      />
      <Filters query={query} classes={Object.keys(counts.value?.class ?? {})} />
      <Show of={shown} what="the devices">
        {({ devices, total }) => (
          <section class="panel flush" aria-label="Devices">
            <p class="note small" role="status">
              {some(total, 'device')}
              {total === 0 ? ': nothing matches. Search by name, address, AE title, maker, serial or class.' : ''}
              {total > devices.length ? `, shown are ${offset + 1} to ${offset + devices.length}` : ''}
            </p>
            {devices.length === 0 ? null : <Table rows={devices} sort={query.sort ?? 'name'} />}
            {total > ROWS ? <Pages total={total} offset={offset} /> : null}
          </section>
        )}
      </Show>
    </>
  );
}

function Pages({ total, offset }: { total: number; offset: number }) {
  const turn = (from: number): void => narrow({ from: from === 0 ? '' : String(from) });
  return (
    <p class="note">
      <button type="button" class="button" disabled={offset === 0} onClick={() => turn(Math.max(0, offset - ROWS))}>
        Before
      </button>{' '}
      <button type="button" class="button" disabled={offset + ROWS >= total} onClick={() => turn(offset + ROWS)}>
        Next
      </button>
    </p>
  );
}

function Filters({ query, classes }: { query: PageProps['query']; classes: readonly string[] }) {
  const narrow = (change: Readonly<Record<string, string>>): void => narrowRoute({ from: '', ...change });
  return (
    <search class="bar">
      <label class="field wide">
        <span>Search</span>
        <input
          type="search"
          value={query.q ?? ''}
          placeholder="name, address, AE title, maker, serial …"
          onInput={({ currentTarget: { value } }) => narrow({ q: value })}
        />
      </label>
      <label class="field">
        <span>What it is</span>
        <select value={query.class ?? ''} onChange={({ currentTarget: { value } }) => narrow({ class: value })}>
          <option value="">all</option>
          {classes
            .filter((name) => name !== '')
            .map((name) => (
              <option key={name} value={name}>
                {className(name)}
              </option>
            ))}
        </select>
      </label>
      <label class="field">
        <span>Care tier</span>
        <select value={query.tier ?? ''} onChange={({ currentTarget: { value } }) => narrow({ tier: value })}>
          <option value="">all</option>
          {[1, 2, 3, 4].map((tier) => (
            <option key={tier} value={tier}>
              {tier} · {tierWord(tier)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Kind</span>
        <select value={query.kind ?? ''} onChange={({ currentTarget: { value } }) => narrow({ kind: value })}>
          <option value="">all</option>
          <option value="medical">medical</option>
          <option value="other">other machines here</option>
          <option value="outside">outside the hospital</option>
        </select>
      </label>
      <ColumnChoice />
    </search>
  );
}

function ColumnChoice() {
  const toggle = (key: string): void => {
    const next = Object.keys(columns).filter((name) => chosen.value.includes(name) !== (name === key));
    chosen.value = next;
    localStorage.setItem(KEY, next.join(','));
  };
  return (
    <details class="menu">
      <summary class="button">Columns</summary>
      <fieldset>
        <legend class="sr">Columns of the table</legend>
        {Object.entries(columns).map(([key, { name }]) => (
          <label key={key} class="check">
            <input
              type="checkbox"
              checked={chosen.value.includes(key)}
              disabled={key === 'name'}
              onChange={() => toggle(key)}
            />
            {name}
          </label>
        ))}
      </fieldset>
    </details>
  );
}

function Table({ rows, sort }: { rows: readonly Device[]; sort: string }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {chosen.value.map((key) => {
              const down = sort === `-${key}`;
              const sorts = sort === key || down;
              return (
                <th
                  key={key}
                  class={columns[key]?.isNumber === true ? 'number' : ''}
                  aria-sort={!sorts ? undefined : down ? 'descending' : 'ascending'}
                >
                  {columns[key]?.order === undefined ? (
                    columns[key]?.name
                  ) : (
                    <button type="button" onClick={() => narrow({ from: '', sort: sort === key ? `-${key}` : key })}>
                      {columns[key]?.name} {sorts ? (down ? '↓' : '↑') : ''}
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((device) => (
            <tr key={device.id}>
              {chosen.value.map((key) => (
                <td key={key} class={columns[key]?.isNumber === true ? 'number' : ''}>
                  {columns[key]?.show(device)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

async function exportRows(query: PageProps['query']): Promise<void> {
  try {
    const { devices, total } = await ask<DeviceList>(searchOf(query, EXPORTED_MAX, 0));
    const keys = Object.keys(columns);
    const head = ['Id', 'Addresses', ...keys.map((key) => columns[key]?.name ?? key)];
    const lines = devices.map((device) => [
      device.id,
      device.addresses.join(' '),
      ...keys.map((key) => String(columns[key]?.text(device) ?? '')),
    ]);
    download('wardwatch-devices.csv', 'text/csv', csvOf([head, ...lines]));
    if (total > devices.length)
      tell(`The file holds the first ${devices.length} of ${total}; narrow the search for the rest.`);
  } catch (error) {
    tell(wordsOf(error), false);
  }
}
