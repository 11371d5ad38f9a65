/**
 * Raw printing on port 9100 with PJL (HP, "Printer Job Language Technical Reference Manual"): what is printed, and
 * what changes the printer or its file system.
 *
 *     ESC %-12345X   @PJL command … LF …   @PJL ENTER LANGUAGE = PCL LF   document   ESC %-12345X   …
 *     ESC E, ESC & …  PCL without PJL · %!PS PostScript · %PDF
 *
 * Documents are counted; names of jobs and files never become a text.
 */
import { extensionOf } from '../../src/bytes/extension.ts';
import { indexOfByte, readText, startsWith } from '../../src/bytes/text.ts';
import { digits, find, spells } from '../../src/bytes/words.ts';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp, Transfer } from '../../src/records.ts';
import { COMMANDS, WRITES } from './commands.ts';

const ESCAPE = 0x1b;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const UNIVERSAL_EXIT = '\x1b%-12345X';
const PJL = '@PJL';
const LINE_BYTES_MAX = 1_024;
const MODEL_CHARACTERS_MAX = 64;
const LANGUAGE_BYTES = 4;

const AT_BEGINNING = 0;
const IN_PJL = 1;
const IN_DOCUMENT = 2;

export class JetDirectFlow {
  phase = AT_BEGINNING;
  documentBytes = 0;
  content = '';
  /** The server's next line is the answer to INFO ID. */
  isModelNext = false;
  isModelTold = false;
  isServerDropping = false;
}

const message = new Message();
const operation = new Operation();
const transfer = new Transfer();
const identity = new Identity();

export const jetdirect: Protocol<JetDirectFlow> = {
  name: 'jetdirect',
  transport: 'tcp',
  ports: [9100, 9101, 9102],
  // ESC, `@PJL`, `%!PS`, `%PDF`.
  firstBytes: [ESCAPE, 0x40, 0x25],

  recognises({ view, start, end, serverPort, midstream }) {
    if (start >= end) return MAYBE;
    const isPort = serverPort >= 9100 && serverPort <= 9102;
    const exits = begins(view, start, end, UNIVERSAL_EXIT);
    if (exits !== NO) return exits;
    const commands = begins(view, start, end, PJL);
    if (commands !== NO) return commands;
    if (!isPort || midstream) return NO;
    const first = view.getUint8(start);
    if (first !== ESCAPE && first !== 0x25) return NO;
    if (end - start < 2) return MAYBE;
    const second = view.getUint8(start + 1);
    // Reset, or a parameterised sequence of PCL; PostScript, PDF.
    if (first === ESCAPE) return second === 0x45 || second === 0x26 || second === 0x2a ? YES : NO;
    return second === 0x21 || second === 0x50 ? YES : NO;
  },

  open: () => new JetDirectFlow(),

  decode(state, segment, records) {
    if (!segment.toServer) return answers(state, segment, records);
    const { start, end } = segment;
    let at = start;
    while (at < end) {
      const { phase } = state;
      const used = step(state, segment, at, records);
      // Nothing done, and nothing new known: more has to come.
      if (used === 0 && state.phase === phase) break;
      at += used;
    }
    return at - start;
  },

  gap(state, { toServer }, bytes) {
    if (!toServer) {
      state.isModelNext = false;
      return;
    }
    if (state.phase !== IN_DOCUMENT) state.phase = IN_DOCUMENT;
    state.documentBytes += bytes;
  },

  close(state, segment, _how, records) {
    finish(state, segment, records);
  },
};

function begins(view: DataView, at: number, end: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (at + i >= end) return MAYBE;
    if (view.getUint8(at + i) !== text.charCodeAt(i)) return NO;
  }
  return YES;
}

function step(state: JetDirectFlow, segment: Segment, at: number, records: Records): number {
  if (state.phase === IN_DOCUMENT) return inDocument(state, segment, at, records);
  if (state.phase === IN_PJL) return inCommands(state, segment, at, records);
  return atBeginning(state, segment.view, at, segment.end);
}

/** Commands or a document? */
function atBeginning(state: JetDirectFlow, view: DataView, at: number, end: number): number {
  const exits = begins(view, at, end, UNIVERSAL_EXIT);
  if (exits === MAYBE) return 0;
  if (exits === YES) {
    state.phase = IN_PJL;
    return UNIVERSAL_EXIT.length;
  }
  const commands = begins(view, at, end, PJL);
  if (commands === MAYBE) return 0;
  state.phase = commands === YES ? IN_PJL : IN_DOCUMENT;
  return 0;
}

function inCommands(state: JetDirectFlow, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  const commands = begins(view, at, end, PJL);
  if (commands === MAYBE) return 0;
  if (commands === NO) {
    // Empty lines stand between commands; anything else is the document.
    const code = view.getUint8(at);
    if (code === LINE_FEED || code === 0x0d) return 1;
    state.phase = IN_DOCUMENT;
    return inDocument(state, segment, at, records);
  }
  const feed = indexOfByte(view, at, end, LINE_FEED);
  if (feed < 0) {
    if (end - at <= LINE_BYTES_MAX) return 0;
    records.oddity('jetdirect_line_too_long', segment.flow, segment.timeUs);
    state.phase = IN_DOCUMENT;
    return inDocument(state, segment, at, records);
  }
  return feed + 1 - at + command(state, segment, at + PJL.length, feed, records);
}

