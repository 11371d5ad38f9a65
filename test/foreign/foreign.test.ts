import fc from 'fast-check';
import t from 'tap';
import { ForeignCollector } from '../../src/foreign/collector.ts';
import { readEve } from '../../src/foreign/eve.ts';
import { Holders } from '../../src/foreign/holders.ts';
import { Lines } from '../../src/foreign/lines.ts';
import { eveLine } from '../support/eve.ts';
import { START_US, sampleDevice } from '../support/store.ts';

t.test('an alert is read, and of what the application said nothing', (t) => {
  const line = eveLine({
    timestamp: '2026-03-02T12:00:00.000001+0200',
    app_proto: 'http',
    community_id: '1:abc=',
    ether: { src_mac: '00:00:00:00:00:0A', dest_mac: 'x' },
    http: { url: '/patient?name=CANARY' },
    payload_printable: 'CANARY',
  });
  t.same(readEve(line), {
    timeUs: START_US + 1,
    fromAddress: '10.20.6.66',
    toAddress: '10.20.1.11',
    toPort: 445,
    fromMac: '00:00:00:00:00:0a',
    toMac: '',
    protocol: 'tcp',
    service: 'http',
    community: '1:abc=',
    generator: 1,
    signature: 2010935,
    text: 'ET SCAN something',
    category: 'Potentially Bad Traffic',
    severity: 2,
    action: 'allowed',
  });
  t.equal(readEve('{"event_type":"flow","src_ip":"10.0.0.1"}'), null);
  t.equal(readEve('{"event_type":"stats","alert":{}}'), null);
  t.equal(readEve(''), null);
  for (const broken of [
    'x',
    'alert',
    '{"alert"',
    eveLine({ timestamp: 'now' }),
    eveLine({ alert: {} }),
    eveLine({ src_ip: 7, dest_ip: null }),
  ])
    t.equal(readEve(broken), 'broken', broken.slice(0, 40));
  fc.assert(fc.property(fc.string(), (text) => [null, 'broken'].includes(readEve(`"alert"${text}`) as null)));
  t.end();
});

t.test('the same rule between the same ends is one row a day, and other rules are others', (t) => {
  const collector = new ForeignCollector({ foreignAlertsMax: 3 });
  const at = (day: number, port = 445) =>
    eveLine({ timestamp: `2026-03-0${day}T10:00:00.000000+0000`, dest_port: port });
  for (const line of [at(2), at(2, 139), at(2), at(3), 'x', '{"event_type":"dns"}']) collector.line(line);
  const rows = collector.take([]);
  t.same(rows.map(({ count, toPorts }) => [count, toPorts]).sort(), [
    [1, [445]],
    [3, [445, 139]],
  ]);
  t.match(collector, { lines: 6, alerts: 4, broken: 1, refused: 0 });
  t.same(collector.take([]), [], 'nothing changed');
  t.equal(collector.hasWork, true, 'nobody is known yet');

  const again = new ForeignCollector({ foreignAlertsMax: 3 });
  again.restore(rows);
  again.line(at(2));
  t.same(
    again.take([]).map(({ count }) => count),
    [4],
    'a restart goes on',
  );
  for (let sid = 1; sid < 5; sid++) again.line(eveLine({ alert: { signature_id: sid } }));
  t.equal(again.refused, 3);
  again.take([]);
  again.line(eveLine({ timestamp: '2026-03-09T10:00:00.000000+0000' }));
  t.equal(again.refused, 3, 'rows of days before give way once they are written');
  t.end();
});

