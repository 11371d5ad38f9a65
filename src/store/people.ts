/**
 * People, their sessions and tokens, and what they did: `people.sqlite`, a file of its own beside the store. It belongs to
 * the interface, which may be a reader of the store only, and it is not handed on when the store is. Of passwords, session
 * cookies and tokens it holds digests. It is readable by its owner alone.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../output/files.ts';
import { Connection } from './connection.ts';
import { StoreError, storeError } from './error.ts';
import { type Cap, defaultRetention } from './retention.ts';
import { type Columns, number, text, whole } from './rows.ts';

const FILE = 'people.sqlite';
const WAIT_MS = 5_000;
/** Names of people, sessions, tokens and failed names that are kept at most; the oldest sessions and failures give way. */
export const USERS_MAX = 1_000;
const SESSIONS_MAX = 5_000;
export const TOKENS_MAX = 1_000;
const FAILURES_MAX = 10_000;
/** Audit rows are counted this often. */
const PRUNED_EVERY = 100;
const DAY_US = 86_400e6;

const schema = `
  CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, subject TEXT NOT NULL, disabled INTEGER NOT NULL,
    created_us INTEGER NOT NULL, seen_us INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY, user TEXT NOT NULL, csrf TEXT NOT NULL, created_us INTEGER NOT NULL,
    seen_us INTEGER NOT NULL, expires_us INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL, user TEXT NOT NULL, role TEXT NOT NULL,
    subjects TEXT NOT NULL, created_us INTEGER NOT NULL, expires_us INTEGER NOT NULL, seen_us INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS failures (
    key TEXT PRIMARY KEY, count INTEGER NOT NULL, last_us INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, user TEXT NOT NULL, role TEXT NOT NULL, how TEXT NOT NULL,
    address TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL, status INTEGER NOT NULL,
    count INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS audit_user ON audit (user, number);
  CREATE INDEX IF NOT EXISTS audit_action ON audit (action, number);
`;

export interface UserRow {
  readonly name: string;
  readonly role: string;
  /** As passwords.ts writes it; '' for somebody who signs in elsewhere. */
  readonly password: string;
  /** Who it is at the identity provider, or ''. */
  readonly subject: string;
  readonly disabled: boolean;
  readonly createdUs: number;
  readonly seenUs: number;
}

export interface SessionRow {
  readonly digest: string;
  readonly user: string;
  readonly csrf: string;
  readonly createdUs: number;
  readonly seenUs: number;
  readonly expiresUs: number;
}

export interface TokenRow {
  readonly id: string;
  readonly digest: string;
  readonly name: string;
  readonly user: string;
  readonly role: string;
  /** Empty: all. */
  readonly subjects: readonly string[];
  readonly createdUs: number;
  readonly expiresUs: number;
  readonly seenUs: number;
}

export interface AuditRow {
  readonly timeUs: number;
  readonly user: string;
  readonly role: string;
  readonly how: string;
  readonly address: string;
  readonly action: string;
  readonly target: string;
  readonly detail: string;
  /** HTTP status; 0 while it is being done. */
  readonly status: number;
  /** The same thing in a row: failed attempts of the same origin. */
  readonly count: number;
}

export interface AuditSearch {
  readonly user?: string | undefined;
  readonly action?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

export class People {
  readonly #connection: Connection;
  readonly #cap: Cap;
  #written = 0;

  private constructor(connection: Connection, cap: Cap) {
    this.#connection = connection;
    this.#cap = cap;
  }

