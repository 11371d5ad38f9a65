import t from 'tap';
import type { Known } from '../../src/inventory/match.ts';
import { Matcher } from '../../src/inventory/match.ts';
import { knownOf, NoticeDesk, noticesIn } from '../../src/inventory/notice-desk.ts';
import { limits } from '../../src/limits.ts';
import { Store } from '../../src/store/store.ts';
import { sampleDevice, sampleStoreFolder } from '../support/store.ts';

const recall = (changes: object = {}) => ({
  cfres_id: '1',
  product_res_number: 'Z-0001-2026',
  recalling_firm: 'Example Imaging Systems, Inc.',
  product_description: 'Scanner 1, computed tomography system, model 4711.',
  code_info: 'Serial Numbers: 100-199',
  reason_for_recall: 'The table may move.',
  action: 'Do not use until updated.',
  recall_status: 'Ongoing',
  event_date_initiated: '2026-01-05',
  ...changes,
});
const openFda = (...results: object[]) => JSON.stringify({ meta: { disclaimer: 'x' }, results });
const advisory = (changes: object = {}) => ({
  document: {
    csaf_version: '2.0',
    title: 'Example Scanner 1',
    publisher: { name: 'Some Authority' },
    tracking: { id: 'ICSMA-26-001-01', current_release_date: '2026-02-01T00:00:00Z', status: 'final' },
    references: [{ category: 'self', url: 'https://example.org/a' }],
    notes: [{ category: 'summary', text: 'An attacker may stop it.' }],
  },
  product_tree: {
    branches: [
      {
        category: 'vendor',
        name: 'Example',
        branches: [
          {
            category: 'product_name',
            name: 'Scanner 1',
            branches: [
              {
                category: 'product_version_range',
                name: '<2.0',
                product: { name: 'Scanner 1 <2.0', product_id: 'P1' },
              },
              { category: 'product_version', name: '2.0', product: { name: 'Scanner 1 2.0', product_id: 'P2' } },
            ],
          },
        ],
      },
    ],
  },
  vulnerabilities: [
    {
      cve: 'CVE-2026-0001',
      product_status: { known_affected: ['P1'], fixed: ['P2'] },
      scores: [{ products: ['P1'], cvss_v3: { baseScore: 9.8 } }],
      remediations: [{ category: 'vendor_fix', details: 'Update to 2.0' }],
    },
  ],
  ...changes,
});
const known: Known = {
  id: 'd',
  makers: ['Example'],
  models: ['Scanner 1'],
  software: '1.0',
  serial: '123',
  lot: '',
  identifiers: [],
};
const read = (text: string) => noticesIn(text, 'file.json', limits);
const states = (text: string, changes: Partial<Known> = {}) =>
  new Matcher(read(text)).matches({ ...known, ...changes }).map(({ certainty }) => certainty);

t.test('a recall says who, what, which units, why and what to do', (t) => {
  t.match(read(openFda(recall())), [
    {
      id: 'openfda:Z-0001-2026',
      source: 'openFDA recall',
      reason: 'The table may move.',
      action: 'Do not use until updated.',
      status: 'Ongoing',
      date: '2026-01-05',
      targets: [{ maker: 'Example Imaging Systems, Inc.', units: 'Serial Numbers: 100-199' }],
    },
  ]);
  const enforcement = {
    recall_number: 'Z-0001-2026',
    recalling_firm: 'Example',
    product_description: 'Scanner 1',
    code_info: '',
    classification: 'Class II',
    recall_initiation_date: '20260105',
  };
  t.match(read(openFda(enforcement)), [{ source: 'openFDA enforcement', severity: 'Class II', date: '2026-01-05' }]);
  t.equal(read(openFda(enforcement, recall())).length, 1, 'the same recall in both words is one');
  t.end();
});

