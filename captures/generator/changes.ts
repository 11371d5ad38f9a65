/**
 * Innocent things that look like something: what every hospital has (routine, on unless switched off), and planned
 * changes that are switched on by name and must stay quiet or in the digest.
 */
import { DAY_US } from './calendar.ts';
import { feed } from './clinical.ts';
import { broadcast, leaseOf, type Member, modalityOf, without } from './hospital.ts';
import { leased } from './network.ts';
import type { Moment, Note, Script, Stage } from './stage.ts';
import { DICOM_PORT, HL7_PORT } from './talk.ts';
import { page } from './web.ts';

/** Told of by the calendar and the usual work; `leases` and `monthEnd` below do the rest. */
export const routineNames: readonly string[] = [
  'renumber',
  'patch-nights',
  'holidays',
  'month-end',
  'daylight-saving',
  'discharge',
];

const RENUMBER_DAYS = 9;
const RENUMBER_FIRST = 4;
const RENUMBER_HOUR = 3;
/** The last of March, in the night. */
const MONTH_END_DAY = 29;
const DISCOVER_PORT = 68;
const LEASE_PORT = 67;

/** How many times addresses were given anew before this hour. */
function periodOf(stage: Stage, day: number, hour: number): number {
  if (!stage.wanted.changes.includes('renumber')) return 0;
  const nights = Math.floor((day - RENUMBER_FIRST) / RENUMBER_DAYS);
  const isTonight = (day - RENUMBER_FIRST) % RENUMBER_DAYS === 0;
  return Math.max(0, nights + (isTonight && hour < RENUMBER_HOUR ? 0 : 1));
}

/** Leases: when a device is first there, once a day, and when the addresses are given anew. */
export function leases(stage: Stage, day: number, hour: number): void {
  const { hospital, work, talk, calendar } = stage;
  const server = hospital.one('names');
  const period = periodOf(stage, day, hour);
  hospital.members.forEach((member, index) => {
    if (!member.leased || !work.isOn(member, day)) return;
    const address = leaseOf(index, period);
    const isNew = address.some((byte, at) => byte !== member.ip[at]) || (day === member.fromDay && hour === 0);
    if (!isNew && hour !== index % 24) return;
    const startUs = calendar.startUs(day, hour) + (isNew ? 1_000 : 900e6) + index * 2_000;
    const messages = leased({
      mac: member.mac,
      name: member.name,
      address,
      server: server.ip,
      id: day * 1_000 + index,
    });
    messages.forEach((message, turn) => {
      const atUs = startUs + turn * 300;
      if (turn % 2 === 0) talk.wire.udp(without(member), broadcast, DISCOVER_PORT, LEASE_PORT, message, atUs);
      else talk.wire.udp(server, broadcast, LEASE_PORT, DISCOVER_PORT, message, atUs);
    });
    member.ip = address;
    if (isNew) talk.wire.arp(1, member, member, startUs + 2_000);
  });
}

/** Once a month the radiology system leaves its report on the file server. */
export function monthEnd(stage: Stage, { day, hour, startUs }: Moment): void {
  if (day !== MONTH_END_DAY || hour !== 5 || !stage.wanted.changes.includes('month-end')) return;
  const { hospital, talk } = stage;
  const report = new Uint8Array(40_000 * stage.wanted.scale).fill(0x2e);
  talk.file(hospital.one('ris'), hospital.one('files'), '/reports/month.txt', true, report, startUs + 600e6);
}

const MIGRATED_STUDIES = 60;

