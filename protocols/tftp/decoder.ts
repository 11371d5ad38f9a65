/**
 * TFTP (RFC 1350, options RFC 2347 to 2349): what is fetched and stored without any login.
 *
 *     0       2
 *     ┌───────┬──────────────────────────────────────────────
 *     │ 1, 2  │ file NUL mode NUL [option NUL value NUL]…       read and write requests, to port 69
 *     │ 3     │ block 16 · at most 512 bytes (or `blksize`)     data
 *     │ 4     │ block 16                                        acknowledgement
 *     │ 5     │ code 16 · text NUL                              error
 *     │ 6     │ [option NUL value NUL]…                         options that the server takes
 *     └───────┴──────────────────────────────────────────────
 *
 * The server answers from a port of its own: the data make a conversation of their own, which is told by its first
 * datagram. Whoever sends that one is the server.
 */
import { extensionOf } from '../../src/bytes/extension.ts';
import { contentOf, MAGIC_BYTES } from '../../src/bytes/magic.ts';
import { indexOfByte } from '../../src/bytes/text.ts';
import { digits, spellsWhole } from '../../src/bytes/words.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Expectation, Message, type Records, stamp, Transfer } from '../../src/records.ts';

const PORT = 69;
const READ = 1;
const WRITE = 2;
const DATA = 3;
const ACKNOWLEDGEMENT = 4;
const ERROR = 5;
const OPTIONS = 6;
const KINDS: readonly string[] = ['', 'RRQ', 'WRQ', 'DATA', 'ACK', 'ERROR', 'OACK'];

const HEADER_BYTES = 4;
const BLOCK_BYTES = 512;
const UNPRIVILEGED = 1024;
const OPTIONS_MAX = 8;

export class TftpFlow {
  /** The side that spoke first. */
  starter = true;
  hasStarted = false;
  /** Who wants to read or write: the side that did not begin, or that sent the request. */
  isAskedByClient = true;
  verb = '';
  blockBytes = BLOCK_BYTES;
  lastBlock = -1;
  bytes = 0;
  content = '';
  isOdd = false;
}

const message = new Message();
const transfer = new Transfer();
const expectation = new Expectation();

export const tftp: Protocol<TftpFlow> = {
  name: 'tftp',
  transport: 'udp',
  ports: [PORT],
  firstBytes: [0],

  recognises({ view, start, end, clientPort, serverPort }) {
    if (end - start < HEADER_BYTES || view.getUint8(start) !== 0) return NO;
    const code = view.getUint8(start + 1);
    if (code === READ || code === WRITE) return isRequest(view, start + 2, end) ? YES : NO;
    // Data, acknowledgement or options begin a conversation between two ports of nobody.
    if (clientPort < UNPRIVILEGED || serverPort < UNPRIVILEGED) return NO;
    if (code === OPTIONS) return areOptions(view, start + 2, end) ? YES : NO;
    const block = view.getUint16(start + 2);
    if (code === DATA) return block === 1 && end - start === HEADER_BYTES + BLOCK_BYTES ? YES : NO;
    return code === ACKNOWLEDGEMENT && block === 0 && end - start === HEADER_BYTES ? YES : NO;
  },

  open: () => new TftpFlow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    const code = end - start >= HEADER_BYTES ? view.getUint16(start) : 0;
    if (code === 0 || code > OPTIONS) {
      if (!state.isOdd) records.oddity('tftp_unknown_operation', segment.flow, segment.timeUs);
      state.isOdd = true;
      return end - start;
    }
    tell(KINDS[code]!, segment, records);
    if (!state.hasStarted) {
      state.starter = toServer;
      state.isAskedByClient = !toServer;
    }
    state.hasStarted = true;
    if (code === READ || code === WRITE) request(state, code, segment, records);
    else if (code === OPTIONS) state.blockBytes = numberOf(view, start + 2, end, 'blksize', BLOCK_BYTES);
    else if (code === DATA) data(state, segment, records);
    else if (code === ERROR) finish(state, segment, records);
    return end - start;
  },

  close(state, segment, _how, records) {
    finish(state, segment, records);
  },
};

