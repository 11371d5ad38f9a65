/** Certificates for tests, built from the inside out: right in their form, signed by nobody. */
import { bytes, type Content, u16 } from './packet.ts';

export function der(tag: number, ...content: Content[]): Uint8Array {
  const value = bytes(...content);
  if (value.length < 128) return bytes([tag, value.length], value);
  return bytes([tag, 0x82], u16(value.length), value);
}

const object = (...parts: number[]): Uint8Array => der(6, parts);
const COMMON_NAME = object(0x55, 4, 3);
const ORGANIZATION = object(0x55, 4, 10);
const ALTERNATIVE_NAMES = object(0x55, 29, 17);
const SHA256_WITH_RSA = object(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11);

const name = (commonName: string, organization: string): Uint8Array =>
  der(
    0x30,
    ...(organization === '' ? [] : [der(0x31, der(0x30, ORGANIZATION, der(12, organization)))]),
    ...(commonName === '' ? [] : [der(0x31, der(0x30, COMMON_NAME, der(12, commonName)))]),
  );

export interface CertificateFields {
  subject?: string;
  organization?: string;
  issuer?: string;
  issuerOrganization?: string;
  /** UTCTime with 13 characters, GeneralizedTime with 15. */
  notBefore?: string;
  notAfter?: string;
  hostNames?: readonly string[];
  mailNames?: readonly string[];
}

export function certificate(fields: CertificateFields = {}): Uint8Array {
  const { hostNames = [], mailNames = [], notBefore = '260101000000Z', notAfter = '280101000000Z' } = fields;
  const time = (text: string): Uint8Array => der(text.length === 13 ? 0x17 : 0x18, text);
  const algorithm = der(0x30, SHA256_WITH_RSA, der(5));
  const names = [...mailNames.map((text) => der(0x81, text)), ...hostNames.map((text) => der(0x82, text))];
  const alternative =
    names.length === 0 ? [] : [der(0xa3, der(0x30, der(0x30, ALTERNATIVE_NAMES, der(4, der(0x30, ...names)))))];
  const body = der(
    0x30,
    der(0xa0, der(2, [2])),
    der(2, [1, 2, 3, 4]),
    algorithm,
    name(fields.issuer ?? '', fields.issuerOrganization ?? ''),
    der(0x30, time(notBefore), time(notAfter)),
    name(fields.subject ?? '', fields.organization ?? ''),
    der(0x30, algorithm, der(3, [0], new Uint8Array(16))),
    ...alternative,
  );
  return der(0x30, body, algorithm, der(3, [0], new Uint8Array(16)));
}

/** The body of a Certificate message of TLS up to 1.2: a list of certificates, each behind its length. */
export function certificateList(...certificates: readonly Uint8Array[]): Uint8Array {
  const entries = bytes(...certificates.map((one) => bytes([0], u16(one.length), one)));
  return bytes([0], u16(entries.length), entries);
}
