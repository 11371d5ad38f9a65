/** A small store with one run, for tests of what reads it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceRow, FindingRow, HeldRow, IncidentRow, Point, PostureRow } from '../../src/model.ts';
import { Store } from '../../src/store/store.ts';

/** 2026-03-02 10:00 UTC. */
export const START_US = 1_772_445_600_000_000;

export function sampleDevice(id: string, changes: Partial<DeviceRow> = {}): DeviceRow {
  return {
    id,
    mac: id,
    addresses: ['10.20.1.11'],
    names: ['ct-1'],
    class: 'modality',
    tier: 3,
    medical: true,
    external: false,
    vendor: 'Example Imaging',
    manufacturer: 'Example',
    model: 'Scanner 1',
    serial: '123',
    software: '1.0',
    operatingSystem: 'Linux',
    aeTitles: ['CT1'],
    roles: ['dicom client'],
    firstSeenUs: START_US,
    lastSeenUs: START_US + 1,
    state: { structure: 'learn' },
    utilisation: { exams: 1, instances: 2, instanceBytes: 3, messages: 4, bytesOut: 5, bytesIn: 6, activeHours: 1 },
    evidence: [
      {
        attribute: 'model',
        value: 'Scanner 1',
        source: 'DICOM (0008,1090)',
        confidence: 0.9,
        firstSeenUs: START_US,
        lastSeenUs: START_US,
      },
    ],
    ...changes,
  };
}

export function sampleFinding(id: string, changes: Partial<FindingRow> = {}): FindingRow {
  return {
    id,
    detector: 'RC-01',
    severity: 'high',
    confidence: 0.8,
    device: '00:00:00:00:00:01',
    deviceAddress: '10.20.1.11',
    peer: '203.0.113.9',
    peerAddress: '203.0.113.9',
    service: 'ssh',
    window: '',
    inUse: false,
    digest: false,
    repeats: [],
    startUs: START_US,
    endUs: START_US + 60_000_000,
    count: 2,
    usual: 'Nobody administers this device.',
    happened: 'An SSH session came from outside.',
    matters: 'Whoever controls it can stop examinations.',
    firstStep: 'Ask the maker whether it is theirs.',
    attack: ['T0886'],
    evidence: { packets: [{ packet: 7, timeUs: START_US }], flows: ['1:abc='] },
    ...changes,
  };
}

export const samplePosture: PostureRow = {
  device: '00:00:00:00:00:01',
  deviceAddress: '10.20.1.11',
  rule: 'telnet-in-use',
  what: 'It is controlled over Telnet.',
  detail: '',
  peer: '10.20.7.10',
  peerAddress: '10.20.7.10',
  firstSeenUs: START_US,
  lastSeenUs: START_US + 5,
  count: 2,
};

export const sampleHeld: HeldRow = {
  card: 'EX-10',
  device: '00:00:00:00:00:01',
  deviceAddress: '10.20.1.11',
  peer: '10.20.2.10',
  peerAddress: '10.20.2.10',
  service: 'dicom',
  verb: 'C-MOVE',
  firstSeenUs: START_US,
  count: 1,
};

const incident: IncidentRow = {
  devices: ['dev-1'],
  peer: '',
  id: 'i1',
  device: '00:00:00:00:00:01',
  risk: 70,
  severity: 'high',
  startUs: START_US,
  endUs: START_US + 1,
  alerts: ['f1'],
};

const point = (minute: number): Point => ({
  measurement: 'wardwatch_device',
  tags: { device: '00:00:00:00:00:01' },
  fields: { bytes_in: minute, busy: true, note: 'x' },
  timeUs: START_US + minute * 60_000_000,
});

/** A folder with a finished run `march` of three devices; the folder is gone when the test is over. */
export function sampleStoreFolder(teardown: (action: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-test-'));
  teardown(() => rmSync(folder, { recursive: true, force: true }));
  const store = Store.open(folder);
  store.beginRun({ name: 'march', kind: 'replay', inputs: ['ward.pcap'], startedUs: START_US });
  store.commit({
    run: 'march',
    devices: [1, 2, 3].map((n) => sampleDevice(`00:00:00:00:00:0${n}`)),
    findings: [sampleFinding('f1')],
    held: [sampleHeld],
    posture: [samplePosture],
    incidents: [incident],
    points: [0, 1, 2].map(point),
    oddities: { tcp_odd: 1 },
    lastUs: START_US + 120_000_000,
  });
  store.finishRun('march', { schema: 1, run: 'march' });
  store.close();
  return folder;
}
