/** The usual work of one hour: images, messages, bedside, offices, and what machines say among themselves. */
import type { Calendar } from './calendar.ts';
import { FIRST_US, HOUR_US } from './calendar.ts';
import { feed, type Letter, monitorPoll, monitorTakenUp, pumpStatus } from './clinical.ts';
import { echo, type Study, worklist } from './dicom.ts';
import { type Hospital, type Member, MONTHLY_DAY, MONTHLY_DAYS, modalityOf } from './hospital.ts';
import { clockAnswered, clockAsked, logLine, pollAnswered, pollAsked } from './network.ts';
import { Numbers } from './numbers.ts';
import type { Wanted } from './options.ts';
import { DICOM_PORT, HL7_PORT, type Talk } from './talk.ts';
import { page, tls } from './web.ts';
import type { Said } from './wire.ts';

/** How often each thing is done on a working day, by each of its kind. */
const STUDIES = 14;
const RETRIEVALS = 12;
const PATIENTS = 90;
const RESULTS = 60;
const PAGES = 14;
const OUTSIDE_PAGES = 10;
const PRINTS = 3;
const LOOKUPS = 16;
const LOG_LINES = 20;

const POLL_US = 150e6;
/** Steps of this part of a whole never meet. */
const GOLDEN = 0.618;
const PUMP_US = 1_200e6;
const MONITOR_PORT = 24_105;
const CENTRAL_PORT = 40_105;
const PUMP_PORT = 4_001;
const PRINTER_PORT = 9_100;
const SYSLOG_PORT = 514;
const SNMP_PORT = 161;
const IMAGES_MAX = 6;
const BACKUP_BYTES = 9_000;
const IMAGE_BYTES = 3_600;
/** Machines with a clock, a name and a log that somebody watches. */
const polled: ReadonlySet<string> = new Set([
  ...['pacs', 'ris', 'his', 'engine', 'files', 'central', 'pump-gateway', 'ct', 'mr', 'printer'],
]);
/** Names outside, with addresses for documentation (RFC 5737). */
const sites = ['news', 'weather', 'journal', 'travel', 'maps', 'search'] as const;

export class Work {
  private readonly talk: Talk;
  private readonly hospital: Hospital;
  private readonly calendar: Calendar;
  private readonly wanted: Wanted;
  /** The archive that modalities send to; another one after a migration. */
  archive: Member;

  constructor(talk: Talk, calendar: Calendar, wanted: Wanted) {
    this.talk = talk;
    this.hospital = talk.hospital;
    this.calendar = calendar;
    this.wanted = wanted;
    this.archive = this.hospital.one('pacs');
  }

  /** Is it there on this day, and switched on? */
  isOn(member: Member, day: number): boolean {
    if (member.kind === 'dx') return day % MONTHLY_DAYS === MONTHLY_DAY;
    return day >= member.fromDay;
  }

  hour(day: number, hour: number): void {
    for (const member of this.hospital.members) {
      if (!this.isOn(member, day)) continue;
      const numbers = new Numbers(this.wanted.seed, day, hour, member.name);
      this.machine(member, day, hour, numbers);
      if (modalityOf[member.kind] !== undefined) this.modality(member, day, hour, numbers);
      else if (member.kind === 'review') this.review(member, day, hour, numbers);
      else if (member.kind === 'office') this.office(member, day, hour, numbers);
      else if (member.kind === 'monitor') this.monitor(member, day, hour, numbers);
      else if (member.kind === 'pump') this.pump(member, day, hour, numbers);
      else if (member.kind === 'lab') this.lab(member, day, hour, numbers);
      else if (member.kind === 'pacs') this.backup(member, day, hour, numbers);
      else if (member.kind === 'his') this.administration(day, hour, numbers);
      else if (member.kind === 'central') this.central(member, day, hour, numbers);
    }
  }

  /** Moments of something that happens so often on a working day. */
  private moments(perDay: number, day: number, hour: number, numbers: Numbers): number[] {
    const count = numbers.times(perDay * this.calendar.share(day, hour));
    return Array.from({ length: count }, () => this.within(day, hour, numbers));
  }

