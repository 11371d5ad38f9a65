/**
 * SMB (MS-SMB2, MS-SMB, MS-CIFS) over TCP 445, and over NetBIOS sessions (RFC 1002 4.3) on 139: who logs in how, which
 * administrative shares and pipes are opened, what is read, written, renamed and deleted.
 *
 *     0      1           4
 *     ┌──────┬───────────┬─────────────────────────────────────────────────────────────────────────────
 *     │ 0    │ length    │ FF S M B version 1 · FE S M B version 2, 3 · FD S M B encrypted · FC S M B compressed
 *     └──────┴───────────┴─────────────────────────────────────────────────────────────────────────────
 *     81 request, 82 to 84 answers, 85 keepalive of NetBIOS
 *
 * Of each command only the beginning is looked at (`smbLookBytesMax`); what it carries is counted and stepped over.
 */
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { closeFile, type PipeReader, SmbFlow, type SmbSide, tellMessage } from './flow.ts';
import { SMB1_HEADER_BYTES, smb1 } from './smb1.ts';
import { SMB2_HEADER_BYTES, SMB2_NEXT, type Smb2Context, smb2 } from './smb2.ts';

const PREFIX_BYTES = 4;
const SIGNATURE_BYTES = 4;
const SESSION_MESSAGE = 0x00;
const SESSION_REQUEST = 0x81;
const SESSION_KEEPALIVE = 0x85;
const VERSION_1 = 0xff;
const VERSION_2 = 0xfe;
const ENCRYPTED = 0xfd;
const COMPRESSED = 0xfc;

const SESSIONS: readonly string[] = [
  'SESSION REQUEST',
  'POSITIVE SESSION RESPONSE',
  'NEGATIVE SESSION RESPONSE',
  'RETARGET SESSION RESPONSE',
  'SESSION KEEPALIVE',
];
/** Called and calling name, each a length, 32 letters and an empty label (RFC 1002 4.3.2). */
const REQUEST_BYTES = 68;
const NAME_LETTERS = 32;
const LETTER_A = 0x41;
const LETTER_P = 0x50;
const NETBIOS_PORT = 139;

export function createSmb({ limits, pipes = null }: { limits: Limits; pipes?: PipeReader | null }): Protocol<SmbFlow> {
  const context: Smb2Context = { limits, pipes };
  return {
    name: 'smb',
    transport: 'tcp',
    ports: [445, 139],
    firstBytes: [SESSION_MESSAGE, SESSION_REQUEST, 0x82],

    recognises(segment) {
      const { view, start, end, serverPort, clientPort } = segment;
      if (start >= end) return MAYBE;
      const first = view.getUint8(start);
      if (first === SESSION_MESSAGE) return messageAt(view, start, end);
      if (first === SESSION_REQUEST) return sessionRequestAt(view, start, end);
      if (first !== 0x82 || (serverPort !== NETBIOS_PORT && clientPort !== NETBIOS_PORT)) return NO;
      for (let i = 1; i < PREFIX_BYTES; i++) {
        if (start + i >= end) return MAYBE;
        if (view.getUint8(start + i) !== 0) return NO;
      }
      return YES;
    },

    open: () => new SmbFlow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      const side = segment.toServer ? state.client : state.server;
      let at = start;
      while (at < end) {
        if (side.isLost) {
          at = resync(side, view, at, end);
          if (side.isLost) break;
        }
        const used =
          side.messageLeft > 0
            ? command(context, state, side, segment, at, records)
            : prefix(segment, side, at, records);
        if (used === 0) break;
        if (used === GIVE_UP) return GIVE_UP;
        at += used;
      }
      return at - start;
    },

    gap(state, segment) {
      const side = segment.toServer ? state.client : state.server;
      side.isLost = true;
      side.messageLeft = 0;
      state.pending.clear();
      state.chained = null;
    },

    close(state, segment, _how, records) {
      for (const file of state.files.values()) closeFile(file, segment, records);
    },
  };
}

