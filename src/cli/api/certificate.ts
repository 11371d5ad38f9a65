/** Key and certificate of the API: the site's own, or one that is made here, kept, and made anew before it ends. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Configuration } from '../../configuration.ts';
import { makeFolder } from '../../output/files.ts';
import { Failure, reasonOf } from '../outcome.ts';

const DAY_MS = 86_400_000;
/** The most that browsers take. */
const DAYS = 397;
const RENEWED_DAYS_BEFORE = 30;

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

type Tls = NonNullable<Configuration['api']['tls']>;

export async function keyPairOf(folder: string, tls: Tls, hosts: readonly string[]): Promise<KeyPair> {
  const { certificateFile, keyFile, names } = tls;
  try {
    if (certificateFile !== null && keyFile !== null) {
      return { cert: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    }
    return await madeHere(join(folder, 'tls'), [...new Set([...hosts, ...names, hostname()])]);
  } catch (error) {
    throw new Failure(`the certificate of the API cannot be used: ${reasonOf(error)}`);
  }
}

async function madeHere(folder: string, names: readonly string[]): Promise<KeyPair> {
  const files = { cert: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
  if (existsSync(files.cert) && existsSync(files.key)) {
    const kept = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
    if (isGood(kept.cert, names)) return kept;
  }
  const made = await generated(names);
  makeFolder(folder);
  for (const name of ['key', 'cert'] as const) {
    writeFileSync(`${files[name]}.new`, made[name], { mode: 0o600 });
    renameSync(`${files[name]}.new`, files[name]);
  }
  return made;
}

function isGood(pem: string, names: readonly string[]): boolean {
  const certificate = new X509Certificate(pem);
  const leftMs = Date.parse(certificate.validTo) - Date.now();
  const isFor = (name: string): boolean =>
    isAddress(name) ? certificate.checkIP(name) !== undefined : certificate.checkHost(name) !== undefined;
  return leftMs > RENEWED_DAYS_BEFORE * DAY_MS && names.every(isFor);
}

async function generated(names: readonly string[]): Promise<KeyPair> {
  const { generate } = await import('selfsigned');
  const alternatives = [...new Set(['localhost', '127.0.0.1', '::1', ...names])].map((name) =>
    isAddress(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name },
  );
  // Yesterday: clocks differ.
  const from = Date.now() - DAY_MS;
  const made = await generate([{ name: 'commonName', value: 'wardwatch' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(from),
    notAfterDate: new Date(from + DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: alternatives },
    ],
  });
  return { key: made.private, cert: made.cert };
}

function isAddress(name: string): boolean {
  return name.includes(':') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name);
}
