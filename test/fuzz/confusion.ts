/**
 * `node test/fuzz/confusion.ts`: who else says yes to the first bytes of a conversation, and who says yes to noise.
 * For people who write a recogniser; every line is a question to answer, not always a mistake.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createProtocols } from '../../protocols/index.ts';
import { type Limits, limits } from '../../src/limits.ts';
import { publishedKey } from '../../src/pipeline/key.ts';
import { YES } from '../../src/protocol.ts';
import { segment } from '../support/protocol.ts';
import { Random } from './mutate.ts';
import { seedsOf } from './seeds.ts';

const NOISE = 50_000;
const NOISE_BYTES_MAX = 200;

const repository = join(import.meta.dirname, '../..');
const shared = process.env.WARDWATCH_SHARED ?? join(repository, '../shared');
const make = (some: Limits) => createProtocols({ limits: some, key: publishedKey });
const protocols = make(limits);
const said = new Map<string, number>();
const count = (line: string): void => void said.set(line, (said.get(line) ?? 0) + 1);

const folders = [join(repository, 'captures'), join(shared, 'captures')].filter((folder) => existsSync(folder));
const seeds = await seedsOf(make, folders);
seeds.forEach((talks, at) => {
  const own = protocols[at];
  for (const { turns, clientPort, serverPort } of talks) {
    const [first] = turns;
    if (first === undefined || own === undefined || first.bytes.length === 0) continue;
    for (const other of protocols) {
      if (other === own || other.transport !== own.transport) continue;
      const { toServer } = first;
      if (other.firstBytes !== undefined && !other.firstBytes.includes(first.bytes[0] ?? -1)) continue;
      if (other.recognises(segment(first.bytes, { toServer, clientPort, serverPort })) === YES)
        count(`${own.name} is also ${other.name} (${own.transport})`);
    }
  }
});

const random = new Random(1);
for (let i = 0; i < NOISE; i++) {
  const bytes = random.bytes(1 + random.below(NOISE_BYTES_MAX));
  for (const protocol of protocols) {
    if (protocol.firstBytes !== undefined && !protocol.firstBytes.includes(bytes[0] ?? -1)) continue;
    // On its own port and in the middle of a stream a recogniser is at its most trusting.
    for (const [how, serverPort, midstream] of [
      ['on any port', 9, false],
      ['on its port', protocol.ports[0] ?? 9, false],
      ['in the middle', protocol.ports[0] ?? 9, true],
    ] as const) {
      if (
        protocol.recognises(segment(bytes, { toServer: (i & 1) === 0, serverPort, clientPort: 40_000, midstream })) ===
        YES
      )
        count(`noise is ${protocol.name} (${protocol.transport}) ${how}`);
    }
  }
}

for (const [line, times] of [...said].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`${times} × ${line}`);
