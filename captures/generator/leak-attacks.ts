/** Attacks by which data leave the hospital (detection: exfiltration). */
import { bytes, type Content } from '../../test/support/packet.ts';
import { feed } from './clinical.ts';
import { nameAsked, ping, TYPE_TXT, textAnswered } from './network.ts';
import type { Numbers } from './numbers.ts';
import { laptop } from './remote-attacks.ts';
import type { Moment, Note, Script, Stage } from './stage.ts';
import { HL7_PORT } from './talk.ts';
import { tls } from './web.ts';
import type { Said } from './wire.ts';

/** A record of a CMS8000, as these monitors send them in clear. */
function contecRecord(type: number, ...content: Content[]): Uint8Array {
  const length = bytes(...content).length + 2;
  return bytes([length & 255, length >> 8, 5, type], ...content);
}

const HOUSE_OF_CONTEC = [202, 114, 4] as const;

/** The firmware of these monitors: a file system is asked for, then patients go to a printer port. */
function contec({ hospital, talk }: Stage, { since, hour, startUs }: Moment, note: Note): void {
  if (since !== 0 || hour !== 11) return;
  const monitor = hospital.one('monitor', 3);
  const files = hospital.stranger('contec-files', [...HOUSE_OF_CONTEC, 119], true);
  const patients = hospital.stranger('contec-patients', [...HOUSE_OF_CONTEC, 120], true);
  // ONC RPC (RFC 5531): a call of the null procedure of NFS 3, and its answer.
  const call = [0x80, 0, 0, 40, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x86, 0xa3, 0, 0, 0, 3, 0, 0, 0, 0];
  const answer = [0x80, 0, 0, 24, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0];
  talk.call(monitor, files, 2_049, startUs, [
    { toServer: true, bytes: bytes(call, new Uint8Array(16)) },
    { toServer: false, bytes: bytes(answer, new Uint8Array(12)), afterUs: 180_000 },
  ]);
  const said: Said[] = [
    {
      toServer: true,
      bytes: bytes(
        contecRecord(0x47, 'CANARYNAME'),
        contecRecord(0x45, [0, 7]),
        contecRecord(0x46, [0, 0, 0x14], new Uint8Array(12)),
      ),
    },
  ];
  for (let second = 0; second < 300; second++) {
    said.push({ toServer: true, bytes: contecRecord(0x46, [0, 0, 0x14], new Uint8Array(12)), afterUs: 1_000_000 });
  }
  note(monitor, patients, startUs + 2e6, talk.call(monitor, patients, 515, startUs + 2e6, said), 300 * 19);
}

/** Searches for everybody before the first study is moved. */
const WALKS = 4;

/** Asks the archive for everybody, and has studies moved to a station nobody knows. */
const theft =
  (perHour: number): Script['act'] =>
  (stage, { since, hour, startUs, numbers }, note) => {
    if (since !== 0 || hour !== 2) return;
    const { hospital, talk, work } = stage;
    const [thief, archive] = [laptop(stage), hospital.one('pacs')];
    const studies = Array.from({ length: perHour }, () => ({ ...work.study('CT', numbers), images: 3 }));
    const size = studies.reduce((sum, study) => sum + study.images * study.imageBytes, 0);
    note(archive, thief, startUs, startUs, 0);
    for (let walk = 0; walk < WALKS; walk++) {
      const search = { destination: 'STORAGE9', studies: [], found: 50, wild: true };
      talk.move(thief, 'WORKSTN', archive, thief, search, startUs + walk * 10e6);
    }
    const retrieval = { destination: 'STORAGE9', studies, found: 200, wild: true, pauseUs: 3_200e6 / perHour };
    note(archive, thief, startUs + 60e6, talk.move(thief, 'WORKSTN', archive, thief, retrieval, startUs + 60e6), size);
  };

