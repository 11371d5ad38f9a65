/** What is remembered of one connection. */
import { TextMemory } from '../../src/bytes/text.ts';

/** Element names of all connections: a message has about forty, the same in every one. */
const names = new TextMemory(512);

export class Poct1aSide {
  readonly names = names;
  /** Name of the root of the message on its way, '' between messages. */
  root = '';
  /** `>` or `-`: up to the end of a tag or of a comment everything is dropped. */
  skipping = 0;
  dashes = 0;
  /** Of the message on its way. */
  bytes = 0;
  isLong = false;
  observations = 0;
  /** ACK.type_cd, DTV.command_cd, REQ.request_cd, TRM.reason_cd. */
  code = '';
  /** Keyed by nothing and kept in memory only: HDR.control_id and ACK.ack_control_id of the message. */
  controlId = 0;
  answeredId = 0;
  /** Of the item at hand, '' when it is not one that is read. */
  value = '';
  /** Something that is no message has been named, or bytes were lost: silent up to the next root. */
  isResuming = false;

  forget(): void {
    this.root = '';
    this.skipping = 0;
    this.dashes = 0;
    this.isResuming = true;
  }
}

export class Poct1aFlow {
  readonly client = new Poct1aSide();
  readonly server = new Poct1aSide();
  isVersionTold = false;
  /** The operation that waits for its acknowledgement. */
  pendingId = 0;
  pendingFromClient = true;
  pendingVerb = '';
  pendingObject = '';
}
