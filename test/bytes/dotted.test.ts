import t from 'tap';
import { DottedText } from '../../src/bytes/dotted.ts';
import { bytes } from '../support/packet.ts';

/** How many bytes the text has, offered in pieces of this size; -1 when it does not end. */
function bytesUntilEnd(text: string, size: number): number {
  const all = bytes(text);
  const dotted = new DottedText();
  dotted.begin();
  for (let at = 0; at < all.length; at += size) {
    const piece = all.slice(at, at + size);
    const past = dotted.read(new DataView(piece.buffer), 0, piece.length);
    if (past >= 0) return at + past === dotted.bytes ? dotted.bytes : Number.NaN;
  }
  return -1;
}

for (const [text, end] of [
  ['.\r\n', 3],
  ['.\n', 2],
  ['a\r\n..b\r\n.\r\nQUIT', 11],
  ['a.\r\n.\r\n', 7],
  ['.a\r\n. \r\n.\r', -1],
  ['\r\n.\r\n', 5],
] as const) {
  t.test(`${JSON.stringify(text)} ends after ${end} bytes, however it is cut`, (t) => {
    for (const size of [1, 2, 3, 100]) t.equal(bytesUntilEnd(text, size), end);
    t.end();
  });
}

t.test('after lost bytes a line must begin first', (t) => {
  const dotted = new DottedText();
  dotted.lose(100);
  const piece = bytes('.\r\nx\r\n.\r\n');
  t.equal(dotted.read(new DataView(piece.buffer), 0, piece.length), piece.length);
  t.equal(dotted.bytes, 109);
  t.end();
});
