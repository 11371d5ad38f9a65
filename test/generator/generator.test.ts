/** The generated hospital: the same bytes for the same wish, nothing malformed, and our own replay sees what is meant. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { attackNames } from '../../captures/generator/attacks.ts';
import { changeNames, routineNames } from '../../captures/generator/changes.ts';
import { Numbers } from '../../captures/generator/numbers.ts';
import { usual, wantedOf, wantedOfWords } from '../../captures/generator/options.ts';
import { Weeks } from '../../captures/generator/weeks.ts';
import { replayFile } from '../support/replayed.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { lacksTshark, tsharkFields } from '../support/tshark.ts';

const FILE_HEADER_BYTES = 24;
const RECORD_BYTES = 16;

const bytesOf = (text: string): Buffer => Buffer.concat([...new Weeks(wantedOf(text)).bytes()]);
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Each packet with its time, as a hash. */
function packetsOf(file: Buffer): string[] {
  const packets: string[] = [];
  for (let at = FILE_HEADER_BYTES; at < file.length; ) {
    const end = at + RECORD_BYTES + file.readUInt32LE(at + 8);
    packets.push(hashOf(file.subarray(at, end)));
    at = end;
  }
  return packets;
}

t.test('the same wish gives the same bytes, another seed others', (t) => {
  const first = hashOf(bytesOf('days=1,seed=7'));
  t.equal(hashOf(bytesOf('days=1,seed=7')), first);
  t.not(hashOf(bytesOf('days=1,seed=8')), first);
  t.end();
});

t.test('packets are in the order of time, and a longer wish begins like a shorter one', (t) => {
  const two = bytesOf('days=2,devices=25');
  let before = 0;
  let disorder = 0;
  for (let at = FILE_HEADER_BYTES; at < two.length; at += RECORD_BYTES + two.readUInt32LE(at + 8)) {
    const timeUs = two.readUInt32LE(at) * 1e6 + two.readUInt32LE(at + 4);
    if (timeUs < before) disorder++;
    before = timeUs;
  }
  t.equal(disorder, 0);
  const one = packetsOf(bytesOf('days=1,devices=25'));
  const most = one.length - 200;
  t.same(packetsOf(two).slice(0, most), one.slice(0, most));
  t.end();
});

t.test('attacks add packets and move no other', (t) => {
  const clean = packetsOf(bytesOf('days=1,devices=26'));
  const attacked = new Set(packetsOf(bytesOf('days=1,devices=26,attacks=all')));
  t.ok(attacked.size > clean.length);
  t.same(
    clean.filter((packet) => !attacked.has(packet)),
    [],
  );
  t.end();
});

t.test('a later beginning leaves out days, and everybody has the address of that day', (t) => {
  const whole = bytesOf('days=6,devices=25');
  const late = bytesOf('days=6,devices=25,from-day=5');
  t.ok(late.length < whole.length / 5);
  const timeOf = (file: Buffer, at: number): number => file.readUInt32LE(at);
  const secondsIn = timeOf(late, FILE_HEADER_BYTES) - Date.UTC(2026, 2, 7) / 1000;
  t.ok(secondsIn >= 0 && secondsIn < 3_600);
  const sources = (file: Buffer): Set<number> => {
    const found = new Set<number>();
    for (let at = FILE_HEADER_BYTES; at < file.length; at += RECORD_BYTES + file.readUInt32LE(at + 8)) {
      const frame = at + RECORD_BYTES;
      if (timeOf(file, at) >= Date.UTC(2026, 2, 7) / 1000 && file.readUInt16BE(frame + 12) === 0x0800)
        found.add(file.readUInt32BE(frame + 26));
    }
    return found;
  };
  t.same(sources(late), sources(whole));
  t.end();
});

