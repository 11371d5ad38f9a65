import t from 'tap';
import { createPoct1a } from '../../protocols/poct1a/decoder.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { details, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const poct1a = createPoct1a({ limits: { ...limits, poct1aTagBytesMax: 300, poct1aMessageBytesMax: 3000 } });

const header = (id: number): string =>
  `<HDR><HDR.control_id V="${id}"/><HDR.version_id V="POCT1"/><HDR.creation_dttm V="2026-01-01"/></HDR>`;
const document = (root: string, id: number, body = ''): string => `<${root}>${header(id)}${body}</${root}>\r\n`;
const ack = (id: number, answered: number, code = 'AA'): string =>
  document(
    'ACK.R01',
    id,
    `<ACK><ACK.type_cd V="${code}"/><ACK.ack_control_id V='${answered}'/><ACK.note_txt V="CANARY"/></ACK>`,
  );
const hello = document(
  'HEL.R01',
  1,
  `<DEV><DEV.device_id V="00-12-F3-01"/><DEV.vendor_id V="ABX"/><DEV.model_id V = "Sofia"/><DEV.serial_id V="SN1234"/>
  <DEV.manufacturer_name V="A &gt; B > C"/><DEV.sw_version V="1.5"></DEV.sw_version><DEV.device_name V=""/>
  <DEV.access_password V="CANARYPASS"/></DEV>`,
);
const result = document(
  'OBS.R01',
  7,
  '<SVC><PT><PT.patient_id V="CANARYID"/><PT.name V="CANARY^NAME"/><OBS><OBS.value V="CANARY 4.2"/></OBS><OBS/></PT>' +
    '<OPR><OPR.operator_id V="CANARYOP"/></OPR><NTE><NTE.text V="CANARY > text"/></NTE></SVC>',
);
const say = (toServer: boolean, ...texts: string[]): Turn => ({ toServer, bytes: bytesOf(...texts) });

const of = (all: readonly Heard[], kind: string): Record<string, unknown>[] =>
  all.filter((one) => one.kind === kind).map((one) => one.record);
const kinds = (all: readonly Heard[]): unknown[] =>
  of(all, 'message').map(
    (one) => `${one.fromClient ? '>' : '<'} ${one.kind}${one.count === 1 ? '' : ` ×${one.count}`}`,
  );
