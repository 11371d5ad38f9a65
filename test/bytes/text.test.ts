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

t.test('a remembered text is told by the bytes that spell it, and by no others', (t) => {
  const memory = new TextMemory(4);
  const names = fc.array(fc.string({ unit: fc.constantFrom('A', 'B', '?'), minLength: 1, maxLength: 6 }));
  fc.assert(
    fc.property(names, (list) => {
      for (const name of list) {
        const bytes = bytesOf(`>${name}<`);
        const known = memory.recall(bytes, 1, name.length);
        if (known !== '') t.equal(known, name);
        else memory.keep(name);
        t.equal(memory.recall(bytes, 1, name.length), name);
      }
    }),
    { numRuns: 20 },
  );
  t.equal(memory.recall(bytesOf(''), 0, 0), '');
  t.end();
});
