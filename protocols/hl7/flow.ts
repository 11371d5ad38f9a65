/** What is remembered of one HL7 conversation: two directions, each with the message it is in. */
import { Hl7Message } from '../../src/records.ts';
import { ATTRIBUTES } from './context.ts';
import { Separators } from './cursor.ts';
import { Known } from './known.ts';
import { UNKNOWN } from './names.ts';
import type { Pending } from './pending.ts';
import { NOWHERE, type Source } from './source.ts';

/** Outside of any block: whatever comes should be a start block or, unframed, a header segment. */
export const BETWEEN = 0;
/** Behind a start block, or in a message that has none. */
export const BLOCK = 1;
/** Bytes were lost, or the block is not ours: only the next start or end block says where we are. */
export const LOST = 2;

export class Hl7Side {
  readonly fromClient: boolean;
  place = BETWEEN;
  /** Nothing has been read yet. */
  fresh = true;
  /** The block began with VT. */
  framed = false;
  /** The block began as HLLP, whose trailer is not a segment. */
  hllp = false;
  inBatch = false;
  batchMessages = 0;

  // The segment in hand, when it did not come in one piece: its beginning, and its length so far.
  kind = UNKNOWN;
  lineBytes = 0;
  lineUs = 0;
  carried = 0;
  carry: Source = NOWHERE;

  // The message in hand.
  reading = false;
  readonly message: Hl7Message = new Hl7Message();
  readonly separators: Separators = new Separators();
  /** Hashes of MSH-10 and MSA-2; 0 = none. */
  control = 0;
  acknowledged = 0;
  /** When its last byte arrived; its end may be noticed much later. */
  lastUs = 0;

  pending: Pending | null = null;
  /** Last value told of each attribute of `context.ts`, '' for none, and how many were told in all. */
  readonly told: string[] = new Array<string>(ATTRIBUTES.length).fill('');
  identities = 0;
  /** The equipment instance of the message in hand that need not be read again. */
  readonly known: Known = new Known();

  constructor(fromClient: boolean) {
    this.fromClient = fromClient;
  }
}

export class Hl7Flow {
  readonly toServer: Hl7Side = new Hl7Side(true);
  readonly toClient: Hl7Side = new Hl7Side(false);
  /** The messages are bodies of HTTP: no blocks, ended by whoever reads HTTP. */
  readonly inHttp: boolean;
  /** One bit for each oddity that was reported. */
  said = 0;
  verb = '';
  verbType = '';
  verbTrigger = '';

  constructor(inHttp: boolean) {
    this.inHttp = inHttp;
  }

  side(toServer: boolean): Hl7Side {
    return toServer ? this.toServer : this.toClient;
  }
}