  private within(day: number, hour: number, numbers: Numbers): number {
    return this.calendar.startUs(day, hour) + Math.floor(numbers.part() * HOUR_US);
  }

  study(modality: string, numbers: Numbers): Study {
    const images = numbers.between(2, IMAGES_MAX);
    return { modality, number: numbers.word(), images, imageBytes: IMAGE_BYTES * this.wanted.scale };
  }

  // ── images ─────────────────────────────────────────────────────────────────────────────────────────

  private modality(member: Member, day: number, hour: number, numbers: Numbers): void {
    const ris = this.hospital.one('ris');
    const modality = modalityOf[member.kind] ?? '';
    if (hour === 6) {
      const pair = { calling: member.ae, called: this.archive.ae };
      this.talk.call(member, this.archive, DICOM_PORT, this.within(day, hour, numbers), echo(pair));
    }
    // Somebody always comes: one patient for certain, on every day.
    const first = hour === 9 ? [this.within(day, hour, numbers)] : [];
    for (const startUs of [...first, ...this.moments(STUDIES, day, hour, numbers)]) {
      const pair = { calling: member.ae, called: ris.ae };
      this.talk.call(member, ris, DICOM_PORT, startUs, worklist(pair, numbers.between(1, 4)));
      const lastsUs = numbers.between(300, 1_500) * 1e6;
      const study = this.study(modality, numbers);
      const toArchive = { calling: member.ae, called: this.archive.ae };
      this.talk.send(member, this.archive, DICOM_PORT, toArchive, study, startUs + lastsUs);
    }
  }

  /** A station where images are read. */
  private review(member: Member, day: number, hour: number, numbers: Numbers): void {
    const first = hour === 10 ? [this.within(day, hour, numbers)] : [];
    for (const startUs of [...first, ...this.moments(RETRIEVALS, day, hour, numbers)]) {
      const studies = [this.study(numbers.pick(['CT', 'MR', 'US', 'CR']), numbers)];
      const found = numbers.between(1, 5);
      this.talk.move(member, member.ae, this.archive, member, { destination: member.ae, studies, found }, startUs);
    }
    this.pages(member, day, hour, numbers);
    if (hour === 4) this.updates(member, day, numbers);
  }

  /** Every night the archive leaves a copy of its index on the file server. */
  private backup(member: Member, day: number, hour: number, numbers: Numbers): void {
    if (hour !== 1) return;
    const content = numbers.fill(new Uint8Array(BACKUP_BYTES));
    this.talk.file(
      member,
      this.hospital.one('files'),
      '/backup/index.bin',
      true,
      content,
      this.within(day, hour, numbers),
    );
  }

  // ── messages ───────────────────────────────────────────────────────────────────────────────────────

  private letter(type: string, sender: string, receiver: string, timeUs: number, numbers: Numbers): Letter {
    const time = this.calendar.text(timeUs);
    const values = type.startsWith('ORU')
      ? ([
          ['HR', numbers.between(50, 120)],
          ['SPO2', numbers.between(90, 100)],
        ] as const)
      : [];
    return { type, sender, receiver, id: `M${numbers.word()}`, time, values };
  }

  private post(from: Member, to: Member, letters: readonly Letter[], startUs: number): void {
    this.talk.call(from, to, HL7_PORT, startUs, feed(letters));
  }

  /** Patients come, are moved, get orders, and go; the engine tells whom it concerns. */
  private administration(day: number, hour: number, numbers: Numbers): void {
    const { hospital } = this;
    const [his, engine, ris] = [hospital.one('his'), hospital.one('engine'), hospital.one('ris')];
    const first = hour === 8 ? [this.within(day, hour, numbers)] : [];
    for (const startUs of [...first, ...this.moments(PATIENTS, day, hour, numbers)]) {
      const type = numbers.pick(['ADT^A01', 'ADT^A02', 'ADT^A03', 'ADT^A08', 'ORM^O01']);
      this.post(his, engine, [this.letter(type, 'HIS', 'ENGINE', startUs, numbers)], startUs);
      const laterUs = startUs + 2e6;
      this.post(engine, ris, [this.letter(type, 'ENGINE', 'RIS', laterUs, numbers)], laterUs);
    }
  }

