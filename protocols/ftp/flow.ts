/** What one conversation of FTP remembers. */
import { Handover, type Protocol } from '../../src/protocol.ts';

export class FtpFlow {
  /** The line at hand is too long and is being dropped. */
  isClientDropping = false;
  isServerDropping = false;
  isGreeted = false;
  /** A reply of several lines is open: its code. */
  openCode = -1;
  /** USER was anonymous, or ftp. */
  isAnonymous = false;
  /** USER was sent and no login told yet. */
  hasUser = false;
  isLoginOpen = false;
  method = '';
  weakness = '';
  isClear = false;
  verb = '';
  extension = '';
  bytes = -1;
  isRunning = false;
  /** AUTH was asked. */
  wantsTls = false;
  isProtected = false;
  readonly tls: Handover;
  operation = '';
  /** What is no command or reply is told once. */
  isOdd = false;

  constructor(tls: Protocol<unknown> | null) {
    this.tls = new Handover(tls);
  }
}