/** Every message of the engine goes to a second receiver too. */
function feedCopy({ hospital, talk, calendar }: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (since !== 0 || hour < 9 || hour > 14) return;
  const engine = hospital.one('engine');
  const second = hospital.stranger('second-receiver', [10, 20, 9, 99], false);
  for (let i = 0; i < 30; i++) {
    const atUs = startUs + i * 118e6;
    const one = {
      type: 'ADT^A01',
      sender: 'ENGINE',
      receiver: 'RIS',
      id: `M${numbers.word()}`,
      time: calendar.text(atUs),
    };
    note(engine, second, atUs, talk.call(engine, second, HL7_PORT, atUs, feed([one])), 330);
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

function label(length: number, numbers: Numbers): string {
  return Array.from({ length }, () => LETTERS[numbers.below(LETTERS.length)]).join('');
}

/** Names that carry data: so many in an hour, of so many characters, on so many days. */
const nameLeak =
  (perHour: number, characters: number, days: number, hours: number): Script['act'] =>
  ({ hospital, talk }, { since, hour, startUs, numbers }, note) => {
    if (since >= days || hour >= hours) return;
    const [analyser, resolver] = [hospital.one('lab', 2), hospital.one('names')];
    for (let i = 0; i < perHour; i++) {
      const atUs = startUs + Math.floor(((i + numbers.part()) * 3_600e6) / perHour);
      const name = `${label(characters, numbers)}.t.upload.example`;
      const id = numbers.below(65_536);
      const port = talk.port(analyser);
      talk.datagrams(analyser, resolver, port, 53, atUs, [
        { toServer: true, bytes: nameAsked(id, name, TYPE_TXT) },
        { toServer: false, bytes: textAnswered(id, name, 'ok'), afterUs: 30_000 },
      ]);
      note(analyser, resolver, atUs, atUs + 30_000, characters);
    }
  };

const IODINE_SECONDS = 120;
const IODINE_PER_SECOND = 15;

/** A tunnel at full speed. */
function iodine({ hospital, talk }: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (since !== 0 || hour !== 21) return;
  const [analyser, resolver] = [hospital.one('lab', 2), hospital.one('names')];
  for (let i = 0; i < IODINE_SECONDS * IODINE_PER_SECOND; i++) {
    const atUs = startUs + 600e6 + (i * 1e6) / IODINE_PER_SECOND;
    const name = `${label(60, numbers)}.${label(60, numbers)}.t.tunnel.example`;
    const id = i & 0xffff;
    talk.datagrams(analyser, resolver, 41_053, 53, atUs, [
      { toServer: true, bytes: nameAsked(id, name, TYPE_TXT) },
      { toServer: false, bytes: textAnswered(id, name, label(120, numbers)), afterUs: 20_000 },
    ]);
    note(analyser, resolver, atUs, atUs + 20_000, 120);
  }
}

const ECHO_BYTES = 900;
const ECHO_REQUEST = 8;

function icmpLeak({ hospital, talk }: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (since !== 0 || hour !== 23) return;
  const ultrasound = hospital.one('us');
  const peer = hospital.stranger('echo', [203, 0, 113, 77], true);
  for (let i = 0; i < 600; i++) {
    const atUs = startUs + i * 1e6;
    const asked = numbers.fill(new Uint8Array(ECHO_BYTES - numbers.below(400)));
    talk.wire.icmp(ultrasound, peer, ECHO_REQUEST, ping(77, i, asked), atUs);
    talk.wire.icmp(peer, ultrasound, 0, ping(77, i, numbers.fill(new Uint8Array(64))), atUs + 20_000);
    note(ultrasound, peer, atUs, atUs + 20_000, asked.length);
  }
}

const SLOW_DAYS = 30;

const slowCloud =
  (bytesPerHour: number): Script['act'] =>
  ({ hospital, talk }, { since, startUs, numbers }, note) => {
    if (since >= SLOW_DAYS) return;
    const mr = hospital.one('mr');
    const cloud = hospital.stranger(`cloud-${bytesPerHour}`, [198, 51, 100, 200], true);
    const name = 'box.storage.example';
    const atUs = startUs + numbers.below(3_000) * 1e6;
    talk.lookup(mr, name, cloud.ip, atUs);
    const said = tls(
      name,
      [
        [true, bytesPerHour],
        [false, 200],
      ],
      numbers,
    );
    note(mr, cloud, atUs, talk.call(mr, cloud, 443, atUs + 50_000, said), bytesPerHour);
  };

const RAMP = 1.08;
const RAMP_BYTES = 200_000;

/** Every day 8 % more than the day before goes to where it always went. */
function ramp({ hospital, talk }: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (hour !== 18) return;
  const [ct, archive] = [hospital.one('ct'), hospital.one('pacs')];
  const imageBytes = 4_000;
  const images = Math.round((RAMP_BYTES * (RAMP ** since - 0.9)) / imageBytes);
  const study = { modality: 'CT', number: numbers.word(), images, imageBytes };
  const pair = { calling: ct.ae, called: archive.ae };
  note(ct, archive, startUs, talk.send(ct, archive, 104, pair, study, startUs + 60e6), images * imageBytes);
}

const script = (name: string, cards: readonly string[], says: string, act: Script['act']): Script => ({
  name,
  cards,
  says,
  act,
});
const THEFT = ['EX-10', 'EX-09', 'EX-11'];
const NAMES = ['EX-05'];

export const leakAttacks: readonly Script[] = [
  script('contec', ['EX-15', 'BL-02', 'EX-14'], 'A monitor sends patients in clear to a printer port outside.', contec),
  script('pacs-theft-5', THEFT, 'The archive is searched, and five studies an hour go to a new station.', theft(5)),
  script('pacs-theft-50', THEFT, 'The archive is searched, and fifty studies an hour go to a new station.', theft(50)),
  script(
    'pacs-theft-500',
    THEFT,
    'The archive is searched, and five hundred studies an hour go to a new station.',
    theft(500),
  ),
  script('feed-copy', ['EX-12'], 'Messages of the engine go to a second receiver too.', feedCopy),
  script('dns-leak-slow', NAMES, 'Names carry 0.7 bytes a second for a day.', nameLeak(60, 42, 1, 24)),
  script('dns-leak-daily', NAMES, 'Names carry 4 kB a day for three days.', nameLeak(5, 36, 3, 24)),
  script('dns-leak-hourly', NAMES, 'Names carry 1 kB an hour for a day.', nameLeak(25, 42, 1, 24)),
  script('dns-iodine', NAMES, 'Names carry a tunnel at full speed for two minutes.', iodine),
  script('icmp-leak', ['EX-07'], 'Echo requests carry data out for ten minutes.', icmpLeak),
  script('slow-cloud-1', ['BL-02', 'EX-04'], '1 kB an hour goes to a new storage outside.', slowCloud(1_000)),
  script('slow-cloud-10', ['BL-02', 'EX-04'], '10 kB an hour goes to a new storage outside.', slowCloud(10_000)),
  script(
    'slow-cloud-100',
    ['BL-02', 'EX-04', 'EX-03'],
    '100 kB an hour goes to a new storage outside.',
    slowCloud(100_000),
  ),
  script('ramp', ['BL-09'], 'What a CT sends grows by 8 % a day.', ramp),
];
