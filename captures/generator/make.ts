/**
 * `node captures/generator/make.ts --days 42 --devices 40 --seed 1 > weeks.pcap`
 *
 * `--labels FILE` writes beside it what happened when, and to whom.
 */
import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { wantedOfWords } from './options.ts';
import { Weeks } from './weeks.ts';

function labelsFile(words: string[]): string {
  const at = words.indexOf('--labels');
  return at < 0 ? '' : (words.splice(at, 2)[1] ?? '');
}

try {
  const words = process.argv.slice(2);
  const file = labelsFile(words);
  const wanted = wantedOfWords(words);
  const weeks = new Weeks(wanted);
  await pipeline(Readable.from(weeks.bytes()), process.stdout);
  if (file !== '') {
    const members = weeks.hospital.members.map(({ name, kind, mac, fromDay }) => ({
      name,
      kind,
      mac: [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
      fromDay,
    }));
    writeFileSync(
      file,
      `${JSON.stringify({ synthetic: true, wanted, members, events: [...weeks.labels.values()] }, null, 2)}\n`,
    );
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