  private lab(member: Member, day: number, hour: number, numbers: Numbers): void {
    const engine = this.hospital.one('engine');
    const first = hour === 7 ? [this.within(day, hour, numbers)] : [];
    for (const startUs of [...first, ...this.moments(RESULTS, day, hour, numbers)]) {
      this.post(member, engine, [this.letter('ORU^R01', `LAB${member.number}`, 'ENGINE', startUs, numbers)], startUs);
      const laterUs = startUs + 3e6;
      const onward = this.letter('ORU^R01', 'ENGINE', 'HIS', laterUs, numbers);
      this.post(engine, this.hospital.one('his'), [onward], laterUs);
    }
  }

  /** Once an hour the central station tells the values of all its monitors. */
  private central(member: Member, day: number, hour: number, numbers: Numbers): void {
    const startUs = this.within(day, hour, numbers);
    const letters = this.hospital
      .all('monitor')
      .filter((monitor) => this.isOn(monitor, day))
      .map(() => this.letter('ORU^R01', 'CENTRAL', 'ENGINE', startUs, numbers));
    this.post(member, this.hospital.one('engine'), letters, startUs);
  }

  // ── bedside ────────────────────────────────────────────────────────────────────────────────────────

  private monitor(member: Member, day: number, hour: number, numbers: Numbers): void {
    const central = this.hospital.one('central');
    const port = CENTRAL_PORT + member.number;
    // Spread over the time between two polls: something is heard every few seconds.
    const offsetUs = Math.floor((member.number * GOLDEN * POLL_US) % POLL_US);
    const beginUs = this.calendar.startUs(day, hour);
    const isDischarged = this.wanted.changes.includes('discharge') && member.number % 3 === day % 3;
    for (let atUs = beginUs + offsetUs; atUs < beginUs + HOUR_US; atUs += POLL_US) {
      // The bed is empty until the next patient, and the monitor is off.
      if (isDischarged && (hour === 13 || hour === 14)) continue;
      const isFirst =
        atUs < beginUs + POLL_US && (hour === 3 || (isDischarged && hour === 15) || day === member.fromDay);
      const lateUs = numbers.below(30_000);
      if (isFirst) {
        const serial = `DE0000${1_000 + member.number}`;
        this.talk.datagrams(central, member, port, MONITOR_PORT, atUs + lateUs, monitorTakenUp(serial));
      }
      this.talk.datagrams(central, member, port, MONITOR_PORT, atUs + lateUs + 10_000, monitorPoll);
    }
  }

  private pump(member: Member, day: number, hour: number, numbers: Numbers): void {
    const gateway = this.hospital.one('pump-gateway');
    const beginUs = this.calendar.startUs(day, hour);
    const said = pumpStatus(`8002-${10_000 + member.number}`);
    const offsetUs = (member.number * 41e6) % PUMP_US;
    for (let atUs = beginUs + offsetUs; atUs < beginUs + HOUR_US; atUs += PUMP_US) {
      this.talk.call(member, gateway, PUMP_PORT, atUs + numbers.below(200_000), said);
    }
  }

  // ── offices ────────────────────────────────────────────────────────────────────────────────────────

  private office(member: Member, day: number, hour: number, numbers: Numbers): void {
    this.pages(member, day, hour, numbers);
    for (const startUs of this.moments(OUTSIDE_PAGES, day, hour, numbers)) {
      const site = numbers.below(sites.length);
      const name = `www.${sites[site]}.example`;
      const server = this.hospital.stranger(name, [198, 51, 100, 10 + site], true);
      this.talk.lookup(member, name, server.ip, startUs);
      const pieces = [
        [true, 400],
        [false, numbers.between(500, 6_000) * this.wanted.scale, 20_000],
      ] as const;
      this.talk.call(member, server, 443, startUs + 20_000, tls(name, pieces, numbers));
    }
    for (const startUs of this.moments(PRINTS, day, hour, numbers)) {
      const job = `\x1b%-12345X@PJL SET JOBNAME="CANARYJOB"\r\n@PJL ENTER LANGUAGE=PCL\r\n${'.'.repeat(2_000)}\x1b%-12345X`;
      this.talk.call(member, this.hospital.one('printer'), PRINTER_PORT, startUs, [
        { toServer: true, bytes: new Uint8Array(Buffer.from(job, 'latin1')) },
      ]);
    }
    if (hour === 4) this.updates(member, day, numbers);
  }

