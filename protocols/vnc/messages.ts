/**
 * What a VNC viewer sends (RFC 6143 7.5; community extensions), and VNC told by it in the middle of a connection.
 *
 *     client  0 SetPixelFormat            20 bytes     150 continuous updates   10
 *             2 SetEncodings              4 + n · 4    248 fence                9 + n
 *             3 FramebufferUpdateRequest  10           250 xvp: shut down …     4
 *             4 KeyEvent                  8            251 SetDesktopSize       8 + n · 16
 *             5 PointerEvent              6            253 general input        4 + n
 *             6 ClientCutText             8 + n        255 QEMU key, audio      12, 4 or 10
 *     server  0 FramebufferUpdate         0, count, then x, y, width, height, encoding     7.6.1
 *
 * Messages are counted; input that can change something is told as an operation once per kind. Which key it was,
 * where the pointer is and what lies on the clipboard is never read.
 */
import { NO, type Segment, YES } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp } from '../../src/records.ts';

const PIXEL_FORMAT = 0;
const ENCODINGS_LIST = 2;
const UPDATE_REQUEST = 3;
const KEY = 4;
const POINTER = 5;
const CLIPBOARD = 6;
const CONTINUOUS_UPDATES = 150;
const FENCE = 248;
const XVP = 250;
const DESKTOP_SIZE = 251;
const INPUT = 253;
const QEMU = 255;

const UPDATE_REQUEST_BYTES = 10;
const KEY_BYTES = 8;
const POINTER_BYTES = 6;
const FENCE_BYTES = 9;
const FENCE_PAYLOAD_MAX = 64;
const QEMU_KEY_BYTES = 12;
const PIXEL_FORMAT_BYTES = 20;
const CLIPBOARD_BYTES = 8;
const XVP_BYTES = 4;
/** Of a message whose length stands in it: enough to know it. */
const LENGTH_KNOWN_BYTES = 8;

const KINDS = new Map([
  [PIXEL_FORMAT, 'set pixel format'],
  [ENCODINGS_LIST, 'set encodings'],
  [UPDATE_REQUEST, 'update request'],
  [KEY, 'key event'],
  [POINTER, 'pointer event'],
  [CLIPBOARD, 'clipboard'],
  [CONTINUOUS_UPDATES, 'continuous updates'],
  [FENCE, 'fence'],
  [XVP, 'xvp'],
  [DESKTOP_SIZE, 'set desktop size'],
  [INPUT, 'general input'],
]);
const XVP_VERBS: readonly string[] = ['', '', 'xvp shutdown', 'xvp reboot', 'xvp reset'];
/** Input that is told once; each has a bit in the order of this list. */
const ONCE: readonly number[] = [KEY, POINTER, CLIPBOARD, DESKTOP_SIZE, INPUT];

const UPDATE_BYTES = 16;
const UPDATE_RECTANGLE = 4;
const UPDATE_WIDTH = 8;
const UPDATE_ENCODING = 12;
const ENCODING_RAW = 0;
/** Raw, CopyRect, RRE, CoRRE, Hextile, Zlib, Tight, ZRLE and the pseudo-encodings of cursor and desktop size. */
const ENCODINGS = new Set([0, 1, 2, 4, 5, 6, 7, 16, 21, -223, -224, -232, -239, -240, -307, -308, -314]);

const PORT_FIRST = 5900;
const PORT_LAST = 5999;

const message = new Message();
const operation = new Operation();

export class Viewer {
  /** Kinds of input that have been told as an operation. */
  private operated = 0;

  /** Reads whole messages from `from` on; returns the bytes it is done with, or -1 when one is unknown. */
  read(segment: Segment, from: number, records: Records): number {
    const { view, end } = segment;
    let at = from;
    while (at < end) {
      const type = view.getUint8(at);
      if (type !== QEMU && !KINDS.has(type)) return -1;
      const bytes = wholeBytes(view, at, end);
      if (bytes < 0) return -1;
      if (bytes === 0) break;
      // What is on the clipboard may be long: its head is enough.
      if (bytes > end - at && type !== CLIPBOARD) break;
      const isKey = type === QEMU && view.getUint8(at + 1) === 0;
      stamp(message, segment);
      message.protocol = 'vnc';
      message.kind = KINDS.get(isKey ? KEY : type) ?? 'audio';
      records.message(message);
      if (isKey) this.operates(KEY, view.getUint16(at + 2), segment, at, records);
      else this.operates(type, view.getUint8(at + 1), segment, at, records);
      at += bytes;
    }
    return at - from;
  }

  private operates(type: number, value: number, segment: Segment, at: number, records: Records): void {
    const xvp = type === XVP ? (XVP_VERBS[segment.view.getUint8(at + 3)] ?? '') : '';
    const bit = 1 << ONCE.indexOf(type);
    if (xvp === '') {
      if (!ONCE.includes(type) || (this.operated & bit) !== 0) return;
      // A key that comes up, and a pointer that only moves, do nothing.
      if ((type === KEY || type === POINTER) && value === 0) return;
      this.operated |= bit;
    }
    stamp(operation, segment);
    operation.protocol = 'vnc';
    operation.verb = xvp === '' ? (KINDS.get(type) ?? '') : xvp;
    records.operation(operation);
  }
}

