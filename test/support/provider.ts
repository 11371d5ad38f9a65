/**
 * A small identity provider on loopback (OpenID Connect Core 1.0, code flow with PKCE): it vouches for whom the test says, and
 * can be told to lie in one place.
 */
import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const strangers = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const CLIENT = 'wardwatch';

export interface Provider {
  readonly issuer: string;
  /** Who signs in there, and what the token says of that person. */
  claims: Record<string, unknown>;
  /** Signs with a key that it does not publish. */
  isForged: boolean;
  /** The token endpoint fails. */
  isBroken: boolean;
  /** What the token endpoint was asked, the newest last. */
  readonly asked: URLSearchParams[];
  close(): Promise<void>;
}

interface Begun {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirect: string;
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(claims: object, key: KeyObject): string {
  const text = `${encoded({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${encoded(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`;
}

export async function providerOnLoopback(): Promise<Provider> {
  const begun = new Map<string, Begun>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked: URLSearchParams[] = [];
  const provider: Provider = {
    issuer,
    claims: { sub: 'one', preferred_username: 'anna', groups: ['engineers'] },
    isForged: false,
    isBroken: false,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    const json = (body: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (url.pathname === '/.well-known/openid-configuration') json(about(issuer));
    else if (url.pathname === '/jwks') {
      json({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] });
    } else if (url.pathname === '/authorize') response.writeHead(302, { location: authorized(url) }).end();
    else if (url.pathname === '/token') {
      let body = '';
      for await (const bytes of request) body += String(bytes);
      const form = new URLSearchParams(body);
      asked.push(form);
      const token = provider.isBroken ? null : tokenFor(form);
      if (token === null) json({ error: 'invalid_grant' }, 400);
      else json(token);
    } else json({}, 404);
  }

  /** The person has said yes: back to where the browser came from. */
  function authorized({ searchParams }: URL): string {
    const code = randomBytes(12).toString('hex');
    const of = (name: string): string => searchParams.get(name) ?? '';
    begun.set(code, { nonce: of('nonce'), challenge: of('code_challenge'), redirect: of('redirect_uri') });
    const back = new URL(of('redirect_uri'));
    back.search = new URLSearchParams({ code, state: of('state') }).toString();
    return back.href;
  }

  function tokenFor(form: URLSearchParams): object | null {
    const code = form.get('code') ?? '';
    const one = begun.get(code);
    begun.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (one === undefined || challenge !== one.challenge || form.get('redirect_uri') !== one.redirect) return null;
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: issuer, aud: CLIENT, iat: now, exp: now + 300, nonce: one.nonce };
    const key = provider.isForged ? strangers.privateKey : keys.privateKey;
    return {
      access_token: randomBytes(8).toString('hex'),
      token_type: 'Bearer',
      id_token: signed({ ...usual, ...provider.claims }, key),
    };
  }
  return provider;
}

function about(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
  };
}
