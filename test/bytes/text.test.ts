import fc from 'fast-check';
import t from 'tap';
import { readText, TextMemory } from '../../src/bytes/text.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const read = (text: string): string => readText(viewOf(bytesOf(text)), 0, text.length);

t.test('text of any length is what its bytes spell', (t) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ.0123456789';
  for (let length = 0; length <= alphabet.length; length++)
    t.equal(read(alphabet.slice(0, length)), alphabet.slice(0, length));
  t.end();
});

t.test('what cannot be printed is shown as a question mark, and padding is dropped', (t) => {
  t.equal(read(' \0 CT\x1b[31m\x7f R\xf6ntgen\n \0'), 'CT?[31m? R?ntgen?');
  t.equal(read(' \0 '), '');
  t.end();
});

t.test('a text from memory is what reading it anew would give, whatever was read before', (t) => {
  const memory = new TextMemory(4);
  const field = fc.string({ unit: fc.constantFrom('A', 'B', '?', ' ', '\0', '\x80'), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(field), (list) =>
      list.every((text) => memory.read(viewOf(bytesOf(`>${text}<`)), 1, text.length) === read(text)),
    ),
  );
  t.end();
});

t.test('only bytes that spell a remembered text recall it', (t) => {
  const memory = new TextMemory(4);
  const ask = (text: string): string => memory.recall(viewOf(bytesOf(text)), 0, text.length);
  t.equal(ask('SCANNER1'), '');
  memory.keep('SCANNER1');
  t.equal(ask('SCANNER1'), 'SCANNER1');
  for (const other of ['SCANNER2', 'SCANNER', 'XCANNER1', 'SCAN', 'R1', '']) t.equal(ask(other), '');
  t.end();
});