  /** Pages of the hospital information system. */
  private pages(member: Member, day: number, hour: number, numbers: Numbers): void {
    const his = this.hospital.one('his');
    const first = hour === 8 ? [this.within(day, hour, numbers)] : [];
    for (const startUs of [...first, ...this.moments(PAGES, day, hour, numbers)]) {
      const path = numbers.pick(['/ward', '/orders', '/results', '/login']);
      this.talk.call(
        member,
        his,
        80,
        startUs,
        page({ host: 'his.hospital.test', path, size: numbers.between(300, 2_400) }),
      );
    }
  }

  /** Every night: is there anything new? On a patch night there is, and it is large. */
  private updates(member: Member, day: number, numbers: Numbers): void {
    const startUs = this.within(day, 4, numbers);
    const host = 'updates.hospital.test';
    const manager = this.hospital.one('manager');
    const ask = (path: string, size: number): Said[] =>
      page({ host, path, size, agent: 'Updater/2', type: 'text/plain' });
    this.talk.call(member, manager, 80, startUs, ask('/list', 120));
    const isPatchNight = this.wanted.changes.includes('patch-nights') && day % 14 === 8;
    if (isPatchNight) this.talk.call(member, manager, 80, startUs + 2e6, ask('/package', 24_000 * this.wanted.scale));
  }

  // ── machines among themselves ──────────────────────────────────────────────────────────────────────

  private machine(member: Member, day: number, hour: number, numbers: Numbers): void {
    const names = this.hospital.one('names');
    if (member !== names) {
      const clockUs = this.within(day, hour, numbers);
      if (hour % 4 === member.number % 4) {
        this.talk.datagrams(member, names, 123, 123, clockUs, [
          { toServer: true, bytes: clockAsked(clockUs) },
          { toServer: false, bytes: clockAnswered(clockUs) },
        ]);
      }
      if (member.kind !== 'pump' && member.kind !== 'monitor') this.names(member, day, hour, numbers);
      if (hour % 6 === 1) this.talk.resolve(member, names, this.within(day, hour, numbers));
    }
    if (polled.has(member.kind)) this.watched(member, day, hour, numbers);
  }

  private names(member: Member, day: number, hour: number, numbers: Numbers): void {
    const count = numbers.times(LOOKUPS / 24);
    for (let i = 0; i < count; i++) {
      const asked = numbers.pick(this.hospital.all('pacs').concat(this.hospital.all('ris'), this.hospital.all('his')));
      this.talk.lookup(member, `${asked.kind}.hospital.test`, asked.ip, this.within(day, hour, numbers));
    }
  }

  /** Is asked how it does, and tells what happens on it. */
  private watched(member: Member, day: number, hour: number, numbers: Numbers): void {
    const manager = this.hospital.one('manager');
    const atUs = this.within(day, hour, numbers);
    const ticks = Math.floor(((atUs - FIRST_US) / 1e4) % 0x7f_ffff);
    this.talk.datagrams(manager, member, this.talk.port(manager), SNMP_PORT, atUs, [
      { toServer: true, bytes: pollAsked(hour + 1) },
      { toServer: false, bytes: pollAnswered(hour + 1, ticks) },
    ]);
    if (member.kind === 'printer') return;
    const port = 33_000 + member.number;
    for (let i = numbers.times(LOG_LINES / 24); i > 0; i--) {
      const timeUs = this.within(day, hour, numbers);
      this.talk.wire.udp(member, manager, port, SYSLOG_PORT, logLine(member.name, timeUs, numbers), timeUs);
    }
  }
}
