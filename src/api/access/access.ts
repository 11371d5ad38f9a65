/**
 * Who asks, and what they may do. A person has a session in a cookie, a program has a token, and whoever sits at the
 * machine itself may look without either for as long as that is allowed (docs/decisions/0012-who-may-look.md).
 */
import type { People, SessionRow, UserRow } from '../../store/people.ts';
import { isAtLeast, type Principal, type Role, roles } from '../roles.ts';
import { isPassword, keptPassword } from './passwords.ts';
import { digestOf, isSame, newSecret } from './secrets.ts';

const MINUTE_US = 60e6;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;
/** Wrong passwords of a name from one address, and from all addresses, until it is locked; and for how long. */
export const FAILURES_HERE_MAX = 5;
export const FAILURES_ANYWHERE_MAX = 30;
const LOCKED_US = 15 * MINUTE_US;
const SETUP_US = DAY_US;
const SEEN_EVERY_US = MINUTE_US;

export interface AccessSettings {
  readonly people: People;
  /** `local`: whoever sits at the machine may look without signing in. `required`: nobody may. */
  readonly mode: 'local' | 'required';
  readonly sessionHours: number;
  readonly idleMinutes: number;
  readonly nowUs: () => number;
}

/** What of a request says who asks. */
export interface Credentials {
  /** Value of the session cookie, or ''. */
  readonly cookie: string;
  /** Value of the header Authorization, or ''. */
  readonly authorization: string;
  /** It came over loopback and no proxy says that it came from elsewhere. */
  readonly isLocal: boolean;
}

export interface Opened {
  readonly user: UserRow;
  /** Value of the cookie. */
  readonly secret: string;
  readonly csrf: string;
  readonly expiresUs: number;
}

export type SignIn = Opened | 'wrong' | 'locked';

export class Access {
  readonly people: People;
  readonly mode: 'local' | 'required';
  private readonly settings: AccessSettings;
  private setup: { readonly digest: string; readonly untilUs: number } | null = null;

  constructor(settings: AccessSettings) {
    this.settings = settings;
    this.people = settings.people;
    this.mode = settings.mode;
  }

  /** null: nobody that is known. `isUse`: false for a look that keeps no session from ending. */
  principalOf({ cookie, authorization, isLocal }: Credentials, isUse = true): Principal | null {
    if (authorization !== '') return this.ofToken(authorization, isUse);
    const session = cookie === '' ? null : this.sessionOf(cookie, isUse);
    if (session !== null) {
      const user = this.people.user(session.user);
      if (user !== null && !user.disabled) {
        return { name: user.name, role: roleIn(user.role), how: 'session', subjects: null };
      }
    }
    if (this.mode === 'local' && isLocal) return { name: 'local', role: 'viewer', how: 'local', subjects: null };
    return null;
  }

  /** May who began to read go on reading? Their session or token may have ended, and so may they. */
  mayStillRead(credentials: Credentials, subject: string): boolean {
    const principal = this.principalOf(credentials, false);
    return principal !== null && whyRefused(principal, 'viewer', subject, false) === '';
  }

  /** The session of a cookie while it lasts. */
  sessionOf(secret: string, isUse = true): SessionRow | null {
    const session = this.people.session(digestOf(secret));
    if (session === null) return null;
    const nowUs = this.settings.nowUs();
    const idleUs = this.settings.idleMinutes * MINUTE_US;
    if (nowUs >= session.expiresUs || nowUs - session.seenUs > idleUs) {
      this.people.endSession(session.digest);
      return null;
    }
    if (isUse && nowUs - session.seenUs > SEEN_EVERY_US) this.people.touchSession(session.digest, nowUs);
    return session;
  }

  /** `Bearer ww_…`. Its role is never more than that of the person who made it has now. */
  private ofToken(authorization: string, isUse: boolean): Principal | null {
    const secret = /^Bearer (ww_[A-Za-z0-9_-]{20,100})$/.exec(authorization)?.[1];
    const token = secret === undefined ? null : this.people.token(digestOf(secret));
    if (token === null) return null;
    const nowUs = this.settings.nowUs();
    const user = this.people.user(token.user);
    if (user === null || user.disabled || nowUs >= token.expiresUs) return null;
    if (isUse && nowUs - token.seenUs > SEEN_EVERY_US) this.people.touchToken(token.id, nowUs);
    const role = roles[Math.min(roles.indexOf(roleIn(token.role)), roles.indexOf(roleIn(user.role)))] ?? 'viewer';
    const subjects = token.subjects.length === 0 ? null : token.subjects;
    return { name: `${user.name}/${token.name}`, role, how: 'token', subjects };
  }