/** A printable name, one of three modes, and whole options. */
function isRequest(view: DataView, at: number, end: number): boolean {
  const nameEnd = indexOfByte(view, at, end, 0);
  if (nameEnd <= at) return false;
  for (let i = at; i < nameEnd; i++) if (view.getUint8(i) < 0x20) return false;
  const modeEnd = indexOfByte(view, nameEnd + 1, end, 0);
  return modeEnd > 0 && isMode(view, nameEnd + 1, modeEnd);
}

function isMode(view: DataView, at: number, end: number): boolean {
  return (
    spellsWhole(view, at, end, 'octet') || spellsWhole(view, at, end, 'netascii') || spellsWhole(view, at, end, 'mail')
  );
}

/** Options begin with one that everybody uses. */
function areOptions(view: DataView, at: number, end: number): boolean {
  const nameEnd = indexOfByte(view, at, end, 0);
  return nameEnd > at && view.getUint8(end - 1) === 0 && isOption(view, at, nameEnd);
}

function isOption(view: DataView, at: number, end: number): boolean {
  return (
    spellsWhole(view, at, end, 'tsize') ||
    spellsWhole(view, at, end, 'blksize') ||
    spellsWhole(view, at, end, 'timeout') ||
    spellsWhole(view, at, end, 'windowsize')
  );
}

/** Value of an option in `[at, end)`, or what it is otherwise. */
function numberOf(view: DataView, from: number, end: number, name: string, otherwise: number): number {
  let at = from;
  for (let i = 0; i < OPTIONS_MAX && at < end; i++) {
    const nameEnd = indexOfByte(view, at, end, 0);
    const valueEnd = nameEnd < 0 ? -1 : indexOfByte(view, nameEnd + 1, end, 0);
    if (valueEnd < 0) break;
    if (spellsWhole(view, at, nameEnd, name)) {
      const value = digits(view, nameEnd + 1, valueEnd, 12);
      return value > 0 ? value : otherwise;
    }
    at = valueEnd + 1;
  }
  return otherwise;
}

function request(state: TftpFlow, code: number, segment: Segment, records: Records): void {
  const { view, start, end, toServer } = segment;
  finish(state, segment, records);
  state.isAskedByClient = toServer;
  state.verb = code === READ ? 'read' : 'write';
  state.blockBytes = BLOCK_BYTES;
  state.lastBlock = -1;
  const nameEnd = indexOfByte(view, start + 2, end, 0);
  const modeEnd = nameEnd < 0 ? -1 : indexOfByte(view, nameEnd + 1, end, 0);
  const extension = nameEnd < 0 ? '' : extensionOf(view, start + 2, nameEnd);
  const bytes = code === WRITE && modeEnd > 0 ? numberOf(view, modeEnd + 1, end, 'tsize', -1) : -1;
  tellTransfer(state.verb, extension, '', bytes, toServer, segment, records);
  stamp(expectation, segment);
  expectation.protocol = 'tftp';
  expectation.server = '';
  expectation.ofClient = toServer;
  expectation.serverPort = toServer ? segment.clientPort : segment.serverPort;
  records.expectation(expectation);
}

function data(state: TftpFlow, segment: Segment, records: Records): void {
  const { view, start, end, toServer } = segment;
  // Without a request in this conversation the first to speak is the server.
  if (state.verb === '') state.verb = toServer === state.starter ? 'read' : 'write';
  const block = view.getUint16(start + 2);
  // Repeated blocks count once.
  if (block === state.lastBlock) return;
  state.lastBlock = block;
  const from = start + HEADER_BYTES;
  if (state.bytes === 0) state.content = contentOf(view, from, Math.min(end, from + MAGIC_BYTES));
  state.bytes += end - from;
  if (end - from < state.blockBytes) finish(state, segment, records);
}

/** All data have passed, or no more will. */
function finish(state: TftpFlow, segment: Segment, records: Records): void {
  if (state.bytes === 0) return;
  tellTransfer(state.verb, '', state.content, state.bytes, state.isAskedByClient, segment, records);
  state.bytes = 0;
  state.content = '';
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'tftp';
  message.kind = kind;
  records.message(message);
}

function tellTransfer(
  verb: string,
  extension: string,
  content: string,
  bytes: number,
  fromClient: boolean,
  segment: Segment,
  records: Records,
): void {
  stamp(transfer, segment);
  transfer.fromClient = fromClient;
  transfer.protocol = 'tftp';
  transfer.verb = verb;
  transfer.extension = extension;
  transfer.content = content;
  transfer.bytes = bytes;
  records.transfer(transfer);
}
