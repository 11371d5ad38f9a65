/** Who is signed in. */
import { signal } from '@preact/signals';
import { ApiError, address, ask } from './client.ts';

export interface Person {
  readonly name: string;
  readonly role: string;
}

export interface Session {
  /** Nobody has been set up yet. */
  readonly needsSetup: boolean;
  readonly person: Person | null;
  /** Where to go to sign in by the hospital's own service, or ''. */
  readonly openId: string;
}

export const me = signal<Person | null>(null);
export const session = signal<Session | null>(null);

export async function learnWhoIAm(): Promise<void> {
  try {
    session.value = await ask<Session>(address('session'));
    me.value = session.value.person;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    me.value = null;
  }
}
