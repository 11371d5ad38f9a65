/**
 * The standing condition of a device that a person should know of and nobody needs to be woken for: clear-text
 * logins, old protocols, certificates that run out. Never an alarm by itself.
 */
import type { Link } from '../detect.ts';
import type { Certificate, Handshake, HttpMessage, Login, Transfer } from '../records.ts';

export class Posture {
  login(_record: Login, _link: Link): void {}
  httpMessage(_record: HttpMessage, _link: Link): void {}
  handshake(_record: Handshake, _link: Link): void {}
  certificate(_record: Certificate, _link: Link): void {}
  transfer(_record: Transfer, _link: Link): void {}
}
