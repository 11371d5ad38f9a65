/**
 * IPMI over LAN (IPMI 2.0, chapters 12 and 13; RMCP of ASF 2.0): the management processor of a server or modality,
 * which can switch it off.
 *
 *     RMCP   06 00 sequence class   (6 = ASF, 7 = IPMI)
 *     1.5    authentication 8 │ sequence 32 │ session 32 │ [code 16 bytes] │ length 8 │ message
 *     2.0    authentication 8 = 6 │ payload 8 │ [OEM 6 bytes] │ session 32 │ sequence 32 │ length 16 LE │ payload
 *     message: to 8 │ function and LUN 8 │ checksum │ from 8 │ number 8 │ command 8 │ …
 *
 * Commands in clear are told by name; those of an encrypted session are only counted. Names of users, challenges and
 * hashes are stepped over.
 */
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Login, Message, Operation, type Records, stamp } from '../../src/records.ts';

const RMCP_VERSION = 6;
const CLASS_ASF = 6;
const CLASS_IPMI = 7;
const RMCP_BYTES = 4;
const ASF_TYPE = 8;
const ASF_KINDS = new Map([
  [0x40, 'presence pong'],
  [0x80, 'presence ping'],
]);

const AUTHENTICATION = 4;
const NO_AUTHENTICATION = 0;
const STRAIGHT_PASSWORD = 4;
const RMCP_PLUS = 6;
/** 1.5: length @13 without, @29 with an authentication code. */
const OLD_LENGTH = 13;
const CODE_BYTES = 16;
const MESSAGE_BYTES = 7;

const PAYLOAD = 5;
const OEM_PAYLOAD = 2;
const ENCRYPTED = 0x80;
const PLUS_LENGTH = 14;
const PLUS_HEADER_BYTES = 16;

const PAYLOADS = new Map([
  [0x01, 'serial over LAN'],
  [0x10, 'open session request'],
  [0x11, 'open session response'],
  [0x12, 'RAKP message 1'],
  [0x13, 'RAKP message 2'],
  [0x14, 'RAKP message 3'],
  [0x15, 'RAKP message 4'],
]);
const RAKP_1 = 0x12;
const RAKP_2 = 0x13;
const RAKP_4 = 0x15;

/** Function and command of requests, as `function << 8 | command` (appendix G). */
const COMMANDS = new Map([
  [0x0001, 'Get Chassis Status'],
  [0x0002, 'Chassis Control'],
  [0x0004, 'Chassis Identify'],
  [0x0008, 'Set System Boot Options'],
  [0x0009, 'Get System Boot Options'],
  [0x0601, 'Get Device ID'],
  [0x0602, 'Cold Reset'],
  [0x0638, 'Get Channel Authentication Capabilities'],
  [0x0639, 'Get Session Challenge'],
  [0x063a, 'Activate Session'],
  [0x063b, 'Set Session Privilege Level'],
  [0x063c, 'Close Session'],
  [0x0645, 'Set User Name'],
  [0x0646, 'Get User Name'],
  [0x0647, 'Set User Password'],
  [0x0654, 'Get Channel Cipher Suites'],
  [0x0a11, 'Read FRU Data'],
  [0x0a12, 'Write FRU Data'],
  [0x0a43, 'Get SEL Entry'],
  [0x0a47, 'Clear SEL'],
  [0x0c01, 'Set LAN Configuration Parameters'],
]);
const ACTIVATE_SESSION = 0x063a;
/** Those that change something. */
const CHANGES: ReadonlySet<number> = new Set([
  ...[0x0002, 0x0004, 0x0008, 0x0602, 0x0645, 0x0647, 0x0a12, 0x0a47, 0x0c01],
]);

const message = new Message();
const login = new Login();
const operation = new Operation();