t.test('an alert belongs to the device that had the address then; the medical end first', (t) => {
  const seen = (id: string, address: string, from: number, to: number, changes = {}) =>
    sampleDevice(id, {
      addresses: [address],
      evidence: [
        {
          attribute: 'address',
          value: address,
          source: 'IP',
          confidence: 1,
          firstSeenUs: START_US + from,
          lastSeenUs: START_US + to,
        },
      ],
      ...changes,
    });
  const devices = [
    seen('00:00:00:00:00:01', '10.20.1.11', 0, 100),
    seen('00:00:00:00:00:02', '10.20.1.11', 200, 300),
    seen('00:00:00:00:00:03', '10.20.6.66', 0, 300, { medical: false }),
    seen('203.0.113.9', '203.0.113.9', 0, 1, { mac: '', external: true, medical: false }),
  ];
  const holders = new Holders(devices);
  const who = (address: string, mac: string, at: number) => {
    const found = holders.of(address, mac, START_US + at);
    return found === null ? null : `${found.device.id} ${found.by}`;
  };
  t.equal(who('10.20.1.11', '', 50), '00:00:00:00:00:01 address');
  t.equal(who('10.20.1.11', '', 160), '00:00:00:00:00:02 address', 'the nearest');
  t.equal(who('10.20.1.11', '00:00:00:00:00:01', 250), '00:00:00:00:00:01 mac');
  t.equal(who('10.20.1.11', '00:00:00:00:00:ff', 250), '00:00:00:00:00:02 address', 'a router stands between');
  t.equal(who('10.20.9.9', '00:00:00:00:00:03', 0), '00:00:00:00:00:03 mac');
  t.equal(who('10.20.9.9', '', 0), null);

  const collector = new ForeignCollector({ foreignAlertsMax: 10 });
  const ends = (src_ip: string, dest_ip: string, sid: number) =>
    collector.line(eveLine({ src_ip, dest_ip, alert: { signature_id: sid } }));
  ends('10.20.6.66', '10.20.1.11', 1);
  ends('203.0.113.9', '10.20.6.66', 2);
  ends('10.20.6.66', '239.1.1.1', 3);
  ends('192.0.2.1', '192.0.2.2', 4);
  const rows = collector.take(devices).sort((a, b) => a.signature - b.signature);
  t.same(
    rows.map(({ device, peer, by }) => [device, peer, by]),
    [
      ['00:00:00:00:00:01', '00:00:00:00:00:03', 'address'],
      ['00:00:00:00:00:03', '203.0.113.9', 'address'],
      ['00:00:00:00:00:03', '', 'address'],
      ['', '', ''],
    ],
  );
  t.end();
});

t.test('lines come out whole wherever the stream is cut, and one that is too long goes alone', (t) => {
  const text = 'one\nzwö\n\nthree';
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const lines = new Lines(100);
    const heard: string[] = [];
    const hear = (line: string) => heard.push(line);
    lines.add(bytes.subarray(0, cut), hear);
    lines.add(bytes.subarray(cut), hear);
    lines.finish(hear);
    t.same(heard, ['one', 'zwö', 'three'], `cut at ${cut}`);
  }
  const lines = new Lines(4);
  const heard: string[] = [];
  for (const piece of ['ab', 'cdefg', 'h\nxy\n12345\nz\n'])
    lines.add(new TextEncoder().encode(piece), (line) => heard.push(line));
  t.same([heard, lines.tooLong], [['xy', 'z'], 2]);
  t.end();
});

t.test('a flood of alerts that find no room does not go through all the others each time', (t) => {
  const collector = new ForeignCollector({ foreignAlertsMax: 100 });
  const line = (number: number, day = '02'): string =>
    eveLine({ timestamp: `2026-03-${day}T10:00:00.000000+0000`, src_ip: `10.9.${number >> 8}.${number & 0xff}` });
  let looks = 0;
  const { entries } = collector as unknown as { entries: Map<string, unknown> };
  const all = entries[Symbol.iterator].bind(entries);
  entries[Symbol.iterator] = () => {
    looks++;
    return all();
  };
  for (let number = 0; number < 5_000; number++) collector.line(line(number));
  t.strictSame([collector.refused, looks], [4_900, 1]);
  collector.take([]);
  collector.line(line(6_000, '04'));
  t.equal(collector.refused, 4_900, 'days later the written ones give way');
  t.end();
});