/** Length of the message at `at`; 0 when more must be seen to know it, -1 when it cannot be one. */
function wholeBytes(view: DataView, at: number, end: number): number {
  const room = end - at;
  const type = view.getUint8(at);
  switch (type) {
    case KEY:
      return KEY_BYTES;
    case POINTER:
      return POINTER_BYTES;
    case UPDATE_REQUEST:
    case CONTINUOUS_UPDATES:
      return UPDATE_REQUEST_BYTES;
    case PIXEL_FORMAT:
      return PIXEL_FORMAT_BYTES;
    case XVP:
      return XVP_BYTES;
    case ENCODINGS_LIST:
      return room < 4 ? 0 : 4 + 4 * view.getUint16(at + 2);
    case INPUT:
      // The length in the order of bytes that the message says.
      return room < 4 ? 0 : 4 + view.getUint16(at + 2, view.getUint8(at + 1) < 128);
    case QEMU:
      if (room < 4) return 0;
      if (view.getUint8(at + 1) === 0) return QEMU_KEY_BYTES;
      return view.getUint8(at + 1) === 1 ? (view.getUint16(at + 2) === 2 ? 10 : 4) : -1;
    case CLIPBOARD:
      // A negative length belongs to the extended clipboard.
      return room < LENGTH_KNOWN_BYTES ? 0 : CLIPBOARD_BYTES + Math.abs(view.getInt32(at + 4));
    case DESKTOP_SIZE:
      return room < LENGTH_KNOWN_BYTES ? 0 : 8 + 16 * view.getUint8(at + 6);
    default:
      return room < FENCE_BYTES ? 0 : FENCE_BYTES + view.getUint8(at + 8);
  }
}

/** YES when the segment, whichever side it comes from, consists of whole client messages or begins an update. */
export function inTheMiddle(segment: Segment): number {
  const { view, start, end, clientPort, serverPort } = segment;
  const hinted =
    (serverPort >= PORT_FIRST && serverPort <= PORT_LAST) || (clientPort >= PORT_FIRST && clientPort <= PORT_LAST);
  return clientMessages(view, start, end, hinted) || updates(view, start, end, hinted) ? YES : NO;
}

function clientMessages(view: DataView, start: number, end: number, hinted: boolean): boolean {
  let messages = 0;
  let telling = 0;
  let at = start;
  while (at < end) {
    const bytes = messageBytes(view, at, end);
    if (bytes === 0 || bytes > end - at) return false;
    messages++;
    // Six bytes of pointer have no padding to check.
    if (view.getUint8(at) !== POINTER) telling++;
    at += bytes;
  }
  return telling > 0 && (hinted || messages > 1);
}

/** Length of the client message at `at`, 0 when it is none. */
function messageBytes(view: DataView, at: number, end: number): number {
  const room = end - at;
  if (room < POINTER_BYTES) return 0;
  const flag = view.getUint8(at + 1);
  switch (view.getUint8(at)) {
    case POINTER:
      return POINTER_BYTES;
    case KEY:
      return flag <= 1 && view.getUint16(at + 2) === 0 ? KEY_BYTES : 0;
    case UPDATE_REQUEST:
    case CONTINUOUS_UPDATES: {
      if (room < UPDATE_REQUEST_BYTES || flag > 1) return 0;
      return view.getUint16(at + 6) > 0 && view.getUint16(at + 8) > 0 ? UPDATE_REQUEST_BYTES : 0;
    }
    case FENCE: {
      if (room < FENCE_BYTES || flag !== 0 || view.getUint16(at + 2) !== 0) return 0;
      const payload = view.getUint8(at + 8);
      return payload <= FENCE_PAYLOAD_MAX ? FENCE_BYTES + payload : 0;
    }
    case QEMU:
      return flag === 0 && view.getUint16(at + 2) <= 1 ? QEMU_KEY_BYTES : 0;
    default:
      return 0;
  }
}

function updates(view: DataView, start: number, end: number, hinted: boolean): boolean {
  let at = start;
  while (end - at >= FENCE_BYTES && view.getUint8(at) === FENCE) {
    const bytes = messageBytes(view, at, end);
    if (bytes === 0) return false;
    at += bytes;
  }
  if (end - at < UPDATE_BYTES) return false;
  const encoding = view.getInt32(at + UPDATE_ENCODING);
  return (
    view.getUint16(at) === 0 &&
    view.getUint16(at + 2) > 0 &&
    view.getUint16(at + UPDATE_WIDTH) > 0 &&
    view.getUint16(at + UPDATE_WIDTH + 2) > 0 &&
    view.getUint16(at + UPDATE_RECTANGLE) + view.getUint16(at + UPDATE_WIDTH) <= 0xffff &&
    ENCODINGS.has(encoding) &&
    // Short integers are everywhere: only VNC's own ports, or a fence before it, make them an update.
    (hinted || (at > start && encoding !== ENCODING_RAW))
  );
}
