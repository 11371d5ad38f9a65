import { readFileSync } from 'node:fs';
import t from 'tap';
import { postureRules } from '../../src/device/posture/rules.ts';
import { limits } from '../../src/limits.ts';
import type { PostureRow } from '../../src/model.ts';
import { postureRows } from '../../src/pipeline/rows.ts';
import * as records from '../../src/records.ts';
import { prefixes, TestWard, type WardOptions } from '../support/ward.ts';

const DEVICE = '10.1.0.11';
const OTHER = '10.1.0.20';
const OUTSIDE = '203.0.113.50';
const DAY_MINUTES = 24 * 60;

const spoken = new Set<string>();

/** `device rule [detail] peer` of every line. */
function lines(ward: TestWard): string[] {
  return postureRows(ward.analyst).map((row) => {
    spoken.add(row.rule);
    return `${row.deviceAddress} ${row.rule}${row.detail === '' ? '' : ` [${row.detail}]`} ${row.peerAddress}`.trim();
  });
}

class PostureWard extends TestWard {
  private told = 1000;

  private now<Record extends records.Moment>(record: Record, flow: number, fields: Partial<Record>): Record {
    return Object.assign(record, { timeUs: this.nowUs, flow, packet: this.told++ }, fields);
  }

  login(flow: number, fields: Partial<records.Login>): void {
    this.analyst.login(this.now(new records.Login(), flow, { protocol: 'telnet', isClear: true, ...fields }));
  }

  handshake(flow: number, fields: Partial<records.Handshake>): void {
    this.analyst.handshake(this.now(new records.Handshake(), flow, { protocol: 'tls', ...fields }));
  }

  certificate(flow: number, fields: Partial<records.Certificate>): void {
    this.analyst.certificate(this.now(new records.Certificate(), flow, fields));
  }

  message(flow: number, fields: Partial<records.Message>): void {
    this.analyst.message(this.now(new records.Message(), flow, fields));
  }

  detail(flow: number, protocol: string, detail: string): void {
    this.analyst.flowProtocol(this.now(new records.FlowProtocol(), flow, { protocol, detail }));
  }

  end(flow: number, fields: Partial<records.FlowEnd> = {}): void {
    this.analyst.flowEnd(this.now(new records.FlowEnd(), flow, fields));
  }

  query(flow: number): void {
    this.analyst.query(this.now(new records.Query(), flow, { verb: 'C-FIND-RQ' }));
  }
}

const ZONES: WardOptions = {
  settings: {
    zones: [
      { name: 'imaging', networks: prefixes('10.1.0.0/24'), mayTalkTo: [] },
      { name: 'ward', networks: prefixes('10.2.0.0/24'), mayTalkTo: [] },
    ],
  },
};
const IN_WARD = '10.2.0.11';

type Build = (ward: PostureWard) => void;

const login =
  (...logins: Partial<records.Login>[]): Build =>
  (ward) => {
    const flow = ward.connect(OTHER, DEVICE, 2323);
    for (const fields of logins) ward.login(flow, fields);
    ward.end(flow);
  };

const hello =
  (fields: Partial<records.Handshake>): Build =>
  (ward) =>
    ward.handshake(ward.connect(OTHER, DEVICE, 443, 'tls'), fields);

/** The certificate ends so many days after noon. */
const certificate =
  (days: number, fields: Partial<records.Certificate> = {}): Build =>
  (ward) => {
    const notAfterUs = ward.nowUs + days * 24 * 3600e6;
    ward.certificate(ward.connect(OTHER, DEVICE, 443, 'tls'), { subject: 'ct-1', notAfterUs, ...fields });
  };

const medical =
  (client: string, server: string): Build =>
  (ward) => {
    const flow = ward.connect(client, server, 2575, 'hl7');
    ward.hl7(flow, { type: 'ORU', trigger: 'R01' });
  };

