/**
 * Heads of HTTP/2 (RFC 9113, 8.3), told by the same rules as those of HTTP/1: what the decoder of HTTP/2 is given.
 * Its fields come one by one; `:method`, `:path`, `:authority` and `:status` stand where the start line stood.
 */
import { digits, spellsWhole } from '../../src/bytes/words.ts';
import type { ExchangeReader, Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { Exchanges } from './exchanges.ts';
import { Asked, Connection } from './flow.ts';
import { Head, NOT_ENCODED } from './head.ts';
import { methodAt } from './methods.ts';
import { isFileType, isPageType } from './transfers.ts';

const COLON = 0x3a;
const SPACE = 0x20;
const STATUS_DIGITS = 3;

export class Http2Heads {
  isPage = false;
  isFile = false;
  isEncoded = false;
  private readonly head = new Head();
  private readonly exchanges: Exchanges;
  /** Method and the blank that a start line has behind it. */
  private readonly method = new DataView(new ArrayBuffer(32));

  constructor(readers: readonly ExchangeReader[]) {
    this.exchanges = new Exchanges(readers);
  }

  open(): Connection {
    return new Connection();
  }

  begin(view: DataView<ArrayBufferLike>, isRequest: boolean): void {
    this.head.clear(view, isRequest);
    this.head.version = '2';
  }

  field(name: number, nameEnd: number, at: number, end: number): void {
    const { head } = this;
    const { view } = head;
    if (nameEnd === name || view.getUint8(name) !== COLON) head.field(name, nameEnd, at, end);
    else if (spellsWhole(view, name, nameEnd, ':method')) head.method = this.methodOf(at, end);
    else if (spellsWhole(view, name, nameEnd, ':path')) head.target(at, end);
    else if (spellsWhole(view, name, nameEnd, ':authority')) head.authority(at, end);
    else if (spellsWhole(view, name, nameEnd, ':status'))
      head.status = Math.max(0, digits(view, at, end, STATUS_DIGITS));
  }

  private methodOf(at: number, end: number): string {
    const { method, head } = this;
    const length = end - at;
    if (length >= method.byteLength) return '';
    for (let i = 0; i < length; i++) method.setUint8(i, head.view.getUint8(at + i));
    method.setUint8(length, SPACE);
    return methodAt(method, 0, length + 1);
  }

  request(connection: Connection, segment: Segment, records: Records): Asked | null {
    const { head } = this;
    if (head.method === '') return null;
    const asked = new Asked();
    this.exchanges.request(head, connection, asked, segment, records);
    this.judge();
    return asked;
  }

  response(connection: Connection, asked: Asked | null, segment: Segment, records: Records): number {
    const { head } = this;
    if (head.status === 0) return 0;
    this.exchanges.response(head, connection, asked, segment, records);
    this.judge();
    return head.status;
  }

  private judge(): void {
    const { mediaType } = this.exchanges.exchange;
    this.isPage = isPageType(mediaType);
    this.isEncoded = this.head.coding !== NOT_ENCODED;
    this.isFile = this.head.isAttachment || isFileType(mediaType);
  }
}
