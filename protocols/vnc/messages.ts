/**
 * Tells VNC in the middle of a connection by the shape of its messages (RFC 6143 7.5, 7.6.1).
 *
 *     client  3 FramebufferUpdateRequest  incremental, x, y, width, height             10 bytes
 *             4 KeyEvent                  down, 0 0, key                                8
 *             5 PointerEvent              buttons, x, y                                 6
 *             248 fence · 255 QEMU key    (community extensions)                        9 + n · 12
 *     server  0 FramebufferUpdate         0, count, then x, y, width, height, encoding
 *
 * Lengths and padding are checked; which key it was is never read.
 */
import { NO, type Segment, YES } from '../../src/protocol.ts';

const UPDATE_REQUEST = 3;
const KEY = 4;
const POINTER = 5;
const CONTINUOUS_UPDATES = 150;
const FENCE = 248;
const QEMU = 255;

const UPDATE_REQUEST_BYTES = 10;
const KEY_BYTES = 8;
const POINTER_BYTES = 6;
const FENCE_BYTES = 9;
const FENCE_PAYLOAD_MAX = 64;
const QEMU_KEY_BYTES = 12;

const UPDATE_BYTES = 16;
const UPDATE_RECTANGLE = 4;
const UPDATE_WIDTH = 8;
const UPDATE_ENCODING = 12;
const ENCODING_RAW = 0;
/** Raw, CopyRect, RRE, CoRRE, Hextile, Zlib, Tight, ZRLE and the pseudo-encodings of cursor and desktop size. */
const ENCODINGS = new Set([0, 1, 2, 4, 5, 6, 7, 16, 21, -223, -224, -232, -239, -240, -307, -308, -314]);

const PORT_FIRST = 5900;
const PORT_LAST = 5999;

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
