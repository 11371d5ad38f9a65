/**
 * POCT1-A (CLSI POCT01-A2): messages between point-of-care devices and their data manager, XML over TCP on any port.
 *
 *     [0B] [<?xml … ?>] <HEL.R01> <HDR> <HDR.control_id V="1"/> … </HDR> <DEV> <DEV.serial_id V="…"/> … </HEL.R01> [1C 0D]
 *
 * Every item is an empty element with its value in the attribute V. Tags are read one by one as they arrive; of
 * values only codes and what a device says of itself become text. Results, operators and patients are stepped over.
 */
import type { Limits } from '../../src/limits.ts';
import type { Protocol, Segment } from '../../src/protocol.ts';
import { FlowProtocol, type Records, stamp } from '../../src/records.ts';
import { Poct1aFlow, type Poct1aSide } from './flow.ts';
import { beginMessage, endMessage, item } from './messages.ts';
import { isRootName, recognise } from './recognise.ts';

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;
const DASH = 0x2d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

const said = new FlowProtocol();

export function createPoct1a({ limits }: { limits: Limits }): Protocol<Poct1aFlow> {
  return {
    name: 'poct1a',
    transport: 'tcp',
    ports: [],
    // Start block, `<`, white space, and the mark of UTF-8.
    firstBytes: [0x0b, LESS, 0x20, 0x09, 0x0a, 0x0d, 0xef],

    recognises: recognise,

    open: () => new Poct1aFlow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      const side = segment.toServer ? state.client : state.server;
      let at = start;
      while (at < end) {
        if (side.skipping !== 0) {
          at = skip(side, view, at, end);
          continue;
        }
        if (view.getUint8(at) !== LESS) {
          at++;
          side.bytes++;
          continue;
        }
        const tagEnd = endOfTag(side, view, at, end);
        if ((tagEnd < 0 ? end : tagEnd) - at > limits.poct1aTagBytesMax) {
          records.oddity('poct1a_tag_too_long', segment.flow, segment.timeUs);
          side.skipping = GREATER;
          continue;
        }
        if (tagEnd < 0) return at - start;
        tag(state, side, segment, records, at, tagEnd);
        side.bytes += tagEnd - at;
        at = tagEnd;
        if (side.root !== '' && side.bytes > limits.poct1aMessageBytesMax && !side.isLong) {
          side.isLong = true;
          records.oddity('poct1a_message_too_long', segment.flow, segment.timeUs);
        }
      }
      return at - start;
    },

    gap(state, segment, _bytes, records) {
      const side = segment.toServer ? state.client : state.server;
      if (side.root !== '') records.oddity('poct1a_gap', segment.flow, segment.timeUs);
      side.forget();
    },
  };
}

/** Behind the `>` or `-->` that ends what is skipped; 0 of `skipping` means that it ended. */
function skip(side: Poct1aSide, view: DataView, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const byte = view.getUint8(at);
    const isEnd = byte === GREATER && (side.skipping === GREATER || side.dashes >= 2);
    side.dashes = byte === DASH ? side.dashes + 1 : 0;
    if (isEnd) {
      side.skipping = 0;
      side.dashes = 0;
      return at + 1;
    }
  }
  return end;
}

/** Behind the `>` of the tag at `at`, -1 while it has not come. A `>` in quotes is part of a value. */
function endOfTag(side: Poct1aSide, view: DataView, at: number, end: number): number {
  if (end - at >= 4 && view.getUint8(at + 1) === BANG && view.getUint16(at + 2) === ((DASH << 8) | DASH)) {
    side.skipping = DASH;
    return at + 4;
  }
  let quote = 0;
  for (let i = at + 1; i < end; i++) {
    const byte = view.getUint8(i);
    if (quote !== 0) {
      if (byte === quote) quote = 0;
    } else if (byte === QUOTE || byte === APOSTROPHE) quote = byte;
    else if (byte === GREATER) return i + 1;
  }
  return -1;
}

/** One whole tag `[at, end)`. */
function tag(state: Poct1aFlow, side: Poct1aSide, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  const second = view.getUint8(at + 1);
  if (side.skipping !== 0 || second === QUESTION) return;
  if (second === BANG) {
    // A message has no use for declarations; entities that reach out of it are an old attack on XML readers.
    records.oddity('poct1a_declaration', segment.flow, segment.timeUs);
    return;
  }
  const closes = second === SLASH;
  const nameAt = closes ? at + 2 : at + 1;
  let nameEnd = nameAt;
  while (nameEnd < end && isNameByte(view.getUint8(nameEnd))) nameEnd++;
  if (nameEnd === nameAt || nameEnd - nameAt > NAME_BYTES_MAX) return;
  const name = side.names.read(view, nameAt, nameEnd - nameAt);
  if (closes) {
    if (side.root !== '' && name === side.root) endMessage(state, side, segment, records);
    return;
  }
  if (isRootName(name)) {
    if (side.root !== '') records.oddity('poct1a_unfinished', segment.flow, segment.timeUs);
    beginMessage(side, name);
    if (view.getUint8(end - 2) === SLASH) endMessage(state, side, segment, records);
  } else if (side.root === '') {
    if (!side.isResuming) records.oddity('poct1a_unknown_root', segment.flow, segment.timeUs);
    side.isResuming = true;
  } else {
    item(state, side, segment, records, name, nameEnd, end);
    if (name === 'HDR.version_id') version(state, segment, records, side.value);
  }
}

const NAME_BYTES_MAX = 64;

function isNameByte(byte: number): boolean {
  return byte > 0x20 && byte !== SLASH && byte !== GREATER;
}

function version(state: Poct1aFlow, segment: Segment, records: Records, value: string): void {
  if (state.isVersionTold || value === '') return;
  state.isVersionTold = true;
  stamp(said, segment);
  said.protocol = 'poct1a';
  said.detail = value;
  records.flowProtocol(said);
}
