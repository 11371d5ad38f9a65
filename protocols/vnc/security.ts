/**
 * The lock on a VNC server's door (RFC 6143 7.1.2, 7.1.3, 7.2; the registry of security types): which, and whether it
 * opened.
 *
 *     1 none      server: (from 3.8) result
 *     2 vnc       server: challenge 16               client: response 16                        server: result
 *     16 tight    server: tunnels, 16 each           client: tunnel    server: locks, 16 each   client: lock
 *     19 vencrypt server: version 2                  client: version 2 server: 0, n, n · 32 bit client: subtype
 *     30 apple    server: generator, size, 2 · size  client: 128 sealed bytes, size             server: result
 *     result: 32 bit, 0 = in · then the client: shared, 1 byte
 *
 * Challenges, responses and keys are stepped over; a password in clear (VeNCrypt Plain) is looked at for its length.
 */
import { weaknessOf } from '../../src/bytes/secret.ts';
import type { Segment } from '../../src/protocol.ts';
import { Login, type Records, stamp } from '../../src/records.ts';

export const NONE = 1;
const VNC = 2;
const TIGHT = 16;
const VENCRYPT = 19;
const APPLE = 30;

const SECURITY = new Map([
  [NONE, 'none'],
  [VNC, 'vnc'],
  [5, 'ra2'],
  [6, 'ra2ne'],
  [TIGHT, 'tight'],
  [17, 'ultra'],
  [18, 'tls'],
  [VENCRYPT, 'vencrypt'],
  [20, 'sasl'],
  [APPLE, 'apple'],
  [129, 'ra2-256'],
  [130, 'ra2ne-256'],
]);

/** Subtypes of VeNCrypt. */
const PLAIN = 256;
const VENCRYPT_SUBTYPES = new Map([
  [PLAIN, 'plain'],
  [257, 'tlsnone'],
  [258, 'tlsvnc'],
  [259, 'tlsplain'],
  [260, 'x509none'],
  [261, 'x509vnc'],
  [262, 'x509plain'],
]);

/** From here on a server also says that "none" has succeeded. */
const VERSION_RESULT = 3_008;

const CHALLENGE_BYTES = 16;
const CAPABILITY_BYTES = 16;
const CAPABILITIES_MAX = 64;
const SEALED_BYTES = 128;
const KEY_BYTES_MAX = 2_048;
const PLAIN_BYTES_MAX = 1_024;

/** What a step answers: bytes used, or one of these. */
const WAIT = 0;
const OVER = -1;

/** Last steps of both sides. */
const RESULT = 8;
const SHARED = 9;

const login = new Login();

export function securityName(type: number): string {
  return type === 0 ? '' : (SECURITY.get(type) ?? `type ${type}`);
}

export class Lock {
  /** Agreed type, -1 before. */
  type = -1;
  /** Version that is spoken, as major × 1000 + minor. */
  version = 0;
  /** Of VeNCrypt, '' elsewhere. */
  subtype = '';
  /** That side has nothing more to say of the lock. */
  serverDone = false;
  clientDone = false;
  /** The client has come in, and what it says can be read. */
  isOpen = false;
  private serverStep = 0;
  private clientStep = 0;
  private tunnels = -1;
  private locks = -1;
  private keyBytes = -1;
  private isTold = false;

  /** Reads what the server says of the lock; returns where it stopped. */
  server(segment: Segment, from: number, records: Records): number {
    let at = from;
    while (!this.serverDone) {
      const used = at < segment.end ? this.asks(segment, at, records) : WAIT;
      if (used === WAIT) break;
      if (used === OVER) this.serverDone = true;
      else at += used;
    }
    return at;
  }

  client(segment: Segment, from: number, records: Records): number {
    let at = from;
    while (!this.clientDone) {
      const used = at < segment.end ? this.answers(segment, at, records) : WAIT;
      if (used === WAIT) break;
      if (used === OVER) this.clientDone = true;
      else at += used;
    }
    return at;
  }

  private asks(segment: Segment, at: number, records: Records): number {
    if (this.serverStep === RESULT) return this.result(segment, at, records);
    switch (this.type) {
      case NONE:
        if (this.version >= VERSION_RESULT) return this.result(segment, at, records);
        this.tell('success', segment, records);
        return OVER;
      case VNC:
        if (segment.end - at < CHALLENGE_BYTES) return WAIT;
        this.serverStep = RESULT;
        return CHALLENGE_BYTES;
      case APPLE:
        return this.apple(segment, at);
      case TIGHT:
        return this.tightAsks(segment, at);
      case VENCRYPT:
        return this.vencryptAsks(segment, at);
      default:
        return OVER;
    }
  }

