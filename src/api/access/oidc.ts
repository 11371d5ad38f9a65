/**
 * Signing in at an identity provider (OpenID Connect Core 1.0, code flow with PKCE, RFC 7636). What is under way is kept here,
 * tied to the browser by a cookie; what comes back is checked by openid-client: state, nonce, signature, audience, time.
 */
import type { Configuration as Client } from 'openid-client';
import type { OidcSettings } from '../../configuration.ts';
import type { Role } from '../roles.ts';
import { digestOf, newSecret } from './secrets.ts';

export const OIDC_COOKIE = 'wardwatch_oidc';
export const OIDC_PATH = '/api/v1/session/oidc';
const PENDING_MAX = 1_000;
const PENDING_MS = 600_000;

interface Pending {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirect: string;
  readonly untilMs: number;
}

/** Whom the provider vouches for; `role` null for somebody who may do nothing here. */
export interface Vouched {
  readonly subject: string;
  readonly name: string;
  readonly role: Role | null;
}

export class Oidc {
  private readonly settings: OidcSettings;
  private readonly pending = new Map<string, Pending>();
  private client: Promise<Client> | null = null;

  constructor(settings: OidcSettings) {
    this.settings = settings;
  }

  /** Where to send the browser, and what its cookie holds until it comes back. */
  async begin(origin: string): Promise<{ url: string; secret: string }> {
    const { buildAuthorizationUrl, calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier, randomState } =
      await import('openid-client');
    const client = await this.discovered();
    const redirect = `${origin}${OIDC_PATH}/callback`;
    const verifier = randomPKCECodeVerifier();
    const pending = {
      state: randomState(),
      nonce: randomNonce(),
      verifier,
      redirect,
      untilMs: Date.now() + PENDING_MS,
    };
    const secret = newSecret();
    this.remember(digestOf(secret), pending);
    const url = buildAuthorizationUrl(client, {
      redirect_uri: redirect,
      scope: this.settings.scopes.join(' '),
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, secret };
  }

  /** `search` is what stood behind the address of the callback. Throws when anything does not fit; works once. */
  async finish(secret: string, search: string): Promise<Vouched> {
    const { authorizationCodeGrant } = await import('openid-client');
    const key = digestOf(secret);
    const pending = this.pending.get(key);
    this.pending.delete(key);
    if (pending === undefined || Date.now() > pending.untilMs) throw new Error('nothing was begun, or too long ago');
    const tokens = await authorizationCodeGrant(await this.discovered(), new URL(pending.redirect + search), {
      pkceCodeVerifier: pending.verifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('the provider sent no ID token');
    return { subject: `${claims.iss} ${claims.sub}`, name: this.nameIn(claims), role: this.roleIn(claims) };
  }

  private async discovered(): Promise<Client> {
    this.client ??= this.discover();
    try {
      return await this.client;
    } catch (error) {
      // The provider may be back the next time.
      this.client = null;
      throw error;
    }
  }

  private async discover(): Promise<Client> {
    const { allowInsecureRequests, discovery, enableNonRepudiationChecks } = await import('openid-client');
    const { issuer, clientId, clientSecret } = this.settings;
    const url = new URL(issuer);
    // The schema allows http:// for a provider on this machine only.
    const insecure = url.protocol === 'http:' ? [allowInsecureRequests] : [];
    // Signatures are looked at although the token comes from the provider itself: a proxy between may be somebody else's.
    const execute = [enableNonRepudiationChecks, ...insecure];
    return discovery(url, clientId, clientSecret === '' ? undefined : clientSecret, undefined, { execute });
  }

  private remember(key: string, pending: Pending): void {
    const nowMs = Date.now();
    for (const [other, { untilMs }] of this.pending) {
      if (untilMs > nowMs && this.pending.size < PENDING_MAX) break;
      this.pending.delete(other);
    }
    this.pending.set(key, pending);
  }

  /** Cut to what a name here may be. */
  private nameIn(claims: Readonly<Record<string, unknown>>): string {
    const told = claims[this.settings.nameClaim] ?? claims.sub;
    const name = String(told)
      .replaceAll(/[^A-Za-z0-9._@-]/g, '-')
      .slice(0, 64)
      .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
    return name === '' ? `user-${digestOf(String(claims.sub)).slice(0, 8)}` : name;
  }

  private roleIn(claims: Readonly<Record<string, unknown>>): Role | null {
    const told = claims[this.settings.roleClaim];
    const groups = new Set((Array.isArray(told) ? told : [told]).filter((one) => typeof one === 'string'));
    const has = (wanted: readonly string[]): boolean => wanted.some((one) => one === '*' || groups.has(one));
    if (has(this.settings.administrators)) return 'administrator';
    if (has(this.settings.engineers)) return 'engineer';
    return has(this.settings.viewers) ? 'viewer' : null;
  }
}