const cases: readonly [what: string, rules: string[], build: Build][] = [
  [
    'images that leave the site',
    [`${DEVICE} patient-data-leaves-site [dicom] ${OUTSIDE}`, `${DEVICE} talks-to-internet [dicom] ${OUTSIDE}`],
    (w) => w.store(DEVICE, OUTSIDE),
  ],
  ['images that stay', [], (w) => w.store(DEVICE, OTHER)],
  [
    'HL7 that comes from outside',
    [`${DEVICE} patient-data-leaves-site [hl7] ${OUTSIDE}`, `${DEVICE} reachable-from-internet [hl7] ${OUTSIDE}`],
    medical(OUTSIDE, DEVICE),
  ],
  [
    'HL7 between zones',
    [`${IN_WARD} patient-data-crosses-zones [hl7 from ward to imaging] ${DEVICE}`],
    medical(IN_WARD, DEVICE),
  ],
  ['HL7 within a zone', [], medical(OTHER, DEVICE)],
  [
    'the answers to a search between zones',
    [`${DEVICE} patient-data-crosses-zones [dicom from imaging to ward] ${IN_WARD}`],
    (w) => w.query(w.connect(IN_WARD, DEVICE, 104, 'dicom')),
  ],
  [
    'measurements between zones',
    [`${IN_WARD} patient-data-crosses-zones [intellivue from ward to imaging] ${DEVICE}`],
    (w) => w.message(w.connect(IN_WARD, DEVICE, 24_105, 'intellivue'), { protocol: 'intellivue', kind: 'poll' }),
  ],
  [
    'a message of no medical protocol between zones',
    [],
    (w) => w.message(w.connect(IN_WARD, DEVICE, 1883, 'mqtt'), { protocol: 'mqtt', kind: 'PUBLISH' }),
  ],
  [
    'a default password that was accepted',
    [`${DEVICE} default-password [telnet accepted] ${OTHER}`, `${DEVICE} login-in-clear [telnet] ${OTHER}`],
    login({ weakness: 'default' }, { outcome: 'success' }),
  ],
  [
    'a default password without an answer',
    [`${DEVICE} default-password [telnet] ${OTHER}`, `${DEVICE} login-in-clear [telnet] ${OTHER}`],
    login({ weakness: 'default' }),
  ],
  [
    'a default password that was refused',
    [`${DEVICE} default-password [telnet refused] ${OTHER}`, `${DEVICE} login-in-clear [telnet] ${OTHER}`],
    login({ weakness: 'default' }, { outcome: 'failure' }),
  ],
  [
    'an empty password',
    [`${DEVICE} empty-password [telnet accepted] ${OTHER}`, `${DEVICE} login-in-clear [telnet] ${OTHER}`],
    login({ weakness: 'empty' }, { outcome: 'success' }),
  ],
  [
    'a short password',
    [`${DEVICE} login-in-clear [telnet] ${OTHER}`, `${DEVICE} short-password [telnet accepted] ${OTHER}`],
    login({ weakness: 'short' }, { outcome: 'success' }),
  ],
  ['a good password in clear', [`${DEVICE} login-in-clear [telnet] ${OTHER}`], login({}, { outcome: 'success' })],
  ['a login that nobody can read', [], login({ isClear: false }, { isClear: false, outcome: 'success' })],
  [
    'no password at all',
    [`${DEVICE} login-without-password [vnc] ${OTHER}`],
    login({ protocol: 'vnc', method: 'none', isClear: false, outcome: 'success' }),
  ],
  [
    'a server that refuses those without a password',
    [],
    login({ protocol: 'vnc', method: 'none', isClear: false, outcome: 'failure' }),
  ],
  [
    'the community everybody knows',
    [`${DEVICE} snmp-public [snmp] ${OTHER}`],
    login({ protocol: 'snmp', method: 'community', weakness: 'default' }),
  ],
  ['another community', [`${DEVICE} login-in-clear [snmp] ${OTHER}`], login({ protocol: 'snmp', method: 'community' })],
  ['Telnet', [`${DEVICE} telnet-in-use ${OTHER}`], (w) => w.connect(OTHER, DEVICE, 2323, 'telnet')],
  ['FTP', [`${DEVICE} ftp-in-use ${OTHER}`], (w) => w.connect(OTHER, DEVICE, 21, 'ftp')],
  ['a web server', [], (w) => w.connect(OTHER, DEVICE, 80, 'http')],
  ['SMB 1', [`${DEVICE} smb1-in-use ${OTHER}`], (w) => w.detail(w.connect(OTHER, DEVICE, 445, 'smb'), 'smb', 'SMB 1')],
  ['SMB 3', [], (w) => w.detail(w.connect(OTHER, DEVICE, 445, 'smb'), 'smb', 'SMB 3.1.1')],
  [
    'SSH 1',
    [`${DEVICE} ssh1-in-use [SSH-1.5-Cisco-1.25] ${OTHER}`],
    (w) => w.detail(w.connect(OTHER, DEVICE, 22, 'ssh'), 'ssh', 'SSH-1.5-Cisco-1.25'),
  ],
  ['SSH 2', [], (w) => w.detail(w.connect(OTHER, DEVICE, 22, 'ssh'), 'ssh', 'SSH-2.0-OpenSSH_9.2p1')],
  [
    'a server that agrees on TLS 1.0',
    [`${DEVICE} old-tls [TLS 1.0] ${OTHER}`],
    hello({ fromClient: false, version: 'TLS 1.0' }),
  ],
  ['a client that can no better', [`${OTHER} old-tls [TLS 1.1] ${DEVICE}`], hello({ version: 'TLS 1.1' })],
  ['TLS 1.2', [], hello({ fromClient: false, version: 'TLS 1.2' })],
  ['a certificate that is over', [`${DEVICE} certificate-expired [valid until 2026-03-01]`], certificate(-1)],
  ['a certificate of the last days', [`${DEVICE} certificate-expires [valid until 2026-03-22]`], certificate(20)],
  ['a certificate for another year', [], certificate(365)],
  ['a certificate that does not say until when', [], certificate(1, { notAfterUs: Number.NaN })],
  [
    'a device that answers the Internet',
    [`${DEVICE} reachable-from-internet [tcp/8080] ${OUTSIDE}`],
    (w) => w.connect(OUTSIDE, DEVICE, 8080),
  ],
  [
    'a medical device that speaks to the Internet',
    [`${DEVICE} talks-to-internet [https] ${OUTSIDE}`],
    (w) => {
      w.store(DEVICE, OTHER);
      w.connect(DEVICE, OUTSIDE, 443, 'https');
    },
  ],
  ['an office computer that speaks to the Internet', [], (w) => w.connect(DEVICE, OUTSIDE, 443, 'https')],
  ['a tunnel from outside', [], (w) => w.connect(OUTSIDE, DEVICE, 1194)],
  [
    'a system past its support date',
    [`${DEVICE} support-ended [Windows XP, supported until 2014-04-08]`],
    (w) => {
      w.neighbour(DEVICE, '08:00:06:00:00:11');
      w.identity(w.connect(DEVICE, OTHER, 80, 'http'), 'user-agent', 'Mozilla/4.0 (compatible; Windows NT 5.1)', 0.6);
    },
  ],
  [
    'a system that is supported',
    [],
    (w) => {
      w.neighbour(DEVICE, '08:00:06:00:00:11');
      w.identity(w.connect(DEVICE, OTHER, 22, 'ssh'), 'ssh-software', 'OpenSSH_9.2p1 Debian-2+deb12u10', 0.6);
    },
  ],
  [
    'an open port that nobody used for a day',
    [`${DEVICE} service-unused [tcp/8080]`],
    (w) => {
      w.end(w.connect(OTHER, DEVICE, 8080), { rttUs: 500 });
      w.at(DAY_MINUTES + 1);
      w.end(w.connect(OTHER, DEVICE, 80, 'http'), { rttUs: 500, payloadToServer: 100 });
    },
  ],
  [
    'an open port that was used',
    [],
    (w) => {
      w.end(w.connect(OTHER, DEVICE, 8080), { rttUs: 500 });
      w.end(w.connect(OTHER, DEVICE, 8080), { rttUs: 500, payloadToServer: 1 });
      w.at(DAY_MINUTES + 1);
      w.end(w.connect(OTHER, DEVICE, 80, 'http'), { rttUs: 500, payloadToServer: 100 });
    },
  ],
  [
    'a port that was refused',
    [],
    (w) => {
      w.end(w.connect(OTHER, DEVICE, 8080), { rttUs: -1, packetsToClient: 1 });
      w.at(DAY_MINUTES + 1);
      w.end(w.connect(OTHER, DEVICE, 80, 'http'), { rttUs: 500, payloadToServer: 100 });
    },
  ],
  [
    'a connection that is only kept alive',
    [`${DEVICE} connection-idle [ssh] ${OTHER}`],
    (w) => {
      const flow = w.connect(DEVICE, OTHER, 22, 'ssh');
      w.update(flow, { payloadToServer: 100, packetsToServer: 1 });
      for (let day = 1; day <= 3; day++)
        w.at(day * DAY_MINUTES).update(flow, { packetsToServer: 2, payloadToServer: 2 });
    },
  ],
  [
    'a connection that says something every day',
    [],
    (w) => {
      const flow = w.connect(DEVICE, OTHER, 22, 'ssh');
      w.update(flow, { payloadToServer: 100, packetsToServer: 1 });
      for (let day = 1; day <= 3; day++)
        w.at(day * DAY_MINUTES).update(flow, { packetsToServer: 2, payloadToServer: 80 });
    },
  ],
];