t.test('a serial number inside the range confirms, outside excludes, unknown leaves it to a person', (t) => {
  const text = openFda(recall());
  t.same(states(text), ['confirmed']);
  t.same(states(text, { serial: '200' }), []);
  t.same(states(text, { serial: '' }), ['possible']);
  t.same(states(openFda(recall({ code_info: 'All serial numbers' }))), ['possible']);
  t.same(states(openFda(recall({ code_info: 'Lot K1' })), { lot: 'K1' }), ['possible'], 'too short to be told by');
  t.same(states(openFda(recall({ code_info: 'Lot K441' })), { lot: 'K441' }), ['confirmed']);
  t.end();
});

t.test('maker and model must both be named', (t) => {
  const text = openFda(recall());
  t.same(states(text, { makers: ['Other Imaging'] }), []);
  t.same(states(text, { makers: ['EXAMPLE Medical Systems'] }), ['confirmed']);
  t.same(states(text, { makers: [] }), ['confirmed'], 'a model that is a name of its own');
  t.same(states(text, { models: ['Scanner 2'] }), []);
  t.same(states(text, { models: ['4711'], makers: [] }), [], 'a short number only beside its maker');
  t.same(states(text, { models: ['4711'] }), ['confirmed']);
  t.same(states(text, { models: [] }), []);
  const pump = openFda(recall({ product_description: 'MX-800 Patient Monitor', code_info: '' }));
  t.same(states(pump, { models: ['MX800'] }), ['possible']);
  t.same(states(pump, { models: ['MX80'] }), []);
  const [match] = new Matcher(read(text)).matches(known);
  t.match(match, { said: 'Scanner 1', text: 'Scanner 1, computed tomography system, model 4711.' });
  t.match(match?.why, [/Scanner 1 is named by its maker \(Example Imaging/, /serial number 123 is among 100 to 199/]);
  t.end();
});

t.test('a device identifier is as good as maker and model', (t) => {
  const text = openFda(recall({ product_description: 'Table', code_info: 'UDI-DI 00884838004214' }));
  const by = { makers: [], models: [], identifiers: ['00884838004214'] };
  t.same(states(text, by), ['possible']);
  t.same(states(text, { ...by, identifiers: ['00884838004215'] }), []);
  const device = sampleDevice('d', {
    evidence: [
      { attribute: 'udi', value: '(01)00884838004214(21)7', source: 'x', confidence: 1, firstSeenUs: 0, lastSeenUs: 0 },
    ],
  });
  t.same(knownOf(device, null).identifiers, ['00884838004214']);
  t.end();
});

t.test('an advisory is read with its products, and versions decide', (t) => {
  const text = JSON.stringify(advisory());
  t.match(read(text), [
    {
      id: 'csaf:ICSMA-26-001-01',
      publisher: 'Some Authority',
      severity: 'CVSS 9.8',
      action: 'Update to 2.0',
      reason: 'An attacker may stop it.',
      url: 'https://example.org/a',
      date: '2026-02-01',
      targets: [
        {
          maker: 'Example',
          product: 'Scanner 1',
          version: '<2.0',
          status: 'affected',
          vulnerabilities: ['CVE-2026-0001'],
        },
        { version: '2.0', status: 'fixed', vulnerabilities: [] },
      ],
    },
  ]);
  t.same(states(text), ['confirmed']);
  t.same(states(text, { software: '2.0' }), [], 'what is called fixed is left alone');
  t.same(states(text, { software: '2.1' }), []);
  t.same(states(text, { software: '' }), ['possible']);
  t.same(states(text, { software: 'VA48A' }), ['possible']);
  t.end();
});

t.test('serial numbers with stars, products by relation, and what is not affected', (t) => {
  const starred = advisory({
    product_tree: {
      full_product_names: [
        {
          product_id: 'A',
          name: 'Example Scanner 1',
          product_identification_helper: { serial_numbers: ['12*'], model_numbers: ['SC-1'] },
        },
        { product_id: 'W', name: 'Windows 10' },
      ],
      relationships: [
        {
          category: 'installed_on',
          product_reference: 'W',
          relates_to_product_reference: 'A',
          full_product_name: { product_id: 'P1', name: 'x' },
        },
      ],
    },
  });
  const text = JSON.stringify(starred);
  t.match(read(text), [{ targets: [{ product: 'Example Scanner 1', serials: ['12*'], models: ['SC-1'] }] }]);
  t.same(states(text), ['confirmed']);
  t.same(states(text, { serial: '999' }), []);
  t.same(states(text, { models: ['SC1'], makers: ['Example'] }), ['confirmed']);
  const [vulnerability] = advisory().vulnerabilities;
  const clear = advisory({ vulnerabilities: [{ ...vulnerability, product_status: { known_not_affected: ['P1'] } }] });
  t.same(states(JSON.stringify(clear)), []);
  t.end();
});

t.test('a hostile file is one line', (t) => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['no JSON', '{"results": [', /is no JSON/],
    ['deep', '['.repeat(100_000), /nested deeper than 64/],
    ['deep behind a string', `{"a":"\\"[[[","b":${'{"a":'.repeat(70)}1${'}'.repeat(70)}}`, /nested deeper/],
    ['another kind', '{"bomFormat":"CycloneDX"}', /neither a CSAF advisory nor recalls/],
    ['a number', '7', /neither/],
    ['no id', '{"document":{"csaf_version":"2.0"}}', /without document\.tracking\.id/],
    ['odd results', '{"results":[null,7,"x"]}', /neither/],
  ];
  for (const [name, text, expected] of cases) t.throws(() => read(text), { message: expected }, name);
  t.throws(() => read(`{"results":[${'{"cfres_id":1},'.repeat(20_000)}{}]}`), /more than 20000 recalls/);
  t.same(read(openFda({ cfres_id: 1, product_description: 7 }, { recall_number: ['x'] })).length, 1);
  const branch = { category: 'product_name', name: 'x', product: { product_id: 'P' } };
  const many = {
    ...advisory(),
    product_tree: {
      branches: Array.from({ length: 2_001 }, (_, i) => ({ ...branch, product: { product_id: `P${i}` } })),
    },
  };
  t.throws(() => read(JSON.stringify(many)), /more than 2000 products/);
  const strange = read(openFda(recall({ recalling_firm: 'A\u202eB\u0007\n C' })));
  t.equal(strange[0]?.targets[0]?.maker, 'A B C');
  t.end();
});

