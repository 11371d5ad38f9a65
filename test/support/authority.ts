/** Certificates that a TLS server can really use, made while the test runs: each is its own authority. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { temporaryFolder } from './temporary.ts';

export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
  /** The certificate as a file, for `caFile`. */
  readonly caFile: string;
}

const DAY_MS = 86_400e3;

export async function serverCertificate(
  t: { teardown(action: () => void): unknown },
  wish: { readonly address?: string; readonly expired?: true } = {},
): Promise<ServerCertificate> {
  const { address = '127.0.0.1', expired } = wish;
  const endMs = Date.now() + (expired ? -DAY_MS : DAY_MS);
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'server of a test' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(endMs - 10 * DAY_MS),
    notAfterDate: new Date(endMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: address }] },
    ],
  });
  const caFile = join(temporaryFolder(t), 'ca.pem');
  writeFileSync(caFile, cert);
  return { key, cert, caFile };
}
