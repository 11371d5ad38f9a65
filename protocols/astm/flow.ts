/** What is remembered of one connection: where each side stands in its frame, its record and its message. */
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';

/** Bytes of one field that are kept; names are shorter. */
const FIELD_BYTES_MAX = 64;

export class AstmSide {
  // frames
  phase = 0;
  sum = 0;
  frameBytes = 0;
  /** Number of the last frame, -1 where it is not known. */
  lastNumber = -1;
  hasFrames = false;
  isRepeated = false;
  isMidframe = false;
  refusals = 0;
  /** Records come without frames. */
  isRaw = false;
  /** Bytes were lost: nothing is believed before the next record or frame. */
  isResuming = false;

  // the record on its way
  type = 0;
  length = 0;
  field = 0;
  component = 0;
  fieldMark = 0x7c;
  componentMark = 0x5e;
  readonly kept = new Uint8Array(FIELD_BYTES_MAX);
  keptLength = 0;

  // the message on its way
  results = 0;
  orders = 0;
  queries = 0;
  /** Action codes of its orders, one bit each. */
  actions = 0;
  model = '';
  software = '';
  serial = '';
  isBroad = false;
  hasPassword = false;
  version = '';

  forget(): void {
    this.phase = 0;
    this.lastNumber = -1;
    this.isMidframe = false;
    this.isResuming = true;
    this.type = 0;
    this.length = 0;
    this.keptLength = 0;
    this.beginMessage();
  }

  beginMessage(): void {
    this.results = 0;
    this.orders = 0;
    this.queries = 0;
    this.actions = 0;
    this.model = '';
    this.software = '';
    this.serial = '';
  }
}

export class AstmFlow {
  readonly client = new AstmSide();
  readonly server = new AstmSide();
  private readonly named = new Set<string>();
  isVersionTold = false;
  /** What was told of each side's identity, so that it is told once. */
  readonly told = new Set<string>();

  /** Once per connection. */
  oddity(name: string, segment: Segment, records: Records): void {
    if (this.named.has(name)) return;
    this.named.add(name);
    records.oddity(name, segment.flow, segment.timeUs);
  }
}