  /** Takes as long for a name that does not exist; a locked name is not tried at all. */
  async signIn(name: string, password: string, address: string): Promise<SignIn> {
    const nowUs = this.settings.nowUs();
    const here = `here\n${name}\n${address}`;
    const anywhere = `anywhere\n${name}`;
    if (this.isLocked(here, FAILURES_HERE_MAX, nowUs) || this.isLocked(anywhere, FAILURES_ANYWHERE_MAX, nowUs)) {
      return 'locked';
    }
    // Counted before it is tried: many at once are still many.
    for (const key of [here, anywhere]) this.people.fail(key, nowUs, nowUs - LOCKED_US);
    const user = this.people.user(name);
    const isRight = await isPassword(password, user?.password ?? '');
    if (user === null || user.disabled || !isRight) return 'wrong';
    for (const key of [here, anywhere]) this.people.forgive(key);
    return this.open(user);
  }

  private isLocked(key: string, most: number, nowUs: number): boolean {
    const { count, lastUs } = this.people.failures(key);
    return count >= most && nowUs - lastUs < LOCKED_US;
  }

  open(user: UserRow): Opened {
    const nowUs = this.settings.nowUs();
    const secret = newSecret();
    const csrf = newSecret();
    const expiresUs = nowUs + this.settings.sessionHours * HOUR_US;
    this.people.addSession({
      digest: digestOf(secret),
      user: user.name,
      csrf,
      createdUs: nowUs,
      seenUs: nowUs,
      expiresUs,
    });
    this.people.changeUser(user.name, { seenUs: nowUs });
    return { user, secret, csrf, expiresUs };
  }

  end(secret: string): void {
    this.people.endSession(digestOf(secret));
  }

  /** A new password ends every other session of the person. */
  async setPassword(name: string, password: string, secretThatStays = ''): Promise<void> {
    this.people.changeUser(name, { password: await keptPassword(password) });
    this.people.endSessions(name, secretThatStays === '' ? '' : digestOf(secretThatStays));
  }

  // ── the first start ────────────────────────────────────────────────────────────────────────────────

  get isSetUp(): boolean {
    return this.people.hasUsers();
  }

  /** A secret that makes the first administrator, once and within a day; null when there is somebody already. */
  offerSetup(): string | null {
    if (this.isSetUp) return null;
    const secret = newSecret();
    this.setup = { digest: digestOf(secret), untilUs: this.settings.nowUs() + SETUP_US };
    return secret;
  }

  isSetupSecret(secret: string): boolean {
    const { setup } = this;
    return setup !== null && this.settings.nowUs() < setup.untilUs && isSame(digestOf(secret), setup.digest);
  }

  /** null when somebody was quicker. */
  async setUp(name: string, password: string): Promise<Opened | null> {
    const nowUs = this.settings.nowUs();
    const kept = await keptPassword(password);
    const user = {
      name,
      role: 'administrator',
      password: kept,
      subject: '',
      disabled: false,
      createdUs: nowUs,
      seenUs: nowUs,
    };
    if (!this.people.addFirstUser(user)) return null;
    this.setup = null;
    return this.open(user);
  }
}

/** What stands in the file may be of another version: it is then worth the least. */
export function roleIn(text: string): Role {
  return roles.find((role) => role === text) ?? 'viewer';
}

/** '' or why this principal may not do what needs this role, for this subject. */
export function whyRefused(principal: Principal, role: Role, subject: string, isWrite: boolean): string {
  if (isWrite && principal.how === 'local') return 'sign in first';
  if (!isAtLeast(principal.role, role)) return `this needs the role ${role}; ${principal.name} is ${principal.role}`;
  if (principal.subjects !== null && !principal.subjects.includes(subject)) {
    return `this token is for ${principal.subjects.join(', ')} only`;
  }
  return '';
}