t.test('who decided, when and why is kept, until the notice says something else', (t) => {
  const store = Store.open(sampleStoreFolder((action) => t.teardown(action)));
  t.teardown(() => store.close());
  store.lists.replaceNotices(1, {}, read(openFda(recall())));
  store.lists.replaceEquipment(1, {}, []);
  const desk = new NoticeDesk(store, 'march');
  const device = '00:00:00:00:00:01';
  const notice = 'openfda:Z-0001-2026';
  const found = () => desk.matches(desk.notices()).matches.filter((one) => one.device === device);
  t.match(found(), [{ certainty: 'confirmed', standing: { state: 'confirmed', by: 'wardwatch', timeUs: 0 } }]);
  const decision = {
    device,
    notice,
    state: 'dismissed' as const,
    user: 'biomed',
    reason: 'updated on 2 March',
    timeUs: 9,
  };
  desk.decide(decision, 10);
  t.match(found(), [{ standing: { state: 'dismissed', by: 'biomed', reason: 'updated on 2 March', timeUs: 9 } }]);
  t.throws(() => desk.decide({ ...decision, reason: '' }, 10), /needs a reason/);
  t.throws(() => desk.decide({ ...decision, user: '' }, 10), /needs the name/);
  t.throws(() => desk.decide({ ...decision, notice: 'x' }, 10), /no match of device/);
  t.throws(() => desk.decide(decision, 1), /1 decisions are kept already/);
  store.lists.replaceNotices(2, {}, read(openFda(recall({ code_info: 'Serial Numbers: 100-299' }))));
  t.match(found(), [{ standing: { state: 'confirmed', by: 'wardwatch', isChanged: true } }]);
  t.end();
});
