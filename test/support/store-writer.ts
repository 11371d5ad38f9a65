/** A program that commits until it is killed; says the number of each commit once it is done. Arguments: folder. */
import { writeSync } from 'node:fs';
import { Store } from '../../src/store/store.ts';
import { sampleDevice } from './store.ts';

const store = Store.open(process.argv[2] ?? '');
store.beginRun({ name: 'live', kind: 'live', inputs: ['eth0'], startedUs: 1 });
for (let number = 1; ; number++) {
  const tags = { device: `d${number % 50}`, run: 'live' };
  store.commit({
    run: 'live',
    devices: [sampleDevice('d', { lastSeenUs: number })],
    findings: [],
    held: [],
    incidents: [],
    posture: [],
    points: Array.from({ length: 20 }, (_, i) => ({
      measurement: 'wardwatch_device',
      tags,
      fields: { bytes_in: number },
      timeUs: number * 1_000 + i,
    })),
    oddities: { commits: number },
    lastUs: number,
  });
  writeSync(1, `${number}\n`);
}
