import t from 'tap';
import { isReadable, mechanism, methodOf, weaknessOfBase64, weaknessOfPlain } from '../../src/bytes/sasl.ts';
import { bytes, type Content } from '../support/packet.ts';

const viewOf = (of: Uint8Array): DataView => new DataView(of.buffer, of.byteOffset, of.byteLength);
const base64 = (content: Content): Uint8Array => bytes(Buffer.from(bytes(content)).toString('base64'));

t.test('mechanisms and how their logins are told', (t) => {
  for (const [name, method, readable] of [
    ['PLAIN', 'password', true],
    ['login', 'password', true],
    ['CRAM-MD5', 'digest', false],
    ['NTLM', 'ntlm', false],
    ['GSSAPI', 'kerberos', false],
    ['EXTERNAL', 'certificate', false],
    ['XOAUTH2', 'token', true],
    ['SCRAM-SHA-256-PLUS', 'digest', false],
    ['NOBODY-KNOWS', '', false],
  ] as const) {
    const word = bytes(name);
    const number = mechanism(viewOf(word), 0, word.length);
    t.same([methodOf(number), isReadable(number)], [method, readable], name);
  }
  t.end();
});

t.test('the password is judged where it lies', (t) => {
  const plain = (text: string): string => weaknessOfPlain(viewOf(base64(text)), 0, base64(text).length);
  t.equal(plain('\0user\0admin'), 'default');
  t.equal(plain('\0user\0'), 'empty');
  t.equal(plain('me\0user\0blue7'), 'short');
  t.equal(plain('\0user\0a long pass phrase'), '');
  t.equal(plain('only one'), '');
  const alone = base64('1234');
  t.equal(weaknessOfBase64(viewOf(alone), 0, alone.length), 'default');
  t.end();
});