  /** null: in memory, for as long as the program runs. */
  static open(folder: string | null, cap: Cap = defaultRetention.audit): People {
    const path = folder === null ? ':memory:' : join(folder, FILE);
    try {
      if (folder !== null) makeFolder(folder);
      const database = new DatabaseSync(path, { timeout: WAIT_MS });
      // Before anything is in it.
      if (folder !== null) chmodSync(path, 0o600);
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${schema}`);
      return new People(new Connection(path, database), cap);
    } catch (error) {
      throw error instanceof StoreError ? error : storeError(path, error);
    }
  }

  close(): void {
    this.#connection.close();
  }

  // ── users ──────────────────────────────────────────────────────────────────────────────────────────

  users(): UserRow[] {
    return this.#connection.all('SELECT * FROM users ORDER BY name').map(userRow);
  }

  user(name: string): UserRow | null {
    const columns = this.#connection.get('SELECT * FROM users WHERE name = ?', [name]);
    return columns === undefined ? null : userRow(columns);
  }

  userOfSubject(subject: string): UserRow | null {
    const columns = this.#connection.get("SELECT * FROM users WHERE subject = ? AND subject <> ''", [subject]);
    return columns === undefined ? null : userRow(columns);
  }

  hasUsers(): boolean {
    return this.#connection.get('SELECT 1 FROM users LIMIT 1') !== undefined;
  }

  /** People who can sign in and administer. */
  administrators(): number {
    const sql = "SELECT count(*) AS rows FROM users WHERE role = 'administrator' AND disabled = 0";
    return number(this.#connection.get(sql) ?? {}, 'rows');
  }

  /** Returns false when there is one of this name, or no room. */
  addUser(user: UserRow): boolean {
    const { name, role, password, subject, disabled, createdUs, seenUs } = user;
    const insert = `INSERT OR IGNORE INTO users SELECT ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM users) < ${USERS_MAX}`;
    const columns = [name, role, password, subject, Number(disabled), whole(createdUs), whole(seenUs)];
    return this.#connection.run(insert, columns) > 0;
  }

  /** The first one only: returns false when somebody was quicker. */
  addFirstUser(user: UserRow): boolean {
    let added = false;
    this.#connection.transaction(() => {
      added = !this.hasUsers() && this.addUser(user);
    });
    return added;
  }

  changeUser(name: string, change: Partial<Pick<UserRow, 'role' | 'password' | 'disabled' | 'seenUs'>>): void {
    const { role = null, password = null, disabled, seenUs = null } = change;
    const update = `UPDATE users SET role = coalesce(?, role), password = coalesce(?, password),
      disabled = coalesce(?, disabled), seen_us = coalesce(?, seen_us) WHERE name = ?`;
    this.#connection.run(update, [role, password, disabled === undefined ? null : Number(disabled), seenUs, name]);
  }

  removeUser(name: string): boolean {
    let removed = 0;
    this.#connection.transaction(() => {
      removed = this.#connection.run('DELETE FROM users WHERE name = ?', [name]);
      this.#connection.run('DELETE FROM sessions WHERE user = ?', [name]);
      this.#connection.run('DELETE FROM tokens WHERE user = ?', [name]);
    });
    return removed > 0;
  }

  // ── sessions ───────────────────────────────────────────────────────────────────────────────────────

  addSession({ digest, user, csrf, createdUs, seenUs, expiresUs }: SessionRow): void {
    this.#connection.run('DELETE FROM sessions WHERE expires_us < ?', [whole(createdUs)]);
    const oldest = `digest IN (SELECT digest FROM sessions ORDER BY seen_us LIMIT max(0, (SELECT count(*) FROM sessions) - ?))`;
    this.#connection.run(`DELETE FROM sessions WHERE ${oldest}`, [SESSIONS_MAX - 1]);
    const columns = [digest, user, csrf, whole(createdUs), whole(seenUs), whole(expiresUs)];
    this.#connection.run('INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)', columns);
  }

  session(digest: string): SessionRow | null {
    const columns = this.#connection.get('SELECT * FROM sessions WHERE digest = ?', [digest]);
    if (columns === undefined) return null;
    return {
      digest,
      user: text(columns, 'user'),
      csrf: text(columns, 'csrf'),
      createdUs: number(columns, 'created_us'),
      seenUs: number(columns, 'seen_us'),
      expiresUs: number(columns, 'expires_us'),
    };
  }

  touchSession(digest: string, nowUs: number): void {
    this.#connection.run('UPDATE sessions SET seen_us = ? WHERE digest = ?', [whole(nowUs), digest]);
  }

  endSession(digest: string): void {
    this.#connection.run('DELETE FROM sessions WHERE digest = ?', [digest]);
  }

  /** All of a person but one. */
  endSessions(user: string, but = ''): void {
    this.#connection.run('DELETE FROM sessions WHERE user = ? AND digest <> ?', [user, but]);
  }

  // ── tokens ─────────────────────────────────────────────────────────────────────────────────────────

  addToken(row: TokenRow): boolean {
    const insert = `INSERT INTO tokens SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM tokens) < ${TOKENS_MAX}`;
    const { id, digest, name, user, role, subjects, createdUs, expiresUs, seenUs } = row;
    const times = [createdUs, expiresUs, seenUs].map(whole);
    return this.#connection.run(insert, [id, digest, name, user, role, JSON.stringify(subjects), ...times]) > 0;
  }

  tokens(): TokenRow[] {
    return this.#connection.all('SELECT * FROM tokens ORDER BY created_us DESC, id').map(tokenRow);
  }

  token(digest: string): TokenRow | null {
    const columns = this.#connection.get('SELECT * FROM tokens WHERE digest = ?', [digest]);
    return columns === undefined ? null : tokenRow(columns);
  }

  touchToken(id: string, nowUs: number): void {
    this.#connection.run('UPDATE tokens SET seen_us = ? WHERE id = ?', [whole(nowUs), id]);
  }

  removeToken(id: string): boolean {
    return this.#connection.run('DELETE FROM tokens WHERE id = ?', [id]) > 0;
  }

  // ── failed attempts to sign in ─────────────────────────────────────────────────────────────────────

  failures(key: string): { count: number; lastUs: number } {
    const columns = this.#connection.get('SELECT count, last_us FROM failures WHERE key = ?', [key]) ?? {};
    return { count: number(columns, 'count'), lastUs: number(columns, 'last_us') };
  }

  /** Counts one more; from one before `sinceUs` on counting begins anew. */
  fail(key: string, nowUs: number, sinceUs: number): void {
    const insert = `INSERT INTO failures VALUES (?1, 1, ?2) ON CONFLICT DO UPDATE SET
      count = iif(last_us < ?3, 1, count + 1), last_us = ?2`;
    this.#connection.run(insert, [key, whole(nowUs), whole(sinceUs)]);
    const excess = 'max(0, (SELECT count(*) FROM failures) - ?)';
    const oldest = `key IN (SELECT key FROM failures ORDER BY last_us LIMIT ${excess})`;
    this.#connection.run(`DELETE FROM failures WHERE ${oldest}`, [FAILURES_MAX]);
  }

  forgive(key: string): void {
    this.#connection.run('DELETE FROM failures WHERE key = ?', [key]);
  }

  // ── audit ──────────────────────────────────────────────────────────────────────────────────────────

  /** Returns its number. */
  audit(row: Omit<AuditRow, 'count'>): number {
    const { timeUs, user, role, how, address, action, target, detail, status } = row;
    const insert = 'INSERT INTO audit VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)';
    this.#connection.run(insert, [whole(timeUs), user, role, how, address, action, target, detail, status]);
    const made = number(this.#connection.get('SELECT last_insert_rowid() AS number') ?? {}, 'number');
    if (++this.#written % PRUNED_EVERY === 1) this.#pruneAudit(timeUs);
    return made;
  }

  /** The same failed attempt from the same origin within a minute is one row: a flood must not wash the others away. */
  auditFailure(row: Omit<AuditRow, 'count'>): void {
    const { timeUs, address, action, target, status } = row;
    const same = `SELECT max(number) FROM audit WHERE action = ? AND address = ? AND target = ? AND status = ? AND user = ''`;
    const update = `UPDATE audit SET count = count + 1 WHERE number = (${same}) AND time_us > ?`;
    const values = [action, address, target, status, whole(timeUs - 60e6)];
    if (this.#connection.run(update, values) === 0) this.audit(row);
  }

  auditOutcome(made: number, status: number): void {
    this.#connection.run('UPDATE audit SET status = ? WHERE number = ?', [status, made]);
  }

  /** The newest first. */
  audits({ user, action, limit, offset }: AuditSearch): { rows: (AuditRow & { number: number })[]; total: number } {
    const where = `(?1 = '' OR user = ?1) AND (?2 = '' OR action = ?2)`;
    const values = [user ?? '', action ?? ''];
    const select = `SELECT * FROM audit WHERE ${where} ORDER BY number DESC LIMIT ?3 OFFSET ?4`;
    const rows = this.#connection.all(select, [...values, limit, offset]).map(auditRow);
    const total = this.#connection.get(`SELECT count(*) AS rows FROM audit WHERE ${where}`, values);
    return { rows, total: number(total ?? {}, 'rows') };
  }

  /** Below its caps of age, rows and (by the size of the file) bytes. */
  #pruneAudit(nowUs: number): void {
    const { rows, days, megabytes } = this.#cap;
    this.#connection.run('DELETE FROM audit WHERE time_us < ?', [whole(nowUs - days * DAY_US)]);
    const counted = number(this.#connection.get('SELECT count(*) AS rows FROM audit') ?? {}, 'rows');
    const sql = 'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size';
    const bytes = number(this.#connection.get(sql) ?? {}, 'bytes');
    const share = bytes > megabytes * 1e6 ? (megabytes * 1e6) / bytes : 1;
    const excess = counted - Math.min(rows, Math.floor(counted * share));
    if (excess <= 0) return;
    this.#connection.run('DELETE FROM audit WHERE number IN (SELECT number FROM audit ORDER BY number LIMIT ?)', [
      excess,
    ]);
  }
}

function userRow(columns: Columns): UserRow {
  return {
    name: text(columns, 'name'),
    role: text(columns, 'role'),
    password: text(columns, 'password'),
    subject: text(columns, 'subject'),
    disabled: number(columns, 'disabled') === 1,
    createdUs: number(columns, 'created_us'),
    seenUs: number(columns, 'seen_us'),
  };
}

function tokenRow(columns: Columns): TokenRow {
  return {
    id: text(columns, 'id'),
    digest: text(columns, 'digest'),
    name: text(columns, 'name'),
    user: text(columns, 'user'),
    role: text(columns, 'role'),
    subjects: JSON.parse(text(columns, 'subjects')) as string[],
    createdUs: number(columns, 'created_us'),
    expiresUs: number(columns, 'expires_us'),
    seenUs: number(columns, 'seen_us'),
  };
}

function auditRow(columns: Columns): AuditRow & { number: number } {
  return {
    number: number(columns, 'number'),
    timeUs: number(columns, 'time_us'),
    user: text(columns, 'user'),
    role: text(columns, 'role'),
    how: text(columns, 'how'),
    address: text(columns, 'address'),
    action: text(columns, 'action'),
    target: text(columns, 'target'),
    detail: text(columns, 'detail'),
    status: number(columns, 'status'),
    count: number(columns, 'count'),
  };
}
