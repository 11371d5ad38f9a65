/**
 * CoAP over UDP (RFC 7252; more methods RFC 8132): what small devices are asked and told.
 *
 *     version 2 bits = 1, type 2, token length 4 │ code: class 3 bits, detail 5 │ message id 2 │ token │ options │ FF payload
 *     option: delta 4 bits, length 4 bits │ more of delta │ more of length │ value       (3.1)
 *
 * A header of four bytes is no mark: only its port and options that fit to the end make it CoAP. Payloads, queries and
 * all of a path but its first part are stepped over, and of that only a plain word is told.
 */
import { fold } from '../../src/bytes/hash.ts';
import { readText } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORT = 5683;
const HEADER_BYTES = 4;
const VERSION = 1;
const TOKEN_BYTES_MAX = 8;
const PAYLOAD_MARK = 0xff;
const URI_PATH = 11;
/** Longer parts of a path are no words. */
const WORD_BYTES_MAX = 32;

const METHODS = ['', 'GET', 'POST', 'PUT', 'DELETE', 'FETCH', 'PATCH', 'iPATCH'];
/** Methods that change what they act on. */
const CHANGES = new Set(['POST', 'PUT', 'DELETE', 'PATCH', 'iPATCH']);
/** Classes of answers, and the details that they have (12.1.2, RFC 7959, RFC 8132, RFC 8516). */
const DETAILS: Readonly<Record<number, readonly number[]>> = {
  2: [1, 2, 3, 4, 5, 31],
  4: [0, 1, 2, 3, 4, 5, 6, 8, 9, 12, 13, 15, 22, 29],
  5: [0, 1, 2, 3, 4, 5, 8],
};
const CLASSES: Readonly<Record<number, string>> = { 2: '2.xx', 4: '4.xx', 5: '5.xx' };

export class CoapFlow {
  /** The request that changes something and waits for its answer. */
  verb = '';
  object = '';
  token = 0;
  fromClient = true;
}

export function createCoap({ limits }: { readonly limits: Limits }): Protocol<CoapFlow> {
  const reader = new CoapReader(limits);
  return {
    name: 'coap',
    transport: 'udp',
    ports: [PORT],

    recognises(segment) {
      if (segment.clientPort !== PORT && segment.serverPort !== PORT) return NO;
      return reader.walk(segment.view, segment.start, segment.end) ? YES : NO;
    },

    open: () => new CoapFlow(),

    decode(flow, segment, records) {
      reader.read(flow, segment, records);
      return segment.end - segment.start;
    },
  };
}

class CoapReader {
  private readonly limits: Limits;
  private readonly message = new Message();
  private readonly operation = new Operation();
  /** First part of the path of the message that was walked last; `pathEnd` 0: it has none. */
  private pathAt = 0;
  private pathEnd = 0;
  private optionAt = 0;

  constructor(limits: Limits) {
    this.limits = limits;
    this.message.protocol = 'coap';
    this.operation.protocol = 'coap';
  }

  /** Does the datagram keep to the rules up to its end? */
  walk(view: DataView, start: number, end: number): boolean {
    this.pathEnd = 0;
    if (end - start < HEADER_BYTES) return false;
    const first = view.getUint8(start);
    const tokenBytes = first & 15;
    if (first >> 6 !== VERSION || tokenBytes > TOKEN_BYTES_MAX) return false;
    const code = view.getUint8(start + 1);
    if (code === 0) return tokenBytes === 0 && end - start === HEADER_BYTES;
    if (kindOf(code) === '') return false;
    let at = start + HEADER_BYTES + tokenBytes;
    let option = 0;
    for (let i = 0; at < end; i++) {
      if (view.getUint8(at) === PAYLOAD_MARK) return at + 1 < end;
      if (i === this.limits.coapOptionsMax) return false;
      option += this.field(view, at, end, view.getUint8(at) >> 4, true);
      const length = this.field(view, at, end, view.getUint8(at) & 15, false);
      if (length < 0 || option > 0xffff) return false;
      const value = this.optionAt;
      at = value + length;
      if (at > end) return false;
      if (option === URI_PATH && this.pathEnd === 0) {
        this.pathAt = value;
        this.pathEnd = at;
      }
    }
    return at === end;
  }

  /** A delta or length of four bits with the bytes that 13 and 14 ask for; what is none makes the length -1. */
  private field(view: DataView, at: number, end: number, nibble: number, isDelta: boolean): number {
    if (isDelta) this.optionAt = at + 1;
    const from = this.optionAt;
    if (from < 0) return -1;
    if (nibble < 13) return nibble;
    const bytes = nibble - 12;
    this.optionAt = from + bytes;
    if (nibble === 15 || from + bytes > end) {
      this.optionAt = -1;
      return -1;
    }
    return nibble === 13 ? view.getUint8(from) + 13 : view.getUint16(from) + 269;
  }

  read(flow: CoapFlow, segment: Segment, records: Records): void {
    const { view, start, end } = segment;
    if (!this.walk(view, start, end)) {
      records.oddity('coap_malformed', segment.flow, segment.timeUs);
      return;
    }
    const kind = kindOf(view.getUint8(start + 1));
    this.tellMessage(segment, records, kind);
    const tokenBytes = view.getUint8(start) & 15;
    const token = tokenOf(view, start + HEADER_BYTES, tokenBytes);
    if (CHANGES.has(kind)) {
      flow.verb = kind;
      flow.object = this.object(view);
      flow.token = token;
      flow.fromClient = segment.toServer;
      this.tellOperation(flow, segment, records, 'asked');
    } else if (flow.verb !== '' && segment.toServer !== flow.fromClient && token === flow.token) {
      const outcome = kind === CLASSES[2] ? 'done' : kind === CLASSES[4] || kind === CLASSES[5] ? 'failed' : '';
      if (outcome === '') return;
      this.tellOperation(flow, segment, records, outcome);
      flow.verb = '';
    }
  }

  /** The first part of the path where it is a plain word; a part with digits may be the number of a person. */
  private object(view: DataView): string {
    const { pathAt, pathEnd } = this;
    if (pathEnd === 0 || pathEnd === pathAt) return '';
    if (pathEnd - pathAt > WORD_BYTES_MAX) return '*';
    for (let i = pathAt; i < pathEnd; i++) {
      const byte = view.getUint8(i);
      const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
      if (!isLetter && byte !== 0x2e && byte !== 0x2d && byte !== 0x5f) return '*';
    }
    return readText(view, pathAt, pathEnd - pathAt);
  }

  private tellMessage(segment: Segment, records: Records, kind: string): void {
    const { message } = this;
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.kind = kind;
    records.message(message);
  }

  private tellOperation(flow: CoapFlow, segment: Segment, records: Records, outcome: string): void {
    const { operation } = this;
    stamp(operation, segment);
    operation.fromClient = flow.fromClient;
    operation.verb = flow.verb;
    operation.object = flow.object;
    operation.outcome = outcome;
    records.operation(operation);
  }
}

/** '' for a code that nobody has. */
function kindOf(code: number): string {
  if (code === 0) return 'empty';
  const detail = code & 31;
  if (code >> 5 === 0) return METHODS[detail] ?? '';
  return DETAILS[code >> 5]?.includes(detail) === true ? (CLASSES[code >> 5] ?? '') : '';
}

function tokenOf(view: DataView, at: number, bytes: number): number {
  let hash = bytes;
  for (let i = at; i < at + bytes; i++) hash = fold(hash, view.getUint8(i));
  return hash;
}
