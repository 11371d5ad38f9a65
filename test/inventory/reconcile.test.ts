import t from 'tap';
import { readCsv } from '../../src/inventory/csv.ts';
import { columnsOf, equipmentOf, macText } from '../../src/inventory/equipment.ts';
import { type ReconcileSettings, reconcile } from '../../src/inventory/reconcile.ts';
import type { DeviceRow } from '../../src/model.ts';
import { START_US, sampleDevice } from '../support/store.ts';

const DAY_US = 86_400e6;
const limits = { rowsMax: 1000, columnsMax: 64, cellCharactersMax: 1000 };

const listed = (text: string, said: readonly string[] = []) => {
  const csv = readCsv(text, limits);
  const { columns, problems } = columnsOf(csv.head, said);
  const read = equipmentOf(csv, columns);
  return { equipment: read.equipment, problems: [...problems, ...read.problems] };
};

const settings: ReconcileSettings = {
  days: 30,
  nowUs: START_US + 40 * DAY_US,
  all: false,
  zoneOf: (address) => (address.startsWith('10.20.1.') ? 'imaging' : address.startsWith('10.20.9.') ? 'office' : ''),
  zones: ['imaging', 'office'],
};

/** Seen at the end, and nothing known of it but what is said. */
const device = (id: string, changes: Partial<DeviceRow>): DeviceRow =>
  sampleDevice(id, {
    mac: '',
    addresses: [],
    names: [],
    aeTitles: [],
    serial: '',
    software: '',
    evidence: [],
    lastSeenUs: settings.nowUs,
    ...changes,
  });

t.test('usual headings are known, and others can be said', (t) => {
  const text = 'Asset No.;Ser. Nr;MAC-Address;WLAN MAC;IP Address;Hersteller;Location;Zustand;AE Title\n';
  const row = 'A1;SN1;00-1B-21-0A-0B-0C;001b210a0b0d;10.20.1.11/24, 10.20.1.12;Example;Room 7;In use;CT1/CT1_WL\n';
  const { equipment, problems } = listed(text + row, ['serial=Ser. Nr']);
  t.same(problems, []);
  t.match(equipment, [
    {
      line: 2,
      asset: 'A1',
      serial: 'SN1',
      macs: ['00:1b:21:0a:0b:0c', '00:1b:21:0a:0b:0d'],
      addresses: ['10.20.1.11', '10.20.1.12'],
      aeTitles: ['CT1', 'CT1_WL'],
      location: 'Room 7',
      isRetired: false,
    },
  ]);
  t.match(columnsOf(['a'], ['serial=b', 'colour=a', 'serial']).problems, [/no column "b"/, /allowed/, /allowed/]);
  t.same(listed('Serial,Model\nX1,M\n', ['model=']).equipment[0]?.model, '', 'a column can be left out');
  t.end();
});

t.test('a value that is not what its column promises is named; the rest of its row stays', (t) => {
  const { equipment, problems } = listed('asset,mac,ip\nA1,00:1b:21,10.20.1.300\nA2,n/a,DHCP\n,,\n');
  t.same(problems, ['line 2: "00:1b:21" is no mac', 'line 2: "10.20.1.300" is no address']);
  t.equal(equipment.length, 2);
  t.equal(macText('001b.210a.0b0c'), '00:1b:21:0a:0b:0c');
  t.equal(macText('1.2E+11'), '');
  t.end();
});