  private answers(segment: Segment, at: number, records: Records): number {
    if (this.clientStep === SHARED) return this.shared();
    switch (this.type) {
      case NONE:
        this.tell('success', segment, records);
        return this.shared();
      case VNC:
        return this.response(CHALLENGE_BYTES, segment, at, records);
      case APPLE:
        return this.keyBytes < 0 ? OVER : this.response(SEALED_BYTES + this.keyBytes, segment, at, records);
      case TIGHT:
        return this.tightAnswers(segment, at);
      case VENCRYPT:
        return this.vencryptAnswers(segment, at, records);
      default:
        return OVER;
    }
  }

  /** The client says whether others may stay: the first byte behind the door. */
  private shared(): number {
    if (this.isOpen) return OVER;
    this.isOpen = true;
    this.clientStep = SHARED;
    return 1;
  }

  private response(bytes: number, segment: Segment, at: number, records: Records): number {
    if (segment.end - at < bytes) return WAIT;
    this.tell('asked', segment, records);
    this.clientStep = SHARED;
    return bytes;
  }

  private result(segment: Segment, at: number, records: Records): number {
    if (segment.end - at < 4) return WAIT;
    this.tell(segment.view.getUint32(at) === 0 ? 'success' : 'failure', segment, records);
    this.serverDone = true;
    return 4;
  }

  private apple({ view, end }: Segment, at: number): number {
    if (end - at < 4) return WAIT;
    const size = view.getUint16(at + 2);
    if (size > KEY_BYTES_MAX) return OVER;
    if (end - at < 4 + 2 * size) return WAIT;
    this.keyBytes = size;
    this.serverStep = RESULT;
    return 4 + 2 * size;
  }

  private tightAsks({ view, end }: Segment, at: number): number {
    if (this.serverStep > 1) return OVER;
    if (end - at < 4) return WAIT;
    const count = view.getUint32(at);
    if (count > CAPABILITIES_MAX) return OVER;
    const bytes = 4 + count * CAPABILITY_BYTES;
    if (end - at < bytes) return WAIT;
    if (this.serverStep++ === 0) this.tunnels = count;
    else {
      this.locks = count;
      if (count === 0) this.agree(NONE);
    }
    return bytes;
  }

  private tightAnswers({ view, end }: Segment, at: number): number {
    if (this.tunnels < 0) return OVER;
    if (this.clientStep === 0 && this.tunnels === 0) this.clientStep = 1;
    if (this.clientStep === 1 && this.locks < 0) return OVER;
    if (end - at < 4) return WAIT;
    const choice = view.getUint32(at);
    if (this.clientStep === 0) {
      this.clientStep = 1;
      return choice === 0 ? 4 : OVER;
    }
    if (choice !== NONE && choice !== VNC) return OVER;
    this.agree(choice);
    return 4;
  }

  private agree(type: number): void {
    this.type = type;
    this.serverStep = 0;
    this.clientStep = 0;
  }

  private vencryptAsks({ view, end }: Segment, at: number): number {
    switch (this.serverStep) {
      case 0:
        if (end - at < 2) return WAIT;
        this.serverStep = 1;
        return 2;
      case 1:
        this.serverStep = 2;
        return view.getUint8(at) === 0 ? 1 : OVER;
      case 2: {
        const bytes = 1 + 4 * view.getUint8(at);
        if (end - at < bytes) return WAIT;
        this.serverStep = 3;
        return bytes;
      }
      default:
        return OVER;
    }
  }

  private vencryptAnswers(segment: Segment, at: number, records: Records): number {
    const { view, end } = segment;
    if (this.clientStep === 0) {
      if (end - at < 2) return WAIT;
      this.clientStep = 1;
      return 2;
    }
    if (this.clientStep === 1) {
      if (end - at < 4) return WAIT;
      const subtype = view.getUint32(at);
      this.subtype = VENCRYPT_SUBTYPES.get(subtype) ?? `type ${subtype}`;
      this.clientStep = 2;
      return 4;
    }
    // Everything else goes on inside TLS.
    if (this.subtype !== 'plain') return OVER;
    if (end - at < 8) return WAIT;
    const name = view.getUint32(at);
    const password = view.getUint32(at + 4);
    if (name + password > PLAIN_BYTES_MAX) return OVER;
    if (end - at < 8 + name + password) return WAIT;
    login.weakness = weaknessOf(view, at + 8 + name, password);
    this.tell('asked', segment, records);
    this.serverStep = RESULT;
    this.clientStep = SHARED;
    return 8 + name + password;
  }

  private tell(outcome: string, segment: Segment, records: Records): void {
    const { weakness } = login;
    login.weakness = '';
    if (this.isTold) return;
    this.isTold = outcome !== 'asked';
    stamp(login, segment);
    login.protocol = 'vnc';
    login.method = this.type === NONE ? 'none' : 'password';
    login.outcome = outcome;
    login.isClear = this.subtype === 'plain';
    login.weakness = weakness;
    records.login(login);
    login.weakness = '';
  }
}
