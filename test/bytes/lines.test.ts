import t from 'tap';
import { endOfHead, endOfLine, headerValue, numberAt } from '../../src/bytes/lines.ts';

const viewOf = (text: string): DataView => {
  const bytes = Buffer.from(text, 'latin1');
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
};
const head = 'OPTIONS * RTSP/1.0\r\nCSeq: 302\r\nContent-Length :  12 \r\nServer:x\r\n\r\n';
const view = viewOf(head);

t.test('a head ends behind its empty line', (t) => {
  t.equal(endOfHead(view, 0, head.length), head.length);
  t.equal(endOfHead(view, 0, head.length - 1), -1);
  t.equal(endOfHead(viewOf('a\nb\n\nc'), 0, 6), 5, 'also with bare line feeds');
  t.end();
});

t.test('a header is found whatever its case', (t) => {
  const value = headerValue(view, 0, head.length, 'content-length');
  t.equal(numberAt(view, value, head.length), 12);
  t.equal(endOfLine(view, headerValue(view, 0, head.length, 'server'), head.length), head.length - 4);
  t.equal(headerValue(view, 0, head.length, 'content'), -1, 'a longer name is another');
  t.equal(headerValue(view, 0, head.length, 'options * rtsp/1.0'), -1, 'the first line is none');
  t.end();
});

t.test('a number has at most nine digits', (t) => {
  t.equal(numberAt(viewOf('x'), 0, 1), -1);
  t.equal(numberAt(viewOf('0'), 0, 1), 0);
  t.equal(numberAt(viewOf('12345678901'), 0, 11), 123_456_789);
  t.end();
});
