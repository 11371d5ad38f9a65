import t from 'tap';
import { readCsv } from '../../src/inventory/csv.ts';
import { cyclonedx } from '../../src/inventory/cyclonedx.ts';
import { columnsOf, equipmentOf } from '../../src/inventory/equipment.ts';
import { inventoryCsv, reconciliationCsv, reconciliationJson, subjectsOf } from '../../src/inventory/export.ts';
import { reconcile } from '../../src/inventory/reconcile.ts';
import { START_US, sampleDevice } from '../support/store.ts';

const limits = { rowsMax: 1000, columnsMax: 64, cellCharactersMax: 1000 };
const devices = [
  sampleDevice('00:00:00:00:00:02', { names: ['=cmd|x'], software: '', evidence: [] }),
  sampleDevice('00:00:00:00:00:01', { serial: 'SN0001', addresses: ['10.20.1.11', 'fe80::1'] }),
  sampleDevice('203.0.113.9', { external: true }),
  sampleDevice('00:00:00:00:00:03', { medical: false, aeTitles: [] }),
];
const listed = (text: string) => {
  const csv = readCsv(text, limits);
  return equipmentOf(csv, columnsOf(csv.head, []).columns).equipment;
};
const settings = { days: 30, nowUs: START_US, all: false, zoneOf: () => '', zones: [] };

interface Component {
  type: string;
  name: string;
  'bom-ref': string;
  version?: string;
  components?: Component[];
  properties?: { name: string; value: string }[];
  evidence?: {
    identity: { field: string; confidence: number; methods: { technique: string; confidence: number }[] }[];
  };
}

t.test('a CycloneDX document has what its schema asks for, and nothing else', (t) => {
  const found = reconcile(listed('asset,serial,location\nA1,SN-0001,Room 7\n'), devices, settings);
  const make = () =>
    cyclonedx(subjectsOf(devices, found.paired, false), { site: 's', version: '1.2.3', nowUs: START_US });
  const bom = make() as { serialNumber: string; components: Component[] } & Record<string, unknown>;
  t.same(Object.keys(bom).sort(), [
    '$schema',
    'bomFormat',
    'components',
    'metadata',
    'serialNumber',
    'specVersion',
    'version',
  ]);
  t.match(bom, {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { timestamp: '2026-03-02T10:00:00Z' },
  });
  t.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.equal(JSON.stringify(make()), JSON.stringify(bom), 'the same devices make the same document');

  const allowed = [
    'type',
    'bom-ref',
    'manufacturer',
    'name',
    'version',
    'description',
    'properties',
    'evidence',
    'components',
  ];
  const every = (list: readonly Component[]): Component[] =>
    list.flatMap((one) => [one, ...every(one.components ?? [])]);
  const components = every(bom.components);
  t.same(
    bom.components.map((one) => one['bom-ref']),
    ['device:00:00:00:00:00:01', 'device:00:00:00:00:00:02'],
  );
  t.equal(new Set(components.map((one) => one['bom-ref'])).size, components.length, 'every reference is unique');
  for (const one of components) {
    t.ok(['device', 'operating-system', 'application'].includes(one.type));
    t.ok(one.name !== '');
    t.same(
      Object.keys(one).filter((key) => !allowed.includes(key)),
      [],
    );
    for (const identity of one.evidence?.identity ?? []) {
      t.ok(['name', 'version'].includes(identity.field));
      for (const { confidence } of [identity, ...identity.methods]) t.ok(confidence >= 0 && confidence <= 1);
    }
  }
  t.match(bom.components[0], {
    name: 'Scanner 1',
    version: '1.0',
    evidence: { identity: [{ field: 'name', confidence: 0.9, concludedValue: 'Scanner 1' }] },
    components: [{ type: 'operating-system', name: 'Linux' }],
  });
  t.ok(
    bom.components[0]?.properties?.some(({ name, value }) => name === 'wardwatch:list:location' && value === 'Room 7'),
  );
  t.end();
});

t.test('the table can be opened in a spreadsheet without danger, and read again', (t) => {
  const text = inventoryCsv(subjectsOf(devices, [], false));
  t.match(text, /,'=cmd\|x,/);
  const again = listed(text);
  t.match(again, [{ name: "'=cmd|x" }, { serial: 'SN0001', addresses: ['10.20.1.11', 'fe80::1'], aeTitles: ['CT1'] }]);
  t.equal(
    inventoryCsv(subjectsOf(devices, [], true)).split('\r\n').length,
    5,
    'with what is not medical, never outside',
  );
  t.end();
});

t.test('what was compared has one line for each thing to look into, and the same as JSON', (t) => {
  const rows = listed('asset,serial,ip,mac\nA1,SN0001,10.20.1.99,\nA2,,,00:00:00:00:00:0a\nA3,SN9999,,\nA3,,,\n');
  const found = reconcile(rows, devices, settings);
  t.same(reconciliationCsv(found).split('\r\n'), [
    'what,line,asset,name,device,listed,seen',
    'not in the list,,,,00:00:00:00:00:02,,10.20.1.11 Example Scanner 1 CT1',
    'not seen,3,A2,,,00:00:00:00:00:0a,never',
    'other address,2,A1,,00:00:00:00:00:01,10.20.1.99,10.20.1.11',
    'asset twice in the list,,,,,"A3: line 4, line 5",',
    'ae twice on the wire,,,,00:00:00:00:00:02 00:00:00:00:00:01,,ct1',
    'no network data in the list,4,A3,,,SN9999,',
    'no network data in the list,5,A3,,,,',
    '',
  ]);
  t.match(reconciliationJson(rows.length, found), {
    counts: {
      listed: 4,
      paired: 1,
      notListed: 1,
      notSeen: 1,
      mismatches: 1,
      duplicates: 2,
      notFindable: 2,
      retired: 0,
    },
    mismatches: [{ kind: 'address', listed: '10.20.1.99', seen: '10.20.1.11', by: 'serial' }],
  });
  t.end();
});
