import fc from 'fast-check';
import t from 'tap';
import { Pieces } from '../../src/bytes/pieces.ts';

const numbered = (from: number, count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => from + i);
const joined = (pieces: Pieces): number[] => {
  const view = pieces.join(pieces.wholeBytes());
  return [...new Uint8Array(view.buffer)];
};

t.test('pieces in any order, overlapping and sent again, give the message', (t) => {
  const range = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
      const pieces = new Pieces(1_000, 64);
      const covered = new Set<number>();
      for (const [from, count] of ranges) {
        pieces.add(from, numbered(from, count));
        for (let i = from; i < from + count; i++) covered.add(i);
      }
      let whole = 0;
      while (covered.has(whole)) whole++;
      return (
        pieces.wholeBytes() === whole && JSON.stringify(joined(pieces)) === JSON.stringify([...numbered(0, whole)])
      );
    }),
  );
  t.pass('whatever they are');
  t.end();
});

t.test('a hole ends what is whole, and only the asked beginning is joined', (t) => {
  const pieces = new Pieces(100, 8);
  t.ok(pieces.add(10, numbered(10, 5)));
  t.equal(pieces.wholeBytes(), 0);
  t.ok(pieces.add(0, numbered(0, 8)));
  t.equal(pieces.wholeBytes(), 8);
  t.ok(pieces.add(8, numbered(8, 2)));
  t.equal(pieces.wholeBytes(), 15);
  t.same([...new Uint8Array(pieces.join(4).buffer)], [0, 1, 2, 3]);
  t.end();
});

t.test('too far on, too many, too much: left out', (t) => {
  const pieces = new Pieces(10, 3);
  t.notOk(pieces.add(8, numbered(8, 3)));
  t.ok(pieces.add(0, numbered(0, 10)));
  t.ok(pieces.add(0, numbered(0, 9)));
  t.notOk(pieces.add(0, numbered(0, 2)), 'more than twice its bytes');
  t.ok(pieces.add(0, numbered(0, 1)));
  t.notOk(pieces.add(1, new Uint8Array()), 'more than its pieces');
  t.end();
});
