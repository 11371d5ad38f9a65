/**
 * Line printer daemon (RFC 1179): what is printed, and who takes jobs out of a queue.
 *
 *     client:  code · queue [SP list] LF            1 print waiting · 2 receive job · 3, 4 queue state · 5 remove jobs
 *     inside of 2:  code · count SP name LF, then count bytes and a zero     1 abort · 2 control file · 3 data file
 *     server:  a zero for each that it takes
 *
 * Control files name people and documents: they are stepped over, as the documents are.
 */
import { contentOf, MAGIC_BYTES } from '../../src/bytes/magic.ts';
import { indexOfByte } from '../../src/bytes/text.ts';
import { digits } from '../../src/bytes/words.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp, Transfer } from '../../src/records.ts';

const PORT = 515;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const LINE_BYTES_MAX = 1_024;
const RECEIVE_JOB = 2;
const REMOVE_JOBS = 5;
const COMMANDS: readonly string[] = [
  '',
  'print waiting jobs',
  'receive job',
  'queue state short',
  'queue state long',
  'remove jobs',
];
const ABORT = 1;
const DATA_FILE = 3;
const JOB_COMMANDS: readonly string[] = ['', 'abort job', 'control file', 'data file'];

export class LpdFlow {
  isInJob = false;
  /** Of a control file, with the zero behind it. */
  controlLeft = 0;
  /** Bytes of the document in front, whose first ones are looked at. */
  documentBytes = -1;
  /** A document without a length goes on to the end of the connection. */
  endless = -1;
}

const message = new Message();
const operation = new Operation();
const transfer = new Transfer();

export const lpd: Protocol<LpdFlow> = {
  name: 'lpd',
  transport: 'tcp',
  ports: [PORT],
  firstBytes: [1, 2, 3, 4, 5],

  recognises({ view, start, end, serverPort, midstream }) {
    // A code and a line are all there is: only on its port, from its beginning, and only the client's side tells.
    if (serverPort !== PORT || midstream) return NO;
    if (start >= end) return MAYBE;
    const code = view.getUint8(start);
    if (code < 1 || code > REMOVE_JOBS) return NO;
    for (let at = start + 1; at < end && at < start + LINE_BYTES_MAX; at++) {
      const letter = view.getUint8(at);
      if (letter === LINE_FEED) return at > start + 1 ? YES : NO;
      if (letter < SPACE || letter > 0x7e) return NO;
    }
    return end - start < LINE_BYTES_MAX ? MAYBE : NO;
  },

  open: () => new LpdFlow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    // Zeros, and texts about queues.
    if (!toServer) return SKIP_REST;
    let at = start;
    while (at < end) {
      if (state.endless >= 0) {
        state.endless += end - at;
        return end - start;
      }
      if (state.controlLeft > 0) {
        // Senders that count wrongly still end the file with its zero, and there is none inside.
        const last = Math.min(end, at + state.controlLeft);
        const zero = indexOfByte(view, at, last, 0);
        state.controlLeft = zero < 0 ? state.controlLeft - (last - at) : 0;
        at = zero < 0 ? last : zero + 1;
        continue;
      }
      if (state.documentBytes >= 0) {
        const wanted = Math.min(MAGIC_BYTES, state.documentBytes);
        if (end - at < wanted) break;
        tellPrint(contentOf(view, at, at + wanted), state.documentBytes, segment, records);
        at += state.documentBytes + 1;
        state.documentBytes = -1;
        continue;
      }
      const feed = indexOfByte(view, at, end, LINE_FEED);
      if (feed < 0 && end - at <= LINE_BYTES_MAX) break;
      const used = feed < 0 || feed - at > LINE_BYTES_MAX ? -1 : line(state, segment, at, feed, records);
      if (used < 0) {
        records.oddity('lpd_unknown_command', segment.flow, segment.timeUs);
        return GIVE_UP;
      }
      at += used;
    }
    return at - start;
  },

  gap: (state, { toServer }, bytes) => {
    // What follows is most likely the rest of a document.
    if (toServer) state.endless = Math.max(0, state.endless) + bytes + Math.max(0, state.documentBytes);
    if (toServer) state.documentBytes = -1;
  },

  close(state, segment, _how, records) {
    if (state.endless > 0) tellPrint('', state.endless, segment, records);
  },
};

/** One line; returns how many bytes are done with, -1 when it is none. */
function line(state: LpdFlow, segment: Segment, at: number, feed: number, records: Records): number {
  const { view } = segment;
  const code = view.getUint8(at);
  if (state.isInJob && code <= DATA_FILE && code > 0) {
    tell(JOB_COMMANDS[code]!, segment, records);
    if (code === ABORT) return feed + 1 - at;
    let countEnd = at + 1;
    while (countEnd < feed && view.getUint8(countEnd) !== SPACE) countEnd++;
    const count = digits(view, at + 1, countEnd, 12);
    if (count < 0) return -1;
    if (code === DATA_FILE && count === 0) state.endless = 0;
    else if (code === DATA_FILE) state.documentBytes = count;
    else state.controlLeft = count + 1;
    return feed + 1 - at;
  }
  const kind = COMMANDS[code];
  if (kind === undefined || kind === '') return -1;
  tell(kind, segment, records);
  state.isInJob = code === RECEIVE_JOB;
  if (code === REMOVE_JOBS) {
    stamp(operation, segment);
    operation.fromClient = true;
    operation.protocol = 'lpd';
    operation.verb = kind;
    records.operation(operation);
  }
  return feed + 1 - at;
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'lpd';
  message.kind = kind;
  records.message(message);
}

function tellPrint(content: string, bytes: number, segment: Segment, records: Records): void {
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'lpd';
  transfer.verb = 'print';
  transfer.content = content;
  transfer.bytes = bytes;
  records.transfer(transfer);
}