/** Copies the archive at night; from the next morning on everybody uses the new one. */
function migrate(
  { hospital, talk, work, calendar }: Stage,
  { since, hour, day, numbers, startUs }: Moment,
  note: Note,
): void {
  const [old, next] = [hospital.one('pacs'), hospital.spare('pacs', 2)];
  if (since === 0 && hour >= 20) {
    for (let i = 0; i < MIGRATED_STUDIES / 4; i++) {
      const study = work.study(numbers.pick(['CT', 'MR', 'US', 'CR']), numbers);
      const endUs = talk.send(old, next, DICOM_PORT, { calling: old.ae, called: next.ae }, study, startUs + i * 200e6);
      note(old, next, startUs, endUs, study.images * study.imageBytes);
    }
  }
  if (since === 1 && hour === 0) {
    work.archive = next;
    const endUs = calendar.startUs(day) + DAY_US;
    for (const one of hospital.members) if (modalityOf[one.kind] !== undefined) note(one, next, startUs, endUs, 0);
  }
}

/** For two hours the archive is away, and its twin takes the images. */
function failover({ hospital, work }: Stage, { since, hour, startUs }: Moment, note: Note): void {
  const twin = hospital.spare('pacs', 3);
  if (since === 0 && hour === 10) {
    work.archive = twin;
    note(hospital.one('pacs'), twin, startUs, startUs + 7_200e6, 0);
  }
  if (since === 0 && hour === 12) work.archive = hospital.one('pacs');
}

const LIBRARY_BYTES = 60_000;

/** Every pump gets the new drug library from its gateway. */
function library({ hospital, talk }: Stage, { since, hour, startUs }: Moment, note: Note): void {
  if (since !== 0 || hour !== 13) return;
  const gateway = hospital.one('pump-gateway');
  hospital.all('pump').forEach((pump, index) => {
    const atUs = startUs + index * 20e6;
    const said = page({ host: 'gateway.hospital.test', path: '/library', agent: 'Pump/3', size: LIBRARY_BYTES });
    note(pump, gateway, atUs, talk.call(pump, gateway, 8_080, atUs, said), LIBRARY_BYTES);
  });
}

/** A new ultrasound is used for the first time, and then every day. */
function goLive({ hospital, work, talk }: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (hour < 8 || hour > 16) return;
  const fresh: Member = hospital.spare('us', 99);
  const archive = hospital.one('pacs');
  const study = work.study('US', numbers);
  const pair = { calling: fresh.ae, called: archive.ae };
  if (since === 0 && hour === 8) talk.resolve(fresh, archive, startUs);
  const endUs = talk.send(fresh, archive, DICOM_PORT, pair, study, startUs + numbers.below(3_000) * 1e6);
  note(fresh, archive, startUs, endUs, study.images * study.imageBytes);
}

/** Disaster recovery is rehearsed: messages go to the other interface engine for an hour. */
function drill({ hospital, talk, calendar }: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (since !== 0 || hour !== 2) return;
  const [his, other] = [hospital.one('his'), hospital.spare('engine', 2)];
  for (let i = 0; i < 12; i++) {
    const atUs = startUs + i * 250e6;
    const one = {
      type: 'ADT^A08',
      sender: 'HIS',
      receiver: 'ENGINE2',
      id: `D${numbers.word()}`,
      time: calendar.text(atUs),
    };
    note(his, other, atUs, talk.call(his, other, HL7_PORT, atUs, feed([one])), 400);
  }
}

export interface Change extends Script {
  /** Days behind the first of all planned changes. */
  readonly offset: number;
}

const change = (name: string, offset: number, says: string, act: Script['act']): Change => ({
  name,
  offset,
  cards: [],
  says,
  act,
});

export const changes: readonly Change[] = [
  change('failover', 0, 'The archive is away for two hours and its twin takes the images.', failover),
  change('drug-library', 1, 'Every pump fetches the new drug library from its gateway.', library),
  change('go-live', 2, 'A new ultrasound is used for the first time.', goLive),
  change('drill', 3, 'Disaster recovery is rehearsed with the other interface engine.', drill),
  change('migration', 4, 'The archive is copied at night, and from then on the new one is used.', migrate),
];

export const changeNames: readonly string[] = [...routineNames, ...changes.map(({ name }) => name)];
