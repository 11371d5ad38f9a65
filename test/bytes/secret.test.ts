import fc from 'fast-check';
import t from 'tap';
import { Secret, weaknessOf } from '../../src/bytes/secret.ts';

const typed = (text: string): string => {
  const secret = new Secret();
  for (const letter of text) secret.add(letter.charCodeAt(0));
  return secret.weakness();
};
const whole = (text: string): string => {
  const bytes = Buffer.from(text, 'latin1');
  return weaknessOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
};

for (const [text, weakness] of [
  ['', 'empty'],
  ['admin', 'default'],
  ['ADMIN', 'default'],
  ['root', 'default'],
  ['oracle', 'default'],
  ['1234', 'default'],
  ['adminx', 'short'],
  ['admi', 'short'],
  ['Tr0ub4dor&3', 'short'],
  ['Tr0ub4dor&33', ''],
] as const) {
  t.test(`${text === '' ? 'nothing' : text}: ${weakness === '' ? 'no weakness' : weakness}`, (t) => {
    t.equal(typed(text), weakness);
    t.equal(whole(text), weakness);
    t.end();
  });
}

t.test('a character that is taken back leaves only the length', (t) => {
  const secret = new Secret();
  for (const letter of 'adminx') secret.add(letter.charCodeAt(0));
  secret.drop();
  t.equal(secret.weakness(), 'short');
  for (let i = 0; i < 9; i++) secret.drop();
  t.equal(secret.weakness(), 'empty');
  for (const letter of 'admin') secret.add(letter.charCodeAt(0));
  t.equal(secret.weakness(), 'default', 'and begins anew when nothing is left');
  t.end();
});

t.test('one by one or whole, the same is said of any bytes', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      return typed(text) === whole(text);
    }),
  );
  t.pass('the same');
  t.end();
});

t.test('nothing of it is kept', (t) => {
  const secret = new Secret();
  for (const letter of 'Blue-Canary') secret.add(letter.charCodeAt(0));
  t.notMatch(JSON.stringify(secret), /canary/i);
  t.end();
});
