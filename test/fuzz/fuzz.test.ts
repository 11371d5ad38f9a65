import { existsSync } from 'node:fs';
import t from 'tap';
import { createProtocols } from '../../protocols/index.ts';
import { type Limits, limits } from '../../src/limits.ts';
import { publishedKey } from '../../src/pipeline/key.ts';
import { drive } from './drive.ts';
import { inputOf } from './mutate.ts';
import { seedsOf } from './seeds.ts';

/** A taste of `npm run fuzz` with our own captures only. */
const INPUTS = 150;
const folders = ['captures/protocols', 'captures/demo'].filter((folder) => existsSync(folder));
const make = (some: Limits) => createProtocols({ limits: some, key: publishedKey });

t.test('the same seed gives the same input', async (t) => {
  const talks = [
    { clientPort: 1, serverPort: 2, midstream: false, turns: [{ toServer: true, bytes: Buffer.from('hello') }] },
  ];
  for (let seed = 1; seed < 50; seed++) t.same(inputOf(seed, talks), inputOf(seed, talks));
  t.notSame(inputOf(1, talks), inputOf(3, talks));
});

const seeds = await seedsOf(make, folders);
make(limits).forEach((protocol, at) => {
  const talks = seeds[at] ?? [];
  t.test(`${protocol.name} over ${protocol.transport} bears mutated conversations`, async (t) => {
    const wrong: string[] = [];
    for (let seed = 1; seed <= INPUTS; seed++) {
      const trouble = drive(protocol, inputOf(seed, talks));
      if (trouble !== '') wrong.push(`seed ${seed}: ${trouble}`);
    }
    t.same(wrong, []);
  });
});
