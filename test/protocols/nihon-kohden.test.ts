import t from 'tap';
import { createNihonKohden } from '../../protocols/nihon-kohden/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const nihonKohden = createNihonKohden({ limits });
const framed = (xml: string): Uint8Array => bytesOf(`${xml.length}`.padStart(8, '0'), xml);
const device = (content: string, sn = ''): Uint8Array =>
  framed(`<device version="1.0"${sn}>${content}<crc>0A1B2C3D</crc></device>`);
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);

const session: Turn[] = [
  { toServer: true, bytes: device('<command>0</command>') },
  { toServer: false, bytes: device('<status>0</status><values><m id="1">CANARY</m></values>', ' sn="N5501234"') },
  {
    toServer: true,
    bytes: device('<command>1</command><settings><s id="2">CANARY</s><s id="17">0.5</s></settings>'),
  },
  { toServer: false, bytes: device('<status>0</status>', ' sn="N5501234"') },
  { toServer: true, bytes: device('<command>1</command>') },
  { toServer: false, bytes: device('<status>3</status>') },
  { toServer: true, bytes: bytesOf(device('<command>4</command>'), device('<command>2</command>')) },
];

t.test('a ventilator is read, and its settings are written', (t) => {
  const list = sameForEveryCut(t, nihonKohden, session);
  t.same(
    of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`),
    [
      '> monitored values',
      '< status',
      '> settings write',
      '< status',
      '> settings write',
      '< status',
      '> read settings',
      '> waveforms',
    ],
  );
  t.same(
    of(list, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.object} ${one.outcome}`),
    ['> operating mode asked', '> setting 17 asked', '>  done', '>  asked', '>  failed'],
  );
  t.match(of(list, 'identity'), [{ ofClient: false, attribute: 'serial', value: 'N5501234' }]);
  t.equal(of(list, 'identity').length, 1);
  t.same(odd(list), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('nihon_kohden_bad_length', (t) => {
  const turns: Turn[] = [{ toServer: true, bytes: bytesOf(device('<command>0</command>'), 'no digits') }];
  t.same(odd(sameForEveryCut(t, nihonKohden, turns)), ['nihon_kohden_bad_length']);
  t.end();
});

t.test('after a loss nothing is told', (t) => {
  const list = converse(nihonKohden, [{ toServer: true, gap: 9 }, ...session]);
  t.same(list, []);
  t.end();
});

t.test('is recognised by length and root', (t) => {
  knows(t, nihonKohden, device('<command>0</command>').subarray(0, 20));
  t.equal(nihonKohden.recognises(segment(framed('<?xml version="1.0"?><device/>'))), YES);
  for (const other of ['00000100<html', '20260101', '99999999<device', '220 FTP'])
    if (other !== '20260101') t.equal(nihonKohden.recognises(segment(bytesOf(other))), NO, other);
  refusesOthers(t, nihonKohden);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, nihonKohden, session);
  t.end();
});
