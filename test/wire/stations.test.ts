/** Stations that introduce themselves below IP: LLDP and CDP, from frames to announcements. */
import fc from 'fast-check';
import t from 'tap';
import { addressText } from '../../src/bytes/address.ts';
import * as p from '../support/packet.ts';
import { listen, START_US, type Ward } from '../support/wire.ts';

const MULTICAST = '01:80:c2:00:00:0e';
const LLDP = 0x88cc;
const value = (type: number, ...content: p.Content[]): Uint8Array =>
  p.bytes(p.u16((type << 9) | p.bytes(...content).length), ...content);
const med = (subtype: number, text: string): Uint8Array => value(127, [0, 0x12, 0xbb, subtype], text);
const chassis = (mac: string): Uint8Array => value(1, [4], p.mac(mac));
const end = value(0);
const lldp = (...values: Uint8Array[]): Uint8Array =>
  p.ethernet(p.bytes(...values), { type: LLDP, source: p.MAC_A, target: MULTICAST });

const cdpValue = (type: number, ...content: p.Content[]): Uint8Array =>
  p.bytes(p.u16(type), p.u16(4 + p.bytes(...content).length), ...content);
function cdp(...values: Uint8Array[]): Uint8Array {
  const payload = p.snap(p.bytes([2, 180, 0, 0], ...values), { type: 0x2000, organisation: 0x00000c });
  return p.ethernet(payload, { type: payload.length, source: p.MAC_A, target: '01:00:0c:cc:cc:cc' });
}

const hear = (...frames: Uint8Array[]): Ward =>
  listen(
    frames.map((bytes, i) => ({ bytes, timeUs: START_US + i })),
    [],
  );
const told = (...frames: Uint8Array[]): string[] =>
  hear(...frames)
    .of('announcement')
    .map((one) => `${addressText(String(one.mac))} ${one.attribute} ${one.value} by ${one.source}`);
const oddities = (...frames: Uint8Array[]): unknown[] =>
  hear(...frames)
    .of('oddity')
    .map((one) => one.name);

const telephone = lldp(
  chassis(p.MAC_A),
  value(2, [3], p.mac(p.MAC_A)),
  value(3, [0, 120]),
  value(5, 'ward-7-phone'),
  value(6, 'Linux 4.9\nbuilt by CANARY'),
  value(8, [5, 1, 10, 1, 0, 9, 2, 0, 0, 0, 1, 0]),
  med(3, 'CANARY location'),
  med(7, '6.2.1'),
  med(8, 'SN-1'),
  med(9, 'Maker'),
  med(10, 'Model 8'),
  end,
  value(5, 'behind the end'),
);

t.test('LLDP: name, system, address and the inventory of LLDP-MED', (t) => {
  const by = `${p.MAC_A} `;
  t.same(told(telephone), [
    `${by}name ward-7-phone by LLDP system name`,
    `${by}software Linux 4.9 by LLDP system description`,
    `${by}management-address 10.1.0.9 by LLDP management address`,
    `${by}software 6.2.1 by LLDP-MED software revision`,
    `${by}serial SN-1 by LLDP-MED serial number`,
    `${by}manufacturer Maker by LLDP-MED manufacturer name`,
    `${by}model Model 8 by LLDP-MED model name`,
  ]);
  t.end();
});

t.test('LLDP: what a station does, not what it could do', (t) => {
  const does = (uses: number): string[] => told(lldp(chassis(p.MAC_A), value(7, p.u16(0xff), p.u16(uses)), end));
  const by = ' by LLDP enabled capabilities';
  t.same(does(0b10100), [`${p.MAC_A} capability bridge, router${by}`]);
  t.same(does(0b100000), [`${p.MAC_A} capability telephone${by}`]);
  t.same(does(0), []);
  t.same(told(lldp(chassis(p.MAC_A), value(7, p.u16(4)), end)), [], 'half of it is nothing');
  t.end();
});

t.test('a port speaks for its chassis too', (t) => {
  t.same(told(lldp(chassis(p.MAC_B), value(5, 'switch'), end)), [
    `${p.MAC_A} name switch by LLDP system name`,
    `${p.MAC_B} name switch by LLDP system name`,
  ]);
  t.end();
});

t.test('with a VLAN tag too', (t) => {
  const tagged = p.vlan(7, p.bytes(chassis(p.MAC_A), value(5, 'switch'), end), { type: LLDP });
  t.equal(told(p.ethernet(tagged, { type: 0x8100 })).length, 1);
  t.end();
});

t.test('CDP: name, address, software, model', (t) => {
  const frame = cdp(
    cdpValue(1, 'core-1.hospital.test'),
    cdpValue(2, p.u32(1), [1, 1, 0xcc, 0, 4, 10, 1, 0, 1]),
    cdpValue(5, 'Cisco IOS Software, Version 15.0\nCopyright'),
    cdpValue(6, 'cisco WS-C2960'),
  );
  t.same(told(frame), [
    `${p.MAC_A} name core-1.hospital.test by CDP device id`,
    `${p.MAC_A} management-address 10.1.0.1 by CDP address`,
    `${p.MAC_A} software Cisco IOS Software, Version 15.0 by CDP software version`,
    `${p.MAC_A} model cisco WS-C2960 by CDP platform`,
  ]);
  t.end();
});

t.test('only one of several workers hears a station', (t) => {
  const packets = [{ bytes: telephone, timeUs: START_US }];
  const heard = [0, 1, 2].map((worker) => listen(packets, [], { worker, workers: 3 }).of('announcement').length);
  t.same(heard, [7, 0, 0]);
  t.end();
});

t.test('what is broken is an oddity; what stands before it is told', (t) => {
  const cut = lldp(chassis(p.MAC_A), value(5, 'switch'), p.bytes([9 << 1, 200]));
  t.same(told(cut), [`${p.MAC_A} name switch by LLDP system name`]);
  t.same(oddities(cut), ['lldp_broken']);
  t.same(oddities(lldp(value(5, 'switch'))), ['lldp_broken'], 'without chassis');
  t.same(oddities(lldp(chassis(p.MAC_A).subarray(0, 4))), ['lldp_broken'], 'cut in its chassis');
  t.same(oddities(cdp(p.bytes([0, 1, 0, 0]))), ['cdp_broken'], 'a value shorter than its head');
  t.same(oddities(telephone, lldp(chassis(p.MAC_A), end)), []);
  t.end();
});

t.test('a broken frame behind a good one tells nothing of the good one', (t) => {
  t.equal(told(telephone, telephone.subarray(0, 9)).length, 7);
  t.end();
});

t.test('noise does no harm', (t) => {
  const make = (noise: Uint8Array): Uint8Array[] => [
    lldp(chassis(p.MAC_B), noise),
    cdp(noise),
    p.ethernet(noise, { type: LLDP }),
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      hear(...make(noise));
    }),
    { numRuns: 100 },
  );
  for (let at = 0; at <= telephone.length; at++) hear(telephone.subarray(0, at));
  t.pass();
  t.end();
});