const operations = (all: readonly Heard[]): unknown[] =>
  of(all, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} | ${one.object} | ${one.outcome}`);

t.test('a device introduces itself and brings its results', (t) => {
  const all = sameForEveryCut(t, poct1a, [
    say(true, '<?xml version="1.0"?>\n', hello),
    say(false, ack(100, 1)),
    say(true, document('DST.R01', 2, '<DST><DST.new_observations_qty V="2"/></DST>')),
    say(false, ack(101, 2), document('REQ.R01', 102, '<REQ><REQ.request_cd V="ROBS"/></REQ>')),
    say(true, '<!-- a > remark -->', result, document('EOT.R01', 8)),
    say(false, document('END.R01', 103, '<TRM><TRM.reason_cd V="NRM"/></TRM>')),
  ]);
  t.same(kinds(all), [
    '> HEL.R01',
    '< ACK.R01 AA',
    '> DST.R01',
    '< ACK.R01 AA',
    '< REQ.R01',
    '> OBS.R01',
    '> observation ×2',
    '> EOT.R01',
    '< END.R01',
  ]);
  t.same(
    of(all, 'identity').map((one) => [one.ofClient, one.attribute, one.value, one.source]),
    [
      [true, 'device-uid', '00-12-F3-01', 'POCT1-A DEV.device_id'],
      [true, 'manufacturer', 'ABX', 'POCT1-A DEV.vendor_id'],
      [true, 'model', 'Sofia', 'POCT1-A DEV.model_id'],
      [true, 'serial', 'SN1234', 'POCT1-A DEV.serial_id'],
      [true, 'manufacturer', 'A &gt; B > C', 'POCT1-A DEV.manufacturer_name'],
      [true, 'software', '1.5', 'POCT1-A DEV.sw_version'],
    ],
  );
  t.match(of(all, 'login'), [{ method: 'password', isClear: true, weakness: '' }]);
  t.same(details(all), ['POCT1']);
  t.same(operations(all), []);
  t.same(odd(all), []);
  t.notMatch(JSON.stringify(all), /CANARY/);
  t.end();
});

t.test('directives and lists are operations, acknowledged or refused', (t) => {
  const all = sameForEveryCut(t, poct1a, [
    say(false, document('DTV.R01', 20, '<DTV><DTV.command_cd V="LOCK"/></DTV>')),
    say(true, ack(1, 20)),
    say(false, document('DTV.R02', 21, '<DTV><DTV.command_cd V="SET_TIME"/></DTV><TM><TM.dttm V="2026"/></TM>')),
    say(true, ack(2, 21, 'AE')),
    say(false, document('OPL.R01', 22, '<OPR><OPR.operator_id V="CANARY"/><OPR.name V="CANARY"/></OPR>')),
    say(false, document('PTL.R02', 23, '<PT><PT.name V="CANARY"/></PT>')),
    say(true, ack(3, 999)),
    say(false, document('DTV.MAKER.QC_LOTS', 24)),
    say(false, document('DTV.R01', 25, '<DTV><DTV.command_cd V="CANARY canary"/></DTV>')),
  ]);
  t.same(operations(all), [
    '< DTV.R01 | LOCK | asked',
    '< DTV.R01 | LOCK | done',
    '< DTV.R02 | SET_TIME | asked',
    '< DTV.R02 | SET_TIME | failed',
    '< OPL.R01 | operator list | asked',
    '< PTL.R02 | patient list | asked',
    '< DTV of the vendor | DTV.MAKER.QC_LOTS | asked',
    '< DTV.R01 | other | asked',
  ]);
  t.notMatch(JSON.stringify(all), /CANARY/);
  t.same(odd(all), []);
  t.end();
});

t.test('documents in MLLP blocks, and an empty one', (t) => {
  const all = sameForEveryCut(t, poct1a, [say(true, '\x0b', hello, '\x1c\r'), say(false, '\x0b<KPA.R01/>\x1c\r')]);
  t.same(kinds(all), ['> HEL.R01', '< KPA.R01']);
  t.end();
});

const oddities: readonly [string, ...Turn[]][] = [
  ['poct1a_declaration', say(true, '<!DOCTYPE x SYSTEM "file:///etc/passwd">', hello)],
  ['poct1a_unknown_root', say(true, '<html><body></body></html>', hello)],
  ['poct1a_unknown_root', say(true, document('ABC.X99', 1))],
  ['poct1a_unfinished', say(true, '<DST.R01>', header(1), hello)],
  ['poct1a_tag_too_long', say(true, `<HEL.R01>${header(1)}<NTE.text V="${'x'.repeat(400)}"/></HEL.R01>`)],
  ['poct1a_message_too_long', say(true, document('OBS.R01', 1, '<NTE.text V="x"/>'.repeat(250)))],
];
for (const [name, ...turns] of oddities) {
  t.test(name, (t) => {
    t.same(odd(sameForEveryCut(t, poct1a, turns)), [name]);
    t.end();
  });
}

t.test('poct1a_gap: what was lost is not told, the next document is', (t) => {
  const all = converse(poct1a, [
    say(true, '<OBS.R01>', header(1), '<SVC>'),
    { toServer: true, gap: 100 },
    say(true, 'V="CANARY"/></SVC></OBS.R01>', document('EOT.R01', 8)),
  ]);
  t.same(odd(all), ['poct1a_gap']);
  t.same(kinds(all), ['> EOT.R01']);
  t.end();
});

t.test('is recognised by root and header, also in the middle', (t) => {
  knows(t, poct1a, bytesOf(hello).subarray(0, 40));
  knows(t, poct1a, bytesOf('\x0b<?xml version="1.0" encoding="utf-8"?>\r\n<DTV.R01>\r\n  <HDR>'));
  t.equal(poct1a.recognises(segment(bytesOf('\xef\xbb\xbf<HEL.R01><HDR>'))), YES);
  const late = bytesOf(' V="x"/></HEL.R01>', document('DST.R01', 2));
  t.equal(poct1a.recognises(segment(late)), NO);
  t.equal(poct1a.recognises(segment(late, { midstream: true })), YES);
  t.equal(poct1a.recognises(segment(bytesOf('<?xml version="1.0"?><s:Envelope'))), NO);
  t.equal(poct1a.recognises(segment(bytesOf('<HEL.R01><XXX>'))), NO);
  t.equal(poct1a.recognises(segment(bytesOf('\r\n'))), MAYBE);
  for (const bytes of [bytesOf('GET / HTTP/1.1\r\n'), bytesOf('\x0bMSH|')])
    t.equal(poct1a.recognises(segment(bytes)), NO);
  refusesOthers(t, poct1a, 'login prompt');
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, poct1a, [say(true, hello), say(false, ack(1, 1))]);
  t.end();
});
