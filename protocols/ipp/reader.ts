/**
 * Internet Printing Protocol (RFC 8010, RFC 8011) in HTTP bodies of type `application/ipp`.
 *
 *     0  version       2  major, minor
 *     2  operation-id, or status-code in a response
 *     4  request-id
 *     8  attribute groups: delimiter tag, then tag │ name length │ name │ value length │ value …, 03 ends them
 *     …  document
 *
 * Told: which operation, and how large the document is. Names of jobs and users are stepped over.
 */
import { contentOf } from '../../src/bytes/magic.ts';
import { spells } from '../../src/bytes/words.ts';
import type { ExchangeReader, OpenBody, Segment } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp, Transfer } from '../../src/records.ts';

const HEADER_BYTES = 8;
const MAJOR_MAX = 2;
const END_OF_ATTRIBUTES = 3;
const DELIMITERS_BELOW = 0x10;

/** RFC 8011 5.4.15, and those that printers and CUPS use beyond it. */
const OPERATIONS: Readonly<Record<number, string>> = {
  2: 'Print-Job',
  3: 'Print-URI',
  4: 'Validate-Job',
  5: 'Create-Job',
  6: 'Send-Document',
  7: 'Send-URI',
  8: 'Cancel-Job',
  9: 'Get-Job-Attributes',
  10: 'Get-Jobs',
  11: 'Get-Printer-Attributes',
  12: 'Hold-Job',
  13: 'Release-Job',
  14: 'Restart-Job',
  16: 'Pause-Printer',
  17: 'Resume-Printer',
  18: 'Purge-Jobs',
  19: 'Set-Printer-Attributes',
  20: 'Set-Job-Attributes',
  21: 'Get-Printer-Supported-Values',
  22: 'Create-Printer-Subscriptions',
  23: 'Create-Job-Subscriptions',
  24: 'Get-Subscription-Attributes',
  25: 'Get-Subscriptions',
  26: 'Renew-Subscription',
  27: 'Cancel-Subscription',
  28: 'Get-Notifications',
  34: 'Enable-Printer',
  35: 'Disable-Printer',
  57: 'Cancel-Jobs',
  58: 'Cancel-My-Jobs',
  59: 'Close-Job',
  60: 'Identify-Printer',
  16385: 'CUPS-Get-Default',
  16386: 'CUPS-Get-Printers',
  16387: 'CUPS-Add-Modify-Printer',
  16388: 'CUPS-Delete-Printer',
  16389: 'CUPS-Get-Classes',
  16392: 'CUPS-Accept-Jobs',
  16393: 'CUPS-Reject-Jobs',
  16394: 'CUPS-Set-Default',
  16395: 'CUPS-Get-Devices',
  16396: 'CUPS-Get-PPDs',
  16397: 'CUPS-Move-Job',
  16399: 'CUPS-Get-PPD',
  16423: 'CUPS-Get-Document',
  16424: 'CUPS-Create-Local-Printer',
};
const reading = /(^|-)(Get|Validate|Identify)-/;
const printing = new Set(['Print-Job', 'Send-Document']);

const message = new Message();
const operation = new Operation();
const transfer = new Transfer();

/** Of one direction. */
class IppSide {
  operation = '';
  bytes = 0;
  /** Bytes of the header, which may come in pieces. */
  readonly header: DataView = new DataView(new ArrayBuffer(HEADER_BYTES));
  content = '';
}

export const ipp: ExchangeReader = {
  name: 'ipp',

  wants({ mediaType }, view, start, end) {
    if (mediaType !== 'application/ipp' || end - start < HEADER_BYTES) return false;
    const major = view.getUint8(start);
    return major >= 1 && major <= MAJOR_MAX;
  },

  wantsInflated: ({ mediaType }) => mediaType === 'application/ipp',

  open: () => new IppBodies(),
};

class IppBodies implements OpenBody {
  private readonly request = new IppSide();
  private readonly response = new IppSide();
  /** What the request that was answered last was: a response says nothing of it. */
  private asked = '';

  begin(_exchange: unknown, segment: Segment): void {
    const side = segment.toServer ? this.request : this.response;
    side.bytes = 0;
    side.content = '';
  }

  read(segment: Segment, records: Records): void {
    const { view, start, end, toServer } = segment;
    const side = toServer ? this.request : this.response;
    const before = side.bytes;
    for (let i = start; i < end && side.bytes < HEADER_BYTES; i++) side.header.setUint8(side.bytes++, view.getUint8(i));
    const taken = side.bytes - before;
    if (before < HEADER_BYTES && side.bytes === HEADER_BYTES) {
      this.head(side.header.getUint16(2), segment, records);
      if (toServer) side.content = documentAt(view, start + taken, end);
    }
    side.bytes += end - start - taken;
  }

  end(segment: Segment, _isWhole: boolean, records: Records): void {
    if (!segment.toServer || !printing.has(this.asked) || this.request.bytes <= HEADER_BYTES) return;
    stamp(transfer, segment);
    transfer.fromClient = true;
    transfer.protocol = 'ipp';
    transfer.verb = 'print';
    transfer.content = this.request.content;
    transfer.bytes = this.request.bytes;
    records.transfer(transfer);
  }

  private head(code: number, segment: Segment, records: Records): void {
    const { toServer } = segment;
    if (toServer) this.asked = OPERATIONS[code] ?? 'other';
    stamp(message, segment);
    message.fromClient = toServer;
    message.protocol = 'ipp';
    message.kind = toServer ? this.asked : code < 0x100 ? 'successful' : code < 0x500 ? 'client error' : 'server error';
    records.message(message);
    if (this.asked === '' || reading.test(this.asked)) return;
    stamp(operation, segment);
    operation.fromClient = true;
    operation.protocol = 'ipp';
    operation.verb = this.asked;
    operation.outcome = toServer ? 'asked' : code < 0x100 ? 'done' : 'failed';
    records.operation(operation);
  }
}

/** What the document is, where it begins within reach behind the attributes. */
function documentAt(view: DataView, from: number, end: number): string {
  let at = from;
  while (at < end) {
    const tag = view.getUint8(at++);
    if (tag === END_OF_ATTRIBUTES) return kindAt(view, at, end);
    if (tag < DELIMITERS_BELOW) continue;
    for (let part = 0; part < 2; part++) {
      if (at + 2 > end) return '';
      at += 2 + view.getUint16(at);
    }
  }
  return '';
}

function kindAt(view: DataView, at: number, end: number): string {
  if (spells(view, at, end, '%!ps')) return 'postscript';
  if (spells(view, at, end, '\x1b%-12345x')) return 'pjl';
  if (spells(view, at, end, 'ras2') || spells(view, at, end, 'unirast')) return 'raster';
  return contentOf(view, at, end);
}
