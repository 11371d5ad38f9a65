/** Who is signed in, and what every write must carry so that no other page can make it. */
import { signal } from '@preact/signals';
import { ApiError, address, ask, changed, send, writeHeaders } from './client.ts';

export interface Session {
  user: string | null;
  role: 'viewer' | 'engineer' | 'administrator' | null;
  how: 'session' | 'token' | 'local' | null;
  csrf: string | null;
  expires: string | null;
  /** false: the link for setting up has not been used yet. */
  isSetUp: boolean;
  /** May whoever sits at the machine look without signing in? */
  access: 'local' | 'required';
  signIn: { password: boolean; oidc: boolean };
}

export const session = signal<Session | null>(null);

function take(found: Session | null): void {
  session.value = found;
  writeHeaders.value = found?.csrf == null ? {} : { 'x-wardwatch-csrf': found.csrf };
}

export async function learnWhoIAm(): Promise<void> {
  try {
    take(await ask<Session>(address('session')));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    take(null);
  }
}

export async function signIn(name: string, password: string): Promise<void> {
  take(await send<Session>('POST', address('session'), { name, password }));
  changed();
}

export async function setUp(secret: string, name: string, password: string): Promise<void> {
  take(await send<Session>('POST', address('setup'), { secret, name, password }));
  changed();
}

export async function signOut(): Promise<void> {
  await send<void>('DELETE', address('session'));
  await learnWhoIAm();
  changed();
}

const rank = { viewer: 0, engineer: 1, administrator: 2 } as const;

/** Whether to offer something; the sensor decides for itself. */
export function may(role: 'engineer' | 'administrator'): boolean {
  const has = session.value?.role;
  return has !== null && has !== undefined && rank[has] >= rank[role] && session.value?.user !== null;
}
