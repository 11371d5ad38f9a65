import t from 'tap';
import * as records from '../../src/records.ts';
import { labPath, lacksLab, replayFile } from '../support/replayed.ts';
import { prefixes, TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const GATEWAY = '10.1.0.40';
const NURSE = '10.1.0.66';
const VENDOR = '10.1.0.70';
const OUTSIDE = '203.0.113.5';
const OUTSIDE_NEIGHBOUR = '203.0.113.9';
const HOUR = 60;

/** Learns ten minutes of a scanner that stores images, is serviced by its vendor and talks to one partner outside. */
function ward(over: ConstructorParameters<typeof TestWard>[0] = {}): TestWard {
  const made = new TestWard(over);
  made.store(CT, PACS);
  made.connect(VENDOR, CT, 22, 'ssh');
  return made;
}

function tell<Kind extends keyof typeof records.recordKinds>(
  w: TestWard,
  kind: Kind,
  flow: number,
  fields: object,
): void {
  const record = Object.assign(records.recordKinds[kind](), { timeUs: w.nowUs, flow, packet: 9 }, fields);
  (w.analyst[kind] as (this: unknown, record: unknown) => void).call(w.analyst, record);
}

t.test('BL-02 speaks of the first contact outside, and is surer when nobody asked for a name', (t) => {
  const w = ward().at(20);
  w.connect(CT, OUTSIDE, 443, 'tls');
  t.same(w.said('BL-02'), [`${CT} < ${OUTSIDE} tls`]);
  t.equal(w.findings.find(({ detector }) => detector === 'BL-02')?.confidence, 0.85);
  const named = ward().at(20);
  const flow = named.connect(CT, '10.1.0.53', 53, 'dns');
  tell(named, 'lookup', flow, {
    kind: 'answer',
    name: 'cloud.example.org',
    type: 'A',
    address: address(OUTSIDE),
    fromClient: false,
  });
  named.connect(CT, OUTSIDE, 443, 'tls');
  const found = named.findings.find(({ detector }) => detector === 'BL-02');
  t.match(found, { confidence: 0.65, happened: /example\.org/ });
  t.end();
});

t.test('BL-02 is silent about partners inside, accepted ones, and other machines of the same network', (t) => {
  const w = ward();
  w.connect(CT, OUTSIDE, 443, 'tls');
  const before = w.said('BL-02');
  w.at(20).connect(CT, OUTSIDE_NEIGHBOUR, 443, 'tls');
  w.connect(CT, NURSE, 443, 'tls');
  w.connect(NURSE, '198.51.100.7', 443, 'tls');
  t.same(w.said('BL-02'), before, 'what was said while learning: a partner outside is said at once');
  t.equal(w.findings.find(({ detector }) => detector === 'BL-02')?.count, 1);
  t.end();
});

t.test('BL-03 speaks when a device answers on a service for the first time, and once for all who ask', (t) => {
  const w = ward().at(20);
  w.connect(NURSE, CT, 5_900, 'vnc');
  w.connect(VENDOR, CT, 5_900, 'vnc');
  t.same(w.said('BL-03'), [`${CT} < ${NURSE} vnc`]);
  t.end();
});

t.test('BL-03 is silent about a new partner of a service that is offered already, and about random ports', (t) => {
  const w = ward().at(20);
  w.connect(NURSE, CT, 22, 'ssh');
  w.connect(NURSE, CT, 50_000);
  t.same(w.said('BL-03'), []);
  t.end();
});

t.test('EX-03 speaks when five megabytes have gone to a new partner outside, and not before', (t) => {
  const sent = (bytes: number, minutes = 21): string[] => {
    const w = ward().at(20);
    const flow = w.connect(CT, OUTSIDE, 443, 'tls');
    tell(w.at(minutes), 'flowUpdate', flow, { payloadToServer: bytes });
    return w.said('EX-03');
  };
  t.same(sent(5_000_000), [`${CT} < ${OUTSIDE} tls`]);
  t.same(sent(4_999_999), []);
  t.same(sent(5_000_000, 20 + 24 * HOUR + 1), [], 'more than a day after the first contact');
  t.end();
});

t.test('EX-03 is silent about what comes in, and about partners that have been known for a day', (t) => {
  const w = ward();
  w.connect(CT, OUTSIDE, 443, 'tls');
  const known = w.at(25 * HOUR).connect(CT, OUTSIDE, 443, 'tls');
  tell(w, 'flowUpdate', known, { payloadToServer: 50_000_000 });
  const download = w.connect(CT, '198.51.100.7', 443, 'tls');
  tell(w, 'flowUpdate', download, { payloadToClient: 50_000_000 });
  t.same(w.said('EX-03'), []);
  t.end();
});

t.test('RC-02 speaks of a session with a relay, and less surely of the question for its name', (t) => {
  const w = ward().at(20);
  const flow = w.connect(CT, OUTSIDE, 443, 'tls');
  tell(w, 'message', flow, { protocol: 'anydesk', kind: 'session' });
  t.match(
    w.findings.find(({ detector }) => detector === 'RC-02'),
    { service: 'anydesk', confidence: 0.8, severity: 'high' },
  );
  const asked = ward().at(20);
  tell(asked, 'lookup', asked.connect(CT, '10.1.0.53', 53, 'dns'), {
    kind: 'query',
    name: 'router7.teamviewer.com',
    type: 'A',
  });
  t.match(
    asked.findings.find(({ detector }) => detector === 'RC-02'),
    { service: 'teamviewer', confidence: 0.4, severity: 'medium' },
  );
  t.end();
});

t.test('RC-02 is silent about machines that are no medical devices, other messages and other names', (t) => {
  const w = ward().at(20);
  tell(w, 'message', w.connect(NURSE, OUTSIDE, 443, 'tls'), { protocol: 'anydesk', kind: 'session' });
  tell(w, 'message', w.connect(CT, PACS, 443, 'tls'), { protocol: 'tls', kind: 'alert' });
  tell(w, 'lookup', w.connect(CT, '10.1.0.53', 53, 'dns'), { kind: 'query', name: 'notteamviewer.com', type: 'A' });
  t.same(w.said('RC-02'), []);
  t.end();
});

t.test('RC-06 speaks after an hour outside and four hours inside, and not before', (t) => {
  const after = (server: string, hours: number): string[] => {
    const w = ward().at(20);
    const flow = w.connect(CT, server, 9_000);
    tell(w.at(20 + hours * HOUR), 'flowOpen', flow, { stepSeconds: hours * 3600 });
    return w.said('RC-06');
  };
  t.same(after(OUTSIDE, 1), [`${CT} < ${OUTSIDE} tcp/9000`]);
  t.same(after(OUTSIDE, 0.5), []);
  t.same(after(NURSE, 4), [`${CT} < ${NURSE} tcp/9000`]);
  t.same(after(NURSE, 1), []);
  t.end();
});

t.test('RC-06 is silent about an accepted connection, however long', (t) => {
  const w = ward();
  const flow = w.connect(CT, PACS, 9_000);
  tell(w.at(24 * HOUR), 'flowOpen', flow, { stepSeconds: 86_400 });
  t.same(w.said('RC-06'), []);
  t.end();
});

t.test('RC-07 speaks when the vendor logs in during an examination, and a window silences it', (t) => {
  const windows = [
    {
      name: 'WO-1',
      vendor: 'vendor',
      devices: [],
      sources: prefixes(`${VENDOR}/32`),
      services: ['ssh'],
      fromUs: 0,
      toUs: 2 ** 52,
    },
  ];
  const visit = (over: object): string[] => {
    const w = ward({ settings: over }).at(20);
    w.store(CT, PACS);
    w.connect(VENDOR, CT, 22, 'ssh');
    return w.said('RC-07');
  };
  t.same(visit({}), [`${CT} < ${VENDOR} ssh`]);
  t.same(visit({ windows }), []);
  t.end();
});

t.test('RC-07 speaks of an hour of the week that was never used once the source is known for four weeks', (t) => {
  const week = 7 * 24 * HOUR;
  const visit = (minutes: number): string[] => {
    const w = ward();
    w.at(minutes).connect(VENDOR, CT, 22, 'ssh');
    return w.said('RC-07');
  };
  t.same(visit(4 * week + 5 * HOUR), [`${CT} < ${VENDOR} ssh`]);
  t.same(visit(4 * week), [], 'at the hour at which it always comes');
  t.same(visit(4 * week - 19 * HOUR), [], 'not known for four weeks yet');
  t.end();
});

t.test('RC-08 speaks at the twentieth failure, also while learning, and of the success that follows', (t) => {
  const guess = (failures: number, success: boolean, minutesApart = 0.1): string[] => {
    const w = ward();
    let flow = -1;
    for (let i = 0; i < failures; i++) {
      flow = w.at(i * minutesApart).connect(NURSE, CT, 21, 'ftp');
      tell(w, 'login', flow, { protocol: 'ftp', outcome: 'failure' });
    }
    if (success) tell(w, 'login', flow, { protocol: 'ftp', outcome: 'success' });
    return w.findings
      .filter(({ detector }) => detector === 'RC-08')
      .map(({ confidence, happened }) => `${confidence} ${happened}`);
  };
  t.match(guess(20, false), [/^0.6 .* 20 times\.$/]);
  t.same(guess(19, false), []);
  t.match(guess(5, true), [/^0.9 .* 5 times, then got in\.$/]);
  t.same(guess(4, true), []);
  t.same(guess(20, false, 2), [], 'spread over more than a quarter of an hour');
  t.end();
});

t.test('RC-08 counts short SSH connections as failures and takes a longer one for success', (t) => {
  const guess = (tries: number, bytes: number): string[] => {
    const w = ward();
    for (let i = 0; i < tries; i++) {
      const flow = w.at(i / 10).connect(NURSE, CT, 22, 'ssh');
      tell(w, 'flowEnd', flow, { payloadToServer: bytes / 2, payloadToClient: bytes / 2, how: 'closed' });
    }
    return w.said('RC-08');
  };
  t.same(guess(9, 4_290), [`${CT} < ${NURSE} ssh`]);
  t.same(guess(8, 4_290), []);
  t.same(guess(9, 4_292), []);
  t.end();
});

t.test('RC-08 speaks of one source that tries a little on three devices', (t) => {
  const spray = (targets: number): number => {
    const w = ward();
    for (let i = 0; i < targets; i++) {
      tell(w, 'login', w.connect(NURSE, `10.1.0.${100 + i}`, 23, 'telnet'), { protocol: 'telnet', outcome: 'failure' });
    }
    return w.said('RC-08').length;
  };
  t.equal(spray(3), 1);
  t.equal(spray(2), 0);
  t.end();
});

t.test('RC-09 speaks of a command from a source that never gave it, once learnt; while learning it is held', (t) => {
  const command = { protocol: 'modbus', verb: 'write single coil', object: '1/5+1' };
  const w = ward();
  tell(w, 'operation', w.connect(GATEWAY, CT, 502, 'modbus'), command);
  w.at(20);
  tell(w, 'operation', w.connect(GATEWAY, CT, 502, 'modbus'), command);
  t.same(w.said('RC-09'), [], 'what was signed off');
  tell(w, 'operation', w.connect(NURSE, CT, 502, 'modbus'), command);
  t.match(
    w.findings.find(({ detector }) => detector === 'RC-09'),
    { confidence: 0.8, happened: /write single coil \(1\/5\+1\)/ },
  );
  const learning = ward({ learnUntilMinutes: null });
  tell(learning, 'operation', learning.connect(NURSE, CT, 502, 'modbus'), command);
  t.same(learning.said('RC-09'), []);
  t.match(
    learning.held.find(({ card }) => card === 'RC-09'),
    { verb: 'write single coil', count: 1 },
  );
  t.end();
});

t.test('RC-09 is silent about answers, and about commands of file services', (t) => {
  const w = ward().at(20);
  tell(w, 'operation', w.connect(NURSE, CT, 502, 'modbus'), { protocol: 'modbus', verb: 'write', outcome: 'done' });
  tell(w, 'operation', w.connect(NURSE, CT, 445, 'smb'), { protocol: 'smb', verb: 'create service' });
  t.same(w.said('RC-09'), []);
  t.end();
});

t.test('a fake write to a Modbus device is found at its very packet', { skip: lacksLab }, async (t) => {
  const file = `${labPath('').replace(/lab\/public\/?$/, '')}datasets/modbus-cset2016/send_a_fake_command_modbus_6RTU_with_operate.pcap`;
  const { report } = await replayFile(file, { learnUntil: { afterUs: 190e6 } });
  const seconds = report.alerts
    .filter(({ detector }) => detector === 'RC-09')
    .map(({ start }) => (Date.parse(start) - Date.parse(report.firstTime ?? '')) / 1000);
  t.ok(
    seconds.some((at) => Math.abs(at - 289.4) < 0.2),
    seconds.join(', '),
  );
});

function address(text: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return String.fromCharCode((a << 8) | b, (c << 8) | d);
}
