import t from 'tap';
import { DER_INTEGER, DER_SEQUENCE, DerElement, derInteger } from '../../src/bytes/der.ts';
import { readCertificate, X509 } from '../../src/bytes/x509.ts';
import { certificate, der } from '../support/certificate.ts';
import { bytes } from '../support/packet.ts';

const viewOf = (of: Uint8Array): DataView => new DataView(of.buffer, of.byteOffset, of.byteLength);

function read(of: Uint8Array, mayBePerson = false): X509 & { isRead: boolean } {
  const to = new X509();
  const isRead = readCertificate(viewOf(of), 0, of.length, mayBePerson, to);
  return Object.assign(to, { isRead });
}

t.test('says whom a certificate is for, who issued it, and how long it is good', (t) => {
  t.match(
    read(certificate({ subject: 'pacs.test', organization: 'Hospital', issuer: 'CA', notBefore: '991231235959Z' })),
    {
      isRead: true,
      subject: 'pacs.test',
      organization: 'Hospital',
      issuer: 'CA',
      isSelfSigned: false,
      notBeforeUs: Date.UTC(1999, 11, 31, 23, 59, 59) * 1000,
      notAfterUs: Date.UTC(2028, 0, 1) * 1000,
    },
  );
  t.end();
});

t.test('an issuer without a common name is its organization', (t) => {
  t.match(read(certificate({ subject: 'a', issuerOrganization: 'Maker' })), { issuer: 'Maker' });
  t.end();
});

t.test('who issues a certificate to itself has signed it itself', (t) => {
  t.match(read(certificate({ subject: 'a', issuer: 'a' })), { isSelfSigned: true, subject: 'a', issuer: 'a' });
  t.match(read(certificate({ subject: 'a', organization: 'b', issuer: 'a' })), { isSelfSigned: false });
  t.end();
});

t.test('names of people do not become text', (t) => {
  const person = certificate({ subject: 'PRIVATE^PERSON', issuer: 'PRIVATE^PERSON', mailNames: ['p@x.test'] });
  t.match(read(person, true), { isRead: true, subject: '', issuer: '', isSelfSigned: true, hasMailName: true });
  const host = certificate({ subject: 'pump-7', issuer: 'CA', hostNames: ['pump-7.test'] });
  t.match(read(host, true), { subject: 'pump-7', issuer: 'CA', hasHostName: true });
  t.end();
});

t.test('a time that is none is not a number', (t) => {
  t.match(read(certificate({ notAfter: '2801010000xxZ' })), { isRead: true, notAfterUs: Number.NaN });
  t.match(read(certificate({ notAfter: '280101Z' })), { notAfterUs: Number.NaN });
  t.end();
});

t.test('every beginning of a certificate is read as far as it goes', (t) => {
  const whole = certificate({ subject: 'PRIVATE^PERSON', issuer: 'CA', hostNames: ['a.test'] });
  let reads = 0;
  for (let cut = 0; cut < whole.length; cut++) {
    const got = read(whole.slice(0, cut), true);
    if (got.isRead) reads++;
    if (!got.hasHostName) t.equal(got.subject, '');
  }
  t.ok(reads > 50);
  t.end();
});

t.test('no changed byte does harm', (t) => {
  const whole = certificate({ subject: 'a', issuer: 'CA', hostNames: ['a.test'], mailNames: ['b'] });
  for (let at = 0; at < whole.length; at++)
    for (const value of [0, 1, 0x7f, 0x80, 0x84, 0xff]) read(whole.with(at, value));
  t.pass('read all of them');
  t.end();
});

t.test('an element is read within its container only', (t) => {
  const element = new DerElement();
  const at = (of: Uint8Array): boolean => element.read(viewOf(of), 0, of.length);
  t.equal(at(der(DER_SEQUENCE, [1, 2, 3])), true);
  t.match(element, { tag: DER_SEQUENCE, start: 0, at: 2, end: 5 });
  t.equal(at(der(DER_SEQUENCE, new Uint8Array(300))), true);
  t.match(element, { at: 4, end: 304 });
  t.equal(at(bytes([0x30, 4, 1, 2, 3])), false, 'beyond the end');
  t.equal(at(bytes([0x30, 0x80, 0, 0])), false, 'no definite length');
  t.equal(at(bytes([0x1f, 1, 0])), false, 'a tag of several bytes');
  t.equal(at(bytes([0x30])), false);
  t.equal(at(bytes([0x30, 0x85, 0, 0, 0, 0, 1, 0])), false);
  t.equal(element.expect(viewOf(bytes([2, 1, 5])), 0, 3, DER_INTEGER), true);
  t.equal(element.expect(viewOf(bytes([2, 1, 5])), 0, 3, DER_SEQUENCE), false);
  t.end();
});

t.test('integers are in two complements', (t) => {
  const of = (...list: number[]): number => derInteger(viewOf(bytes(list)), 0, list.length);
  t.same([of(5), of(0xff), of(0, 0xff), of(1, 0, 0, 0)], [5, -1, 255, 16_777_216]);
  t.same([of(), of(1, 2, 3, 4, 5, 6, 7)], [Number.NaN, Number.NaN]);
  t.end();
});
