/** What one conversation of LDAP remembers. */
import { Handover, type Protocol } from '../../src/protocol.ts';

export class LdapFlow {
  isClientLost = false;
  isServerLost = false;
  method = '';
  isClear = false;
  weakness = '';
  /** A login with a mechanism that may protect what follows has succeeded. */
  isSasl = false;
  isProtected = false;
  /** By TLS, not by the mechanism of the login. */
  isTls = false;
  readonly tls: Handover;
  /** The next bind is another step of the same login. */
  isContinuing = false;
  startTlsId = -1;
  isOdd = false;
  readonly pending = new Map<number, string>();
  readonly told = new Set<string>();

  constructor(tls: Protocol<unknown> | null) {
    this.tls = new Handover(tls);
  }
}