for (const [what, wanted, build] of cases) {
  t.test(`${what}: ${wanted.length === 0 ? 'no word' : wanted.join(' · ')}`, (t) => {
    const ward = new PostureWard(ZONES);
    build(ward);
    t.strictSame(lines(ward), wanted);
    t.end();
  });
}

t.test('every rule has spoken in one of these cases, and all say something else', (t) => {
  t.strictSame(
    Object.keys(postureRules).filter((rule) => !spoken.has(rule)),
    [],
  );
  t.equal(new Set(Object.values(postureRules).map(({ what }) => what)).size, Object.keys(postureRules).length);
  t.end();
});

t.test('docs/posture.md explains every rule and no other, each in the same five steps', (t) => {
  const [, ...sections] = readFileSync('docs/posture.md', 'utf8').split(/^## /m);
  t.strictSame(
    sections.map((section) => section.split('\n')[0]),
    Object.keys(postureRules),
  );
  for (const section of sections) {
    for (const step of ['What.', 'How we know.', 'Why it matters.', 'Innocent causes.', 'What to do.']) {
      t.ok(section.includes(`- **${step}** `), `${section.split('\n')[0]}: ${step}`);
    }
  }
  t.end();
});

t.test('a line stands once for a device, rule and peer, with first and last time, count and details', (t) => {
  const ward = new PostureWard();
  for (let minute = 0; minute < 3; minute++) {
    ward.at(minute);
    ward.handshake(ward.connect(OTHER, DEVICE, 443, 'tls'), { fromClient: false, version: `TLS 1.${minute % 2}` });
  }
  const [row, ...more] = postureRows(ward.analyst);
  t.strictSame(more, []);
  t.match(row, { rule: 'old-tls', detail: 'TLS 1.0, TLS 1.1', count: 3 } satisfies Partial<PostureRow>);
  t.equal((row?.lastSeenUs ?? 0) - (row?.firstSeenUs ?? 0), 120e6);
  t.end();
});

t.test('the line follows a device that turns out to be known by its hardware address', (t) => {
  const ward = new PostureWard();
  ward.connect(OTHER, DEVICE, 23, 'telnet');
  ward.neighbour('10.1.0.99', '08:00:06:00:00:11');
  ward.connect(OTHER, '10.1.0.99', 23, 'telnet');
  ward.neighbour(DEVICE, '08:00:06:00:00:11');
  t.match(
    postureRows(ward.analyst).filter(({ rule }) => rule === 'telnet-in-use'),
    [{ device: '08:00:06:00:00:11', count: 2 }],
  );
  t.equal(postureRows(ward.analyst).length, 1);
  t.end();
});

t.test('more peers than are kept apart share one line, more lines than the limit are refused and counted', (t) => {
  const ward = new PostureWard({ limits: { posturePeersMax: 2, postureRowsMax: 4 } });
  for (let host = 1; host <= 5; host++) ward.connect(`10.3.0.${host}`, DEVICE, 23, 'telnet');
  t.strictSame(
    postureRows(ward.analyst).map(({ peerAddress, count }) => `${peerAddress} ${count}`),
    [' 3', '10.3.0.1 1', '10.3.0.2 1'],
  );
  for (let host = 1; host <= 5; host++) ward.connect(OTHER, `10.4.0.${host}`, 23, 'telnet');
  t.equal(postureRows(ward.analyst).length, 4);
  t.equal(ward.analyst.posture.refused, 4);
  t.ok(limits.postureRowsMax > 1000);
  t.end();
});

t.test('a vendor’s gateway and a host outside get no line', (t) => {
  const ward = new PostureWard({ settings: { jumpHosts: prefixes(`${OUTSIDE}/32`) } });
  ward.connect(OUTSIDE, DEVICE, 8080);
  ward.connect(DEVICE, '198.51.100.7', 23, 'telnet');
  t.strictSame(lines(ward), []);
  t.end();
});