t.test('every attack and every planned change has its label', (t) => {
  const weeks = new Weeks(wantedOf('days=8,devices=30,attacks=all,changes=all,attack-day=2'));
  for (const _ of weeks.bytes());
  const labels = [...weeks.labels.values()];
  const of = (malicious: boolean): string[] =>
    [...new Set(labels.filter((one) => one.malicious === malicious).map(({ id }) => id.split(' ')[0] ?? ''))].sort();
  t.same(of(true), [...attackNames].sort());
  t.same(of(false), changeNames.filter((name) => !routineNames.includes(name)).sort());
  for (const { id, malicious, cards, start, end, bytes } of labels) {
    t.ok(start <= end, `${id} ends behind its start`);
    t.equal(cards.length > 0, malicious, `${id} has cards if it is an attack`);
    t.ok(bytes >= 0);
  }
  t.end();
});

t.test('tshark finds nothing malformed and nothing missing', { skip: lacksTshark }, async (t) => {
  const path = join(temporaryFolder(t), 'days.pcap');
  writeFileSync(path, bytesOf('days=2,devices=26,attacks=all,changes=all'));
  const wrong =
    '_ws.malformed || tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || tcp.analysis.retransmission';
  const checks = ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'];
  const sums = 'ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || udp.checksum.status == "Bad"';
  t.same(await tsharkFields(path, wrong, ['frame.number', '_ws.col.Info']), []);
  t.same(await tsharkFields(path, sums, ['frame.number'], checks), []);
});

t.test('our own replay of two days sees what is meant, and nothing else', async (t) => {
  const name = 'generator:days=2';
  const made = new Map([[name, () => new Weeks(wantedOf('days=2')).bytes()]]);
  const { report, failures } = await replayFile(name, { made });
  t.same(report.oddities, {});
  t.equal(report.coverage.percent, 100);
  t.equal(report.gapBytes, 0);
  t.equal(report.duplicates, 0);
  t.same(failures, []);
  t.same(Object.keys(report.protocols).sort(), [
    ...['alaris', 'dhcp', 'dicom', 'dns', 'ftp', 'ftp-data', 'hl7', 'http'],
    ...['intellivue', 'jetdirect', 'ntp', 'snmp', 'syslog', 'tls'],
  ]);
  const classes = new Map<string, number>();
  for (const { mac, class: kind } of report.devices) {
    if (mac !== '') classes.set(kind, (classes.get(kind) ?? 0) + 1);
  }
  t.match(Object.fromEntries(classes), {
    ct: 1,
    mr: 1,
    ultrasound: 3,
    pacs: 1,
    'patient-monitor': 7,
    'infusion-pump': 8,
  });
  t.notMatch(JSON.stringify(report), /CANARY/);
});

t.test('what cannot be wished for is refused in words', (t) => {
  t.throws(() => wantedOf('days=0'), { message: 'days: a whole number from 1 to 730, not "0"' });
  t.throws(() => wantedOf('attacks=nonsense'), { message: /there is no "nonsense"/ });
  t.throws(() => wantedOf('colour=red'), { message: /allowed are days/ });
  t.throws(() => wantedOfWords(['days', '3']), { message: /--days/ });
  t.same(wantedOfWords(['--days', '3', '--attacks', 'ramp+contec']), {
    ...usual,
    days: 3,
    attacks: ['contec', 'ramp'],
  });
  t.same(wantedOf('changes=routine+drill').changes, [...routineNames, 'drill']);
  t.end();
});

t.test('numbers look like chance', (t) => {
  const numbers = new Numbers(1, 'a');
  const list = Array.from({ length: 10_000 }, () => numbers.part());
  const mean = list.reduce((sum, one) => sum + one, 0) / list.length;
  t.ok(Math.abs(mean - 0.5) < 0.02);
  t.equal(new Set(list).size, list.length);
  const times = Array.from({ length: 5_000 }, () => numbers.times(3));
  t.ok(Math.abs(times.reduce((sum, one) => sum + one, 0) / times.length - 3) < 0.15);
  t.not(new Numbers(1, 'a').word(), new Numbers(1, 'b').word());
  t.throws(() => numbers.pick([]));
  t.end();
});
