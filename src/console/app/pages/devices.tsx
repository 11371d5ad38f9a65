/** The list of devices: search, filter, choice of columns, and the same rows as a file for a spreadsheet. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useDevices } from '../directory.ts';
import { csvOf, download } from '../files.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { ClassText, LearningText, TierBadge } from '../parts/marks.tsx';
import { Head } from '../parts/page.tsx';
import { narrow, to } from '../route.ts';
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
}

const makerOf = ({ manufacturer, vendor, model }: Device): string =>
  `${manufacturer || vendor}${model === '' ? '' : ` ${model}`}`.trim();

const columns: Readonly<Record<string, Column>> = {
  name: {
    name: 'Device',
    show: (device) => (
      <>
        <a class="name" href={to(['devices', device.id])}>
          {deviceName(device)}
        </a>
        <div class="muted small">{device.addresses[0] ?? device.id}</div>
      </>
    ),
    text: deviceName,
  },
  class: {
    name: 'What it is',
    show: (device) => <ClassText device={device} />,
    text: (device) => className(device.class),
  },
  tier: { name: 'Care tier', show: ({ tier }) => <TierBadge tier={tier} />, text: ({ tier }) => tier },
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
    name: 'First seen',
    show: ({ firstSeen }) => <Time at={firstSeen} />,
    text: ({ firstSeen }) => firstSeen,
  },
  lastSeen: { name: 'Last seen', show: ({ lastSeen }) => <Time at={lastSeen} />, text: ({ lastSeen }) => lastSeen },
};

const usual = ['name', 'class', 'tier', 'maker', 'ae', 'learning', 'exams', 'messages', 'lastSeen'];
const KEY = 'wardwatch-device-columns';
const chosen = signal<readonly string[]>(keptColumns());

function keptColumns(): readonly string[] {
  const kept = (localStorage.getItem(KEY) ?? '').split(',').filter((name) => name in columns);
  return kept.length === 0 ? usual : kept;
}

export function DevicesPage({ query }: PageProps) {
  const devices = useDevices();
  return (
    <>
      <Head
        title="Devices"
        lead="Every machine that was heard, what it is and how much it is used. Name, class and maker are conclusions; the page of a device shows the evidence for each."
        actions={
          <button
            type="button"
            class="button"
            onClick={() => exportRows(matching(devices.value?.devices ?? [], query))}
          >
            Export CSV
          </button>
        }
      />
      <Filters query={query} devices={devices.value?.devices ?? []} />
      <Show of={devices} what="the devices">
        {({ devices: all }) => {
          const rows = sorted(matching(all, query), query.sort ?? 'name');
          if (all.length === 0) return <Empty>No device was heard in this run.</Empty>;
          return (
            <section class="panel flush" aria-label="Devices">
              <p class="note small" role="status">
                {some(rows.length, 'device')}
                {rows.length === all.length ? '' : ` of ${all.length}`}
                {rows.length === 0
                  ? ': nothing matches; search by name, address, AE title, maker, serial or class.'
                  : ''}
              </p>
              {rows.length === 0 ? null : <Table rows={rows} sort={query.sort ?? 'name'} />}
            </section>
          );
        }}
      </Show>
    </>
  );
}

function Filters({ query, devices }: { query: PageProps['query']; devices: readonly Device[] }) {
  const classes = [...new Set(devices.map((device) => device.class).filter((name) => name !== ''))].sort();
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
          {classes.map((name) => (
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
                  <button type="button" onClick={() => narrow({ sort: sort === key ? `-${key}` : key })}>
                    {columns[key]?.name} {sorts ? (down ? '↓' : '↑') : ''}
                  </button>
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

function matching(devices: readonly Device[], query: PageProps['query']): Device[] {
  const words = (query.q ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return devices.filter((device) => {
    if ((query.class ?? '') !== '' && device.class !== query.class) return false;
    if ((query.tier ?? '') !== '' && String(device.tier) !== query.tier) return false;
    if (query.kind === 'medical' && !device.medical) return false;
    if (query.kind === 'other' && (device.medical || device.external)) return false;
    if (query.kind === 'outside' && !device.external) return false;
    const text = searchable(device);
    return words.every((word) => text.includes(word));
  });
}

function searchable(device: Device): string {
  const { id, addresses, names, aeTitles, manufacturer, vendor, model, serial, software, roles } = device;
  return [
    id,
    ...addresses,
    ...names,
    ...aeTitles,
    manufacturer,
    vendor,
    model,
    serial,
    software,
    className(device.class),
    ...roles,
  ]
    .join(' ')
    .toLowerCase();
}

function sorted(devices: Device[], sort: string): Device[] {
  const column = columns[sort.replace(/^-/, '')] ?? columns.name;
  const sign = sort.startsWith('-') ? -1 : 1;
  return devices.sort((a, b) => {
    const [left, right] = [column?.text(a) ?? '', column?.text(b) ?? ''];
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * String(left).localeCompare(String(right), undefined, { numeric: true, sensitivity: 'base' });
  });
}

function exportRows(devices: readonly Device[]): void {
  const keys = Object.keys(columns);
  const head = ['Id', 'Addresses', ...keys.map((key) => columns[key]?.name ?? key)];
  const lines = devices.map((device) => [
    device.id,
    device.addresses.join(' '),
    ...keys.map((key) => String(columns[key]?.text(device) ?? '')),
  ]);
  download('wardwatch-devices.csv', 'text/csv', csvOf([head, ...lines]));
}