/** `00`, a length, and the mark of a version. */
function messageAt(view: DataView, at: number, end: number): number {
  if (at + PREFIX_BYTES >= end) return MAYBE;
  const version = view.getUint8(at + PREFIX_BYTES);
  if (version < COMPRESSED) return NO;
  if (!isMark(view, at + PREFIX_BYTES, end)) return NO;
  if (end - at < PREFIX_BYTES + SIGNATURE_BYTES) return MAYBE;
  return (view.getUint32(at) & 0xffffff) >= SMB1_HEADER_BYTES ? YES : NO;
}

/** As far as it is there, `SMB` behind its first byte. */
function isMark(view: DataView, at: number, end: number): boolean {
  if (at + 1 < end && view.getUint8(at + 1) !== 0x53) return false;
  if (at + 2 < end && view.getUint8(at + 2) !== 0x4d) return false;
  return at + 3 >= end || view.getUint8(at + 3) === 0x42;
}

function sessionRequestAt(view: DataView, at: number, end: number): number {
  const expected = [SESSION_REQUEST, 0, 0, REQUEST_BYTES, NAME_LETTERS] as const;
  for (let i = 1; i <= PREFIX_BYTES; i++) {
    if (at + i >= end) return MAYBE;
    if (view.getUint8(at + i) !== expected[i]) return NO;
  }
  for (let i = PREFIX_BYTES + 1; i <= PREFIX_BYTES + NAME_LETTERS; i++) {
    if (at + i >= end) return MAYBE;
    const letter = view.getUint8(at + i);
    if (letter < LETTER_A || letter > LETTER_P) return NO;
  }
  return YES;
}

/** Reads the four bytes before a message and returns how many bytes are done with. */
function prefix(segment: Segment, side: SmbSide, at: number, records: Records): number {
  const { view, end } = segment;
  if (end - at < PREFIX_BYTES) return 0;
  const type = view.getUint8(at);
  const length = view.getUint32(at) & 0xffffff;
  if (type >= SESSION_REQUEST && type <= SESSION_KEEPALIVE && length <= REQUEST_BYTES) {
    tellMessage(SESSIONS[type - SESSION_REQUEST]!, segment, records);
    return PREFIX_BYTES + length;
  }
  if (type !== SESSION_MESSAGE) {
    records.oddity('smb_no_message', segment.flow, segment.timeUs);
    return GIVE_UP;
  }
  side.messageLeft = length;
  return PREFIX_BYTES;
}

/** One command of the message at hand. Returns how many bytes are done with, 0 when more of it has to come. */
function command(
  context: Smb2Context,
  flow: SmbFlow,
  side: SmbSide,
  segment: Segment,
  at: number,
  records: Records,
): number {
  const { view, end } = segment;
  const look = context.limits.smbLookBytesMax;
  const have = end - at;
  if (have < Math.min(side.messageLeft, SMB2_HEADER_BYTES)) return 0;
  const version = side.messageLeft < SMB1_HEADER_BYTES || !isMark(view, at, end) ? 0 : view.getUint8(at);
  let length = side.messageLeft;
  if (version === VERSION_2 && length >= SMB2_HEADER_BYTES) {
    const next = view.getUint32(at + SMB2_NEXT, true);
    if (next >= SMB2_HEADER_BYTES && next < length) length = next;
    if (have < Math.min(length, look)) return 0;
    smb2(context, flow, segment, at, at + Math.min(length, look), records);
  } else if (version === VERSION_1) {
    if (have < Math.min(length, look)) return 0;
    smb1(context, flow, segment, at, at + Math.min(length, look), records);
  } else if (version === ENCRYPTED || version === COMPRESSED) {
    tellMessage(version === ENCRYPTED ? 'encrypted' : 'compressed', segment, records);
  } else {
    records.oddity('smb_no_header', segment.flow, segment.timeUs);
  }
  side.messageLeft -= length;
  return length;
}

/** Where a message begins behind lost bytes. What cannot be one yet is left for more. */
function resync(side: SmbSide, view: DataView, from: number, end: number): number {
  const bytes = PREFIX_BYTES + SIGNATURE_BYTES;
  let at = from;
  for (; at + bytes <= end; at++) {
    if (view.getUint8(at) === SESSION_MESSAGE && messageAt(view, at, end) === YES) {
      side.isLost = false;
      return at;
    }
  }
  return at;
}
