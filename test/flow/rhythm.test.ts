import t from 'tap';
import { listen, START_US, Talk, tape } from '../support/wire.ts';

const MS = 1000;

/** Says the same letters at these milliseconds; `s` is the server's turn. Returns the last rhythm that was told. */
function rhythm(turns: readonly (readonly [atMs: number, toServer: boolean, bytes: number])[]) {
  const talk = new Talk();
  const packets = [...talk.open()];
  for (const [atMs, toServer, bytes] of turns) {
    talk.timeUs = START_US + atMs * MS;
    packets.push(talk.say(toServer, 'x'.repeat(bytes)));
  }
  return listen(packets, [tape().protocol]).of('rhythm').at(-1) as Record<string, number> | undefined;
}

const keys = (count: number, everyMs: number, bytes = 1) =>
  Array.from({ length: count }, (_, i) => [100 + i * everyMs, true, bytes] as const);

t.test('pairs of small packets are counted, and those in the band', (t) => {
  t.match(rhythm(keys(9, 10)), { packetsToServer: 9, smallPairsToServer: 8, smallInBandToServer: 8 });
  t.match(rhythm(keys(9, 2000)), { smallPairsToServer: 8, smallInBandToServer: 8 });
  t.equal(rhythm(keys(9, 9)), undefined, 'too fast for fingers');
  t.equal(rhythm(keys(9, 2001)), undefined, 'pauses');
  t.equal(rhythm(keys(8, 10)), undefined, 'seven gaps are too few to tell');
  t.end();
});

t.test('small is up to 20 bytes, short up to 100', (t) => {
  t.match(rhythm(keys(9, 100, 20)), { smallPairsToServer: 8, shortPairsToServer: 8 });
  t.match(rhythm(keys(9, 100, 21)), { smallPairsToServer: 0, shortPairsToServer: 8 });
  t.match(rhythm(keys(9, 100, 100)), { shortPairsToServer: 8 });
  t.equal(rhythm(keys(9, 100, 101)), undefined);
  t.end();
});

t.test('a long packet between two small ones parts them, the other side does not', (t) => {
  const echoed = keys(10, 100).flatMap(([at]) => [[at, true, 1] as const, [at + 2, false, 500] as const]);
  t.match(rhythm(echoed), { smallPairsToServer: 9, smallPairsToClient: 0, packetsToClient: 10 });
  const mixed = [...keys(9, 100), [1_050, true, 300] as const, [1_100, true, 1] as const];
  t.match(rhythm(mixed), { packetsToServer: 11, smallPairsToServer: 8 });
  t.end();
});

t.test('the gaps vary by their standard deviation over their mean', (t) => {
  t.ok((rhythm(keys(9, 100))?.smallVariationToServer ?? 1) < 1e-6);
  let at = 100;
  const uneven = Array.from({ length: 9 }, (_, i) => {
    at += i % 2 === 0 ? 100 : 300;
    return [at, true, 1] as const;
  });
  // Four gaps of 300 ms and four of 100 ms: mean 200, deviation 106.9.
  t.ok(Math.abs((rhythm(uneven)?.smallVariationToServer ?? 0) - 0.5345) < 1e-3);
  t.end();
});

t.test('who begins after half a second of silence, and whose short words are answered', (t) => {
  const typed = keys(9, 100);
  const end = 900;
  const heard = rhythm([
    ...typed,
    [end + 499, false, 5],
    [end + 2_000, false, 200],
    [end + 2_001, true, 900],
    [end + 2_501, false, 201],
    [end + 2_502, true, 900],
    [end + 3_100, true, 10],
    [end + 3_598, true, 1],
    [end + 3_600, true, 1],
  ]);
  t.match(heard, { burstsByClient: 1, burstsByServer: 2, ordersByServer: 1, ordersByClient: 0 });
  t.end();
});

t.test('what is sent again is not heard again', (t) => {
  const talk = new Talk();
  const packets = [...talk.open()];
  for (let i = 0; i < 9; i++) {
    talk.timeUs = START_US + 100 * MS * (i + 1);
    packets.push(talk.say(true, 'x'));
  }
  const last = packets.at(-1) as { bytes: Uint8Array; timeUs: number };
  packets.push({ ...last, timeUs: last.timeUs + 300 * MS } as never);
  t.match(listen(packets, [tape().protocol]).of('rhythm').at(-1), { packetsToServer: 9, smallPairsToServer: 8 });
  t.end();
});

t.test('idle ends are written down once the session looks typed', (t) => {
  const heard = rhythm([...keys(9, 300), [4_000, true, 1], [4_600, true, 1], [6_000, true, 1]]);
  const ends = [...String(heard?.idleEnds)].map((unit) => unit.charCodeAt(0) * 2);
  t.same(ends, [0, 600, 2_000]);
  t.ok(Math.abs(Number(heard?.idleEndsFromUs) - START_US - 4_000 * MS) <= 2 * MS);
  t.end();
});
