/** The packets of OpenVPN by their opcode, and a hard reset told by its shape; see `decoder.ts` for the picture. */

export const OPCODES: readonly string[] = [
  ...['', 'P_CONTROL_HARD_RESET_CLIENT_V1', 'P_CONTROL_HARD_RESET_SERVER_V1', 'P_CONTROL_SOFT_RESET_V1'],
  ...['P_CONTROL_V1', 'P_ACK_V1', 'P_DATA_V1', 'P_CONTROL_HARD_RESET_CLIENT_V2', 'P_CONTROL_HARD_RESET_SERVER_V2'],
  ...['P_DATA_V2', 'P_CONTROL_HARD_RESET_CLIENT_V3', 'P_CONTROL_WKC_V1'],
];

const CLIENT_V1 = 1;
const SERVER_V1 = 2;
const CLIENT_V2 = 7;
const SERVER_V2 = 8;
const CLIENT_V3 = 10;

const SESSION_END = 9;
const ACKNOWLEDGED_MAX = 8;
/** A packet id of a first packet: a hard reset is sent again a few times. Newer clients set bits above it. */
const PACKET_ID_MAX = 16;
const PACKET_ID_BITS = 0xffff;
const PACKET_ID_FLAGS_MAX = 0x0fffffff;
/** HMACs of tls-auth: MD5, SHA-1, SHA-256, SHA-384, SHA-512. */
const HMAC_BYTES: readonly number[] = [16, 20, 32, 48, 64];
/** tls-crypt: packet id, time, a tag of 32 bytes, and what is sealed. */
const CRYPT_BYTES = 9 + 8 + 32;
/** With a wrapped client key behind it. */
const RESET_BYTES_MAX = 1_200;
/** 2004: before, there was no OpenVPN with such packets. */
const TIME_MIN = 0x40000000;

export const opcodeAt = (view: DataView, at: number): number => view.getUint8(at) >> 3;

/** Is `[at, to)` a whole first packet of either side? */
export function isHardReset(view: DataView, at: number, to: number): boolean {
  const bytes = to - at;
  if (bytes < 14 || bytes > RESET_BYTES_MAX) return false;
  const opcode = opcodeAt(view, at);
  if ((view.getUint8(at) & 7) !== 0) return false;
  const server = opcode === SERVER_V1 || opcode === SERVER_V2;
  if (!server && opcode !== CLIENT_V1 && opcode !== CLIENT_V2 && opcode !== CLIENT_V3) return false;
  if (view.getUint32(at + 1) === 0 && view.getUint32(at + 5) === 0) return false;
  return isPlain(view, at, bytes) || isCrypt(view, at, bytes) || isAuthenticated(view, at, bytes, server);
}

/** Acknowledgements and the number of this packet, which is the first. */
function isPlain(view: DataView, at: number, bytes: number): boolean {
  const acknowledged = view.getUint8(at + SESSION_END);
  if (acknowledged > ACKNOWLEDGED_MAX) return false;
  const length = SESSION_END + 1 + (acknowledged === 0 ? 0 : acknowledged * 4 + 8) + 4;
  return bytes === length && view.getUint32(at + length - 4) < PACKET_ID_MAX;
}

function isCrypt(view: DataView, at: number, bytes: number): boolean {
  return bytes > CRYPT_BYTES && isFirst(view, at + SESSION_END);
}

function isAuthenticated(view: DataView, at: number, bytes: number, server: boolean): boolean {
  for (let i = 0; i < HMAC_BYTES.length; i++) {
    const replay = SESSION_END + HMAC_BYTES[i]!;
    const acknowledged = replay + 8;
    const expected = acknowledged + 1 + (server ? 12 : 0) + 4;
    if (bytes === expected && isFirst(view, at + replay)) return true;
  }
  return false;
}

/** A replay id: packet number and time. */
function isFirst(view: DataView, at: number): boolean {
  const number = view.getUint32(at);
  const packet = number & PACKET_ID_BITS;
  if (packet < 1 || packet > PACKET_ID_MAX || number > PACKET_ID_FLAGS_MAX) return false;
  return view.getUint32(at + 4) >= TIME_MIN;
}
