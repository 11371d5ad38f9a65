/** Who may do what: three roles, each of which may do what the one before it may. */
export const roles = ['viewer', 'engineer', 'administrator'] as const;
export type Role = (typeof roles)[number];

export function isAtLeast(has: Role, needs: Role): boolean {
  return roles.indexOf(has) >= roles.indexOf(needs);
}

/** Somebody who asks: a person with a session, a program with a token, or whoever sits at the machine itself. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  readonly how: 'session' | 'token' | 'local';
  /** Of a token: the subjects it is for; null for all. */
  readonly subjects: readonly string[] | null;
}