/** One line behind `@PJL`; returns how many bytes of data follow it. */
function command(state: JetDirectFlow, segment: Segment, from: number, end: number, records: Records): number {
  const { view } = segment;
  let at = from;
  while (at < end && view.getUint8(at) === 0x20) at++;
  let wordEnd = at;
  while (wordEnd < end && view.getUint8(wordEnd) > 0x20) wordEnd++;
  if (wordEnd === at) return 0;
  const found = COMMANDS.find(view, at, wordEnd);
  const word = found < 0 ? 'other' : COMMANDS.list[found]!;
  tell(`PJL ${word}`, segment, records);
  if (word === 'ENTER') state.phase = IN_DOCUMENT;
  const isService = word === 'SET' && find(view, wordEnd, end, 'servicemode') >= 0;
  if (WRITES.has(word) || isService) {
    stamp(operation, segment);
    operation.fromClient = true;
    operation.protocol = 'jetdirect';
    operation.verb = isService ? 'PJL SET SERVICEMODE' : `PJL ${word}`;
    operation.outcome = 'asked';
    records.operation(operation);
  }
  if (word === 'FSDOWNLOAD' || word === 'FSAPPEND') return file(view, 'write', wordEnd, end, segment, records);
  if (word === 'FSUPLOAD') file(view, 'read', wordEnd, end, segment, records);
  if (word === 'FSDELETE') file(view, 'delete', wordEnd, end, segment, records);
  if (word === 'FSDIRLIST') file(view, 'list', wordEnd, end, segment, records);
  return 0;
}

/** `FORMAT:BINARY SIZE=1234 NAME="0:\dir\file.bin"`; returns the size. */
function file(view: DataView, verb: string, at: number, end: number, segment: Segment, records: Records): number {
  const name = find(view, at, end, 'name');
  const open = name < 0 ? -1 : indexOfByte(view, name, end, QUOTE);
  const close = open < 0 ? -1 : indexOfByte(view, open + 1, end, QUOTE);
  const size = find(view, at, end, 'size');
  let digit = size < 0 ? end : size + 4;
  while (digit < end && (view.getUint8(digit) === 0x20 || view.getUint8(digit) === 0x3d)) digit++;
  let digitEnd = digit;
  while (digitEnd < end && view.getUint8(digitEnd) >= 0x30 && view.getUint8(digitEnd) <= 0x39) digitEnd++;
  const bytes = digits(view, digit, digitEnd, 10);
  const extension = close < 0 || verb === 'list' ? '' : extensionOf(view, open + 1, close);
  tellTransfer(verb, extension, '', verb === 'write' ? bytes : -1, segment, records);
  return Math.max(0, bytes);
}

function inDocument(state: JetDirectFlow, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  if (state.documentBytes === 0 && state.content === '') {
    const first = begins(view, at, end, UNIVERSAL_EXIT);
    if (first === MAYBE || (first === NO && end - at < LANGUAGE_BYTES)) return 0;
    if (first === NO) state.content = languageOf(view, at, end);
  }
  for (let i = at; i < end; i++) {
    if (view.getUint8(i) !== ESCAPE) continue;
    const exits = begins(view, i, end, UNIVERSAL_EXIT);
    if (exits === NO) continue;
    state.documentBytes += i - at;
    if (exits === MAYBE) return i - at;
    finish(state, segment, records);
    state.phase = IN_PJL;
    return i - at + UNIVERSAL_EXIT.length;
  }
  state.documentBytes += end - at;
  return end - at;
}

/** By the first four bytes, which every piece has that is looked at. */
function languageOf(view: DataView, at: number, end: number): string {
  const first = view.getUint8(at);
  if (first === ESCAPE) return 'pcl';
  if (startsWith(view, at, end, '%!')) return 'postscript';
  if (startsWith(view, at, end, '%PDF')) return 'pdf';
  return 'other';
}

/** A document has ended. */
function finish(state: JetDirectFlow, segment: Segment, records: Records): void {
  if (state.documentBytes > 0) {
    const content = state.content === 'other' ? '' : state.content;
    tellTransfer('print', '', content, state.documentBytes, segment, records);
  }
  state.documentBytes = 0;
  state.content = '';
}

/** `@PJL INFO ID` CR LF `"HP LaserJet 4250"` CR LF. */
function answers(state: JetDirectFlow, segment: Segment, records: Records): number {
  const { view, start, end } = segment;
  let at = start;
  while (at < end) {
    const feed = indexOfByte(view, at, end, LINE_FEED);
    if (feed < 0) {
      if (end - at <= LINE_BYTES_MAX) break;
      state.isServerDropping = true;
      return end - start;
    }
    if (!state.isServerDropping) answer(state, segment, at, feed, records);
    state.isServerDropping = false;
    at = feed + 1;
  }
  return at - start;
}

function answer(state: JetDirectFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (state.isModelNext && view.getUint8(at) === QUOTE) {
    const close = indexOfByte(view, at + 1, end, QUOTE);
    state.isModelNext = false;
    if (close < 0 || close - at > MODEL_CHARACTERS_MAX || state.isModelTold) return;
    state.isModelTold = true;
    stamp(identity, segment);
    identity.ofClient = false;
    identity.attribute = 'model';
    identity.value = readText(view, at + 1, close - at - 1);
    identity.source = 'PJL INFO ID';
    identity.confidence = 0.9;
    records.identity(identity);
    return;
  }
  state.isModelNext = spells(view, at, end, '@pjl info id');
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'jetdirect';
  message.kind = kind;
  records.message(message);
}

function tellTransfer(
  verb: string,
  extension: string,
  content: string,
  bytes: number,
  segment: Segment,
  records: Records,
): void {
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'jetdirect';
  transfer.verb = verb;
  transfer.extension = extension;
  transfer.content = content;
  transfer.bytes = bytes;
  records.transfer(transfer);
}
