/** Attacks by which somebody takes control of a device (detection: remote control). */
import { bytes, u16 } from '../../test/support/packet.ts';
import { conversations } from '../protocols/make-secured.ts';
import { monitorOrder, monitorTakenUp, pumpLine } from './clinical.ts';
import { modalityOf } from './hospital.ts';
import type { Numbers } from './numbers.ts';
import type { Moment, Note, Script, Stage } from './stage.ts';
import { DICOM_PORT } from './talk.ts';
import { tls } from './web.ts';
import type { Host, Said } from './wire.ts';

export const laptop = ({ hospital }: Stage): Host => hospital.stranger('laptop', [10, 20, 9, 77], false);

/** X.224 request and confirm of a remote desktop (MS-RDPBCGR 2.2.1), then TLS. */
const desktopAsked = bytes([3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0]);
const desktopGranted = bytes([3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 1, 0, 0, 0]);

function vendorAtNight({ hospital, talk, work }: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (since !== 0 || hour !== 3) return;
  const ct = hospital.one('ct');
  const vendor = hospital.stranger('vendor', [203, 0, 113, 20], true);
  const pieces = Array.from({ length: 300 }, (_, i) =>
    i % 2 === 0
      ? ([true, numbers.between(30, 90), numbers.between(100_000, 900_000)] as const)
      : ([false, numbers.between(200, 1_800), 30_000] as const),
  );
  const said: Said[] = [
    { toServer: true, bytes: desktopAsked },
    { toServer: false, bytes: desktopGranted, afterUs: 20_000 },
    ...tls('ct-1.hospital.test', pieces, numbers),
  ];
  const archive = hospital.one('pacs');
  const study = { ...work.study(modalityOf.ct ?? 'CT', numbers), images: 6 };
  talk.send(ct, archive, DICOM_PORT, { calling: ct.ae, called: archive.ae }, study, startUs + 200e6);
  note(ct, vendor, startUs + 180e6, talk.call(vendor, ct, 3_389, startUs + 180e6, said), 90_000);
}

/** What somebody types, letter by letter, and what a shell answers. */
function typed(lines: readonly string[], numbers: Numbers): Said[] {
  const said: Said[] = [{ toServer: true, bytes: bytes('$ '), afterUs: 10_000 }];
  for (const line of lines) {
    for (const letter of `${line}\n`) {
      const afterUs = numbers.part() < 0.1 ? numbers.between(900_000, 3_000_000) : numbers.between(60_000, 350_000);
      said.push({ toServer: false, bytes: bytes(letter), afterUs });
      said.push({ toServer: true, bytes: bytes(letter), afterUs: 3_000 });
    }
    said.push({
      toServer: true,
      bytes: bytes(`${'total 4096 file\n'.repeat(numbers.between(1, 20))}$ `),
      afterUs: 20_000,
    });
  }
  return said;
}

const commands: readonly string[] = [
  'id',
  'uname -a',
  'ls -l /',
  'cat /etc/hosts',
  'ps aux',
  'ls /data/results',
  'netstat -an',
];

function reverseShell({ hospital, talk }: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (since !== 0 || hour !== 14) return;
  const analyser = hospital.one('lab');
  const peer = hospital.stranger('listener', [203, 0, 113, 66], true);
  const said = typed([...commands, ...commands], numbers);
  const size = said.reduce((sum, one) => sum + (one.toServer ? one.bytes.length : 0), 0);
  note(analyser, peer, startUs + 60e6, talk.call(analyser, peer, 443, startUs + 60e6, said), size);
}

const secureShell = (): Said[] =>
  (conversations.ssh?.said ?? []).map(({ toServer, bytes: content }) => ({ toServer, bytes: bytes(content) }));
/** How much later the second connection says what the first said. */
const LAG_US = 40_000;

/** From a laptop through an office computer into the gateway of the pumps. */
function pivot(stage: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (since !== 0 || hour !== 19) return;
  const { hospital, talk } = stage;
  const [office, gateway] = [hospital.one('office'), hospital.one('pump-gateway')];
  const keys: Said[] = [];
  for (let i = 0; i < 160; i++) {
    const afterUs = i % 9 === 0 ? numbers.between(700_000, 4_000_000) : numbers.between(70_000, 400_000);
    keys.push({ toServer: true, bytes: numbers.fill(new Uint8Array(36)), afterUs });
    keys.push({ toServer: false, bytes: numbers.fill(new Uint8Array(36)), afterUs: 90_000 });
  }
  const said = [...secureShell(), ...keys];
  const beginUs = startUs + 120e6;
  talk.call(laptop(stage), office, 22, beginUs, said);
  note(gateway, office, beginUs, talk.call(office, gateway, 22, beginUs + LAG_US, said), 160 * 36);
}

