/**
 * A login on a terminal, followed by its prompts: who is asked, that something was typed, and whether it was taken.
 *
 *     server  login:            client  name, line end
 *     server  Password:         client  password, line end      (or, without a password, at once:)
 *     server  Last login …, $   or      Login incorrect
 *
 * The prompts are a closed list in English. What is typed is counted and compared as it passes (`src/bytes/secret.ts`),
 * what the server writes is looked at in a few bytes of the current line; neither becomes a string.
 */
import { Secret } from '../../src/bytes/secret.ts';
import { Login, type Moment, type Records, stamp } from '../../src/records.ts';

const WAITING = 0;
const NAME = 1;
const NAMED = 2;
const PASSWORD = 3;
const ANSWER = 4;
const DONE = 5;

const NUL = 0;
const BACKSPACE = 8;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 0x20;
const COLON = 0x3a;
const PERCENT = 0x25;
const DELETE = 0x7f;

/** Ends of a line before a colon. */
const namePrompts = ['login', 'username', 'user name'];
const passwordPrompts = ['password', 'passwd'];
const refusals = [
  ...['login incorrect', 'incorrect login', 'password incorrect', 'incorrect password', 'login failed'],
  ...['authentication failed', 'authentication failure', 'logon failure', 'bad password', 'wrong password'],
  ...['invalid password', 'invalid login', 'login invalid', 'access denied', 'permission denied'],
];
const greetings = ['last login', 'welcome'];
/** `$` `#` `>` end the prompt of a shell; `%` does too, but begins a message of some routers. */
const promptEnds = [0x24, 0x23, 0x3e];

/** Of the current line; twice the longest text that is looked for. */
const LINE_BYTES = 48;

const told = new Login();

export class TerminalLogin {
  private phase = WAITING;
  private readonly line = new Uint8Array(LINE_BYTES);
  private lineLength = 0;
  private readonly secret = new Secret();
  private returned = false;
  private seenBytes = 0;

  /** Nothing more will be told. */
  get isDone(): boolean {
    return this.phase === DONE;
  }

  /** Bytes were lost: what was typed now cannot be told from what is typed later. */
  lost(): void {
    if (this.phase !== DONE) this.phase = WAITING;
    this.lineLength = 0;
    this.secret.clear();
  }

  /** One character on the screen. */
  shown(code: number, at: Moment, records: Records, bytesMax: number): void {
    if (++this.seenBytes > bytesMax) {
      this.phase = DONE;
      return;
    }
    if (code === LINE_FEED || code === CARRIAGE_RETURN) {
      this.lineLength = 0;
      return;
    }
    if (code === SPACE && this.isWaiting() && this.isShellPrompt()) {
      this.outcome('success', at, records);
      return;
    }
    if (code === COLON) this.colon(at, records);
    this.append(code);
    if (!this.isWaiting()) return;
    if (this.endsWithAny(refusals)) this.outcome('failure', at, records);
    else if (this.endsWithAny(greetings)) this.outcome('success', at, records);
  }

  /** One character from the keyboard. */
  typed(code: number, at: Moment, records: Records): void {
    const second = this.returned && (code === LINE_FEED || code === NUL);
    this.returned = code === CARRIAGE_RETURN;
    if (second) return;
    // Whoever goes on typing behind a prompt is in.
    if (this.isWaiting() && this.isShellPrompt()) this.outcome('success', at, records);
    const ended = code === CARRIAGE_RETURN || code === LINE_FEED;
    if (this.phase === NAME && ended) this.phase = NAMED;
    if (this.phase !== PASSWORD) return;
    if (!ended) {
      if (code === BACKSPACE || code === DELETE) this.secret.drop();
      else this.secret.add(code);
      return;
    }
    this.tell('asked', 'password', this.secret.weakness(), at, records);
    this.secret.clear();
    this.phase = ANSWER;
    this.lineLength = 0;
  }

  private isWaiting(): boolean {
    return this.phase === ANSWER || this.phase === NAMED;
  }

  private colon(at: Moment, records: Records): void {
    if (this.phase === DONE) return;
    const asksPassword = this.endsWithAny(passwordPrompts);
    const asksName = !asksPassword && this.endsWithAny(namePrompts) && !this.endsWith('last login');
    if (!asksPassword && !asksName) return;
    // Asked again: it was not taken.
    if (this.phase === ANSWER) this.outcome('failure', at, records);
    this.phase = asksPassword ? PASSWORD : NAME;
    this.secret.clear();
  }

  private outcome(outcome: 'success' | 'failure', at: Moment, records: Records): void {
    this.tell(outcome, this.phase === NAMED && outcome === 'success' ? 'none' : 'password', '', at, records);
    this.phase = outcome === 'success' ? DONE : WAITING;
  }

  private tell(outcome: string, method: string, weakness: string, at: Moment, records: Records): void {
    stamp(told, at);
    told.protocol = 'telnet';
    told.method = method;
    told.outcome = outcome;
    told.isClear = true;
    told.weakness = weakness;
    records.login(told);
  }

  /** Does the line end like `us:~# `? Its first character alone is no prompt unless it is `#`, `$` or `>`. */
  private isShellPrompt(): boolean {
    let last = this.lineLength - 1;
    while (last >= 0 && this.line[last] === SPACE) last--;
    if (last < 0) return false;
    const code = this.line[last]!;
    return promptEnds.includes(code) || (code === PERCENT && last > 0);
  }

  private append(code: number): void {
    if (this.lineLength === LINE_BYTES) {
      this.line.copyWithin(0, LINE_BYTES / 2);
      this.lineLength = LINE_BYTES / 2;
    }
    this.line[this.lineLength++] = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
  }

  private endsWithAny(texts: readonly string[]): boolean {
    for (let i = 0; i < texts.length; i++) if (this.endsWith(texts[i]!)) return true;
    return false;
  }

  private endsWith(text: string): boolean {
    const from = this.lineLength - text.length;
    if (from < 0) return false;
    for (let i = text.length - 1; i >= 0; i--) if (this.line[from + i] !== text.charCodeAt(i)) return false;
    return true;
  }
}