t.test('every list has exactly what belongs into it', (t) => {
  const { equipment, problems } = listed(
    [
      'asset,serial,mac,ip,ae title,location,software,hostname,status',
      'A1,,00:00:00:00:00:01,10.20.1.1,CT1,Imaging,1.0,,in use', // all the same
      'A2,SN-0002,,10.20.1.2,,,,,', // by its serial number, address differs
      'A3,,,,MR1,Office 3,,,', // by its title, in another zone
      'A4,,00:00:00:00:00:04,10.20.1.44,,,,,', // by its MAC, not seen for long
      'A5,,,10.20.1.5,,,,,', // by its address, another MAC would be told; none is listed
      'A6,,,,,,,pump-6.example.org,', // by its name
      'A7,,00:00:00:00:00:77,,,,,,', // never seen
      'A8,SN0008,,,,,,,', // nothing a network could show
      'A9,,00:00:00:00:00:09,,,,,,retired', // seen all the same
      'A10,,00:00:00:00:00:0f,,,,,,disposed', // rightly not seen
      'A11,,,10.20.1.60,,,,,',
      'A11,,,10.20.1.60,,,,,', // twice
      'A12,,00:00:00:00:00:ee,10.20.1.12,US2,,2.0,,', // by its title: MAC and software differ
    ].join('\n'),
  );
  t.same(problems, []);
  const found = reconcile(
    equipment,
    [
      device('d1', {
        mac: '00:00:00:00:00:01',
        addresses: ['10.20.1.1', 'fe80::1'],
        aeTitles: ['CT1'],
        software: 'V1.0',
      }),
      device('d2', { serial: 'SN0002', addresses: ['10.20.1.22'] }),
      device('d3', { aeTitles: ['MR1'], addresses: ['10.20.1.3'] }),
      device('d4', { mac: '00:00:00:00:00:04', addresses: ['10.20.1.44'], lastSeenUs: START_US }),
      device('d5', { mac: '00:00:00:00:00:05', addresses: ['10.20.1.5'] }),
      device('d6', { names: ['PUMP-6'] }),
      device('d9', { mac: '00:00:00:00:00:09' }),
      device('d12', { mac: '00:00:00:00:00:0c', addresses: ['10.20.1.12'], aeTitles: ['us2'], software: '2.1' }),
      device('d13', { mac: '00:00:00:00:00:13', aeTitles: ['TWIN'] }),
      device('d14', { mac: '00:00:00:00:00:14', aeTitles: ['TWIN'] }),
      device('pc', { mac: '00:00:00:00:00:20', medical: false }),
      device('cloud', { addresses: ['203.0.113.9'], external: true }),
    ],
    settings,
  );
  const assets = (rows: readonly { asset: string }[]) => rows.map(({ asset }) => asset);
  t.same(
    found.paired.map(({ row, device, by }) => `${row.asset} ${device.id} ${by}`),
    ['A1 d1 mac', 'A2 d2 serial', 'A3 d3 ae', 'A4 d4 mac', 'A5 d5 address', 'A6 d6 host', 'A9 d9 mac', 'A12 d12 ae'],
  );
  t.same(
    found.notListed.map(({ id }) => id),
    ['d13', 'd14'],
  );
  t.same(
    found.notSeen.map(({ row, lastSeenUs }) => [row.asset, lastSeenUs]),
    [
      ['A4', START_US],
      ['A7', 0],
      ['A11', 0],
      ['A11', 0],
    ],
  );
  t.same(
    found.mismatches.map(({ row, kind, listed, seen }) => [row.asset, kind, listed, seen]),
    [
      ['A2', 'address', '10.20.1.2', '10.20.1.22'],
      ['A3', 'location', 'Office 3', 'imaging'],
      ['A9', 'retired', 'retired', 'seen on the wire'],
      ['A12', 'mac', '00:00:00:00:00:ee', '00:00:00:00:00:0c'],
      ['A12', 'software', '2.0', '2.1'],
    ],
  );
  t.same(
    found.duplicates.map(({ side, kind, value, of }) => [side, kind, value, ...of]),
    [
      ['list', 'asset', 'A11', 'line 12', 'line 13'],
      ['wire', 'ae', 'twin', 'd13', 'd14'],
      ['list', 'address', '10.20.1.60', 'line 12', 'line 13'],
    ],
  );
  t.same(assets(found.notFindable), ['A8']);
  t.same(assets(found.retired), ['A10']);
  t.equal(reconcile(equipment, [device('pc', { medical: false })], { ...settings, all: true }).notListed.length, 1);
  t.end();
});

t.test('an address that went from hand to hand is its last holder’s, and two at once are told', (t) => {
  const { equipment } = listed('asset,ip\nA1,10.20.1.1\n');
  const had = (id: string, from: number, to: number) =>
    device(id, {
      mac: id,
      addresses: ['10.20.1.1'],
      evidence: [
        {
          attribute: 'address',
          value: '10.20.1.1',
          source: 'DHCP',
          confidence: 0.9,
          firstSeenUs: START_US + from,
          lastSeenUs: START_US + to,
        },
      ],
    });
  const handed = reconcile(equipment, [had('a', 0, 10), had('b', 20, 30)], settings);
  t.same([handed.paired[0]?.device.id, handed.duplicates], ['b', []]);
  const clash = reconcile(equipment, [had('a', 0, 25), had('b', 20, 30)], settings);
  t.same(clash.duplicates, [{ side: 'wire', kind: 'address', value: '10.20.1.1', of: ['a', 'b'] }]);
  t.end();
});