function fakeWrite(stage: Stage, { since, hour, startUs }: Moment, note: Note): void {
  if (since !== 0 || hour !== 16) return;
  const pump = stage.hospital.one('pump');
  const from = laptop(stage);
  const said: Said[] = ['REMOTE_CTRL^ENABLED^0000', 'INF_RATE^99.0^ml/h'].flatMap((line): Said[] => [
    { toServer: true, bytes: pumpLine(line) },
    { toServer: false, bytes: pumpLine(line), afterUs: 15_000 },
  ]);
  note(pump, from, startUs + 300e6, stage.talk.call(from, pump, 4_001, startUs + 300e6, said), 60);
}

const MUTED = 3;

function alarmMute(stage: Stage, { since, hour, startUs }: Moment, note: Note): void {
  if (since !== 0 || hour !== 22) return;
  const from = laptop(stage);
  stage.hospital
    .all('monitor')
    .slice(0, MUTED)
    .forEach((monitor, index) => {
      const atUs = startUs + 600e6 + index * 60e6;
      const said = [...monitorTakenUp(`DE0000${1_000 + monitor.number}`), { ...monitorOrder, afterUs: 300_000 }];
      stage.talk.datagrams(from, monitor, 40_500 + index, 24_105, atUs, said);
      note(monitor, from, atUs, atUs + 1e6, monitorOrder.bytes.length);
    });
}

const BLOCK_BYTES = 512;
const FIRMWARE_BYTES = 90_000;

/** A program by TFTP (RFC 1350): asked for on port 69, sent between two new ports. */
function firmwarePush(stage: Stage, { since, hour, startUs, numbers }: Moment, note: Note): void {
  if (since !== 0 || hour !== 1) return;
  const { hospital, talk } = stage;
  const [from, ultrasound] = [laptop(stage), hospital.one('us')];
  const [mine, theirs] = [41_069, 42_069];
  const program = numbers.fill(new Uint8Array(FIRMWARE_BYTES));
  program.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  let now = startUs + 60e6;
  talk.wire.udp(from, ultrasound, mine, 69, bytes(u16(2), 'update.bin\0octet\0'), now);
  talk.wire.udp(ultrasound, from, theirs, mine, bytes(u16(4), u16(0)), now + 800);
  const blocks = Math.floor(FIRMWARE_BYTES / BLOCK_BYTES) + 1;
  for (let block = 1; block <= blocks; block++) {
    now += 4_000;
    const data = program.subarray((block - 1) * BLOCK_BYTES, block * BLOCK_BYTES);
    talk.wire.udp(from, ultrasound, mine, theirs, bytes(u16(3), u16(block), data), now);
    talk.wire.udp(ultrasound, from, theirs, mine, bytes(u16(4), u16(block)), now + 800);
  }
  note(ultrasound, from, startUs + 60e6, now, FIRMWARE_BYTES);
}

/** Somebody is there from the first day on, and calls home every hour. */
function poison({ hospital, talk }: Stage, { startUs, numbers }: Moment, note: Note): void {
  const monitor = hospital.one('monitor', 2);
  const peer = hospital.stranger('home', [203, 0, 113, 90], true);
  const atUs = startUs + 1_234e6 + numbers.below(20_000_000);
  const said = tls(
    'sync.home.example',
    [
      [true, 180],
      [false, 120],
    ],
    numbers,
  );
  note(monitor, peer, atUs, talk.call(monitor, peer, 443, atUs, said), 180);
}

const script = (name: string, cards: readonly string[], says: string, act: Script['act']): Script => ({
  name,
  cards,
  says,
  act,
});

export const remoteAttacks: readonly Script[] = [
  script(
    'vendor-3am',
    ['RC-01', 'RC-07', 'BL-01'],
    'A vendor works on the CT by remote desktop at three in the morning, during an exam.',
    vendorAtNight,
  ),
  script(
    'reverse-shell',
    ['RC-04', 'RC-03', 'BL-02'],
    'An analyser opens a connection to the outside, in which somebody types commands.',
    reverseShell,
  ),
  script('pivot', ['RC-05', 'RC-01'], 'A laptop reaches the gateway of the pumps through an office computer.', pivot),
  script('fake-write', ['RC-09'], 'A laptop sets the rate of a pump.', fakeWrite),
  script('alarm-mute', ['RC-10', 'RC-09'], 'A laptop changes which alarms are heard on three monitors.', alarmMute),
  script('fw-push', ['RC-11'], 'A laptop pushes a program onto an ultrasound by TFTP.', firmwarePush),
  script(
    'poison',
    ['BL-02', 'EX-08'],
    'A monitor has called an address outside every hour since the first day.',
    poison,
  ),
];