export const ipmi: Protocol<null> = {
  name: 'ipmi',
  transport: 'udp',
  ports: [623],
  firstBytes: [RMCP_VERSION],

  recognises({ view, start, end }) {
    const bytes = end - start;
    if (bytes < 8 || view.getUint8(start) !== RMCP_VERSION || view.getUint8(start + 1) !== 0) return NO;
    const kind = view.getUint8(start + 3);
    // The ASF enterprise number 4542.
    if (kind === CLASS_ASF) return bytes > ASF_TYPE && view.getUint32(start + RMCP_BYTES) === 4_542 ? YES : NO;
    if (kind !== CLASS_IPMI) return NO;
    if (view.getUint8(start + AUTHENTICATION) === RMCP_PLUS) {
      return bytes >= PLUS_HEADER_BYTES && view.getUint16(start + PLUS_LENGTH, true) <= bytes - PLUS_HEADER_BYTES
        ? YES
        : NO;
    }
    const at = messageAt(view, start, end);
    return at >= 0 && end - at <= view.getUint8(at - 1) + 1 ? YES : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end } = segment;
    if (ipmi.recognises(segment) === YES) {
      const kind = view.getUint8(start + 3);
      if (kind === CLASS_ASF) tell(ASF_KINDS.get(view.getUint8(start + ASF_TYPE)) ?? 'ASF message', segment, records);
      else if (view.getUint8(start + AUTHENTICATION) === RMCP_PLUS) plus(segment, records);
      else old(segment, messageAt(view, start, end), view.getUint8(start + AUTHENTICATION), records);
    }
    return end - start;
  },
};

/** Where the message of version 1.5 begins, -1 when it does not fit. */
function messageAt(view: DataView, start: number, end: number): number {
  if (end - start <= OLD_LENGTH) return -1;
  const authentication = view.getUint8(start + AUTHENTICATION);
  if (authentication > RMCP_PLUS) return -1;
  const length = start + OLD_LENGTH + (authentication === NO_AUTHENTICATION ? 0 : CODE_BYTES);
  if (length >= end) return -1;
  const bytes = view.getUint8(length);
  return bytes >= MESSAGE_BYTES && bytes <= end - length - 1 ? length + 1 : -1;
}

function old(segment: Segment, at: number, authentication: number, records: Records): void {
  const isClear = authentication === STRAIGHT_PASSWORD;
  command(segment, at, authentication === NO_AUTHENTICATION ? 'none' : 'password', isClear, records);
}

function plus(segment: Segment, records: Records): void {
  const { view, start, end } = segment;
  const payload = view.getUint8(start + PAYLOAD);
  const type = payload & 0x3f;
  const known = PAYLOADS.get(type);
  if (type === 0 && (payload & ENCRYPTED) === 0 && end - start >= PLUS_HEADER_BYTES + MESSAGE_BYTES) {
    command(segment, start + PLUS_HEADER_BYTES, '', false, records);
    return;
  }
  tell(known ?? (type === OEM_PAYLOAD ? 'OEM payload' : 'session message'), segment, records);
  if (type === RAKP_1) tellLogin('asked', 'password', false, segment.toServer, segment, records);
  // Tag, then the status: 0 is success; a refusal may come in the second message already.
  if (end - start < PLUS_HEADER_BYTES + 2) return;
  const refused = view.getUint8(start + PLUS_HEADER_BYTES + 1) !== 0;
  if (type === RAKP_4 || (type === RAKP_2 && refused))
    tellLogin(refused ? 'failure' : 'success', 'password', false, !segment.toServer, segment, records);
}

function command(segment: Segment, at: number, method: string, isClear: boolean, records: Records): void {
  const { view } = segment;
  const operationCode = view.getUint8(at + 1) >> 2;
  const number = ((operationCode & 0xfe) << 8) | view.getUint8(at + 5);
  const isResponse = (operationCode & 1) !== 0;
  const name = COMMANDS.get(number);
  tell(isResponse ? 'response' : (name ?? 'other command'), segment, records);
  if (number === ACTIVATE_SESSION && !isResponse)
    tellLogin('asked', method, isClear, segment.toServer, segment, records);
  if (isResponse || name === undefined || !CHANGES.has(number)) return;
  stamp(operation, segment);
  operation.fromClient = segment.toServer;
  operation.protocol = 'ipmi';
  operation.verb = name;
  records.operation(operation);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'ipmi';
  message.kind = kind;
  records.message(message);
}

function tellLogin(
  outcome: string,
  method: string,
  isClear: boolean,
  fromClient: boolean,
  segment: Segment,
  records: Records,
): void {
  stamp(login, segment);
  login.fromClient = fromClient;
  login.protocol = 'ipmi';
  login.method = method;
  login.outcome = outcome;
  login.isClear = isClear;
  records.login(login);
}
