/**
 * HL7 version 2 (chapter 2, 2.5): what stays are the frame of MLLP, separators, names of segments, MSH without its
 * security field (MSH-8), and MSA-1. All other fields become filler, also those nobody expects a person in.
 *
 *     0x0B MSH|^~\&|…|…<CR> PID|…<CR> … 0x1C 0x0D
 */
import { count, filler, isDigit, isLetter, type Masked } from './filler.ts';
import type { StreamMask } from './stream-mask.ts';

const START_BLOCK = 0x0b;
const NAME_BYTES = 3;
/** Of MSH: its separators, who sends, who receives, when, what. */
const HEADER_FIELDS_MAX = 20;
const SECURITY = 8;
const HEADERS = new Set(['MSH', 'BHS', 'FHS']);
const SEGMENTS = new Set(
  `ABS ACC ADD AIG AIL AIP AIS AL1 ARV BPO BPX BTS BTX CER CON CTD CTI DB1 DG1 DRG DSC DSP EQU ERR EVN FT1 FTS GOL GP1 GP2
  GT1 IAM IN1 IN2 IN3 INV IPC LOC MFA MFE MFI MRG MSA NCK NDS NK1 NPU NST NTE OBR OBX ODS ODT OMC ORC PCR PDA PD1 PID PR1
  PRB PRD PRT PSH PTH PV1 PV2 QAK QPD QRD QRF RCP RDF RDT RF1 RGS ROL RXA RXC RXD RXE RXG RXO RXR RXV SAC SCH SFT SID SPM
  STF TQ1 TQ2 TXA UAC UB1 UB2 VAR`.split(/\s+/),
);

export function beginsHl7(bytes: Uint8Array, from: number, to: number): boolean {
  const at = bytes[from] === START_BLOCK ? from + 1 : from;
  if (to - at < 8) return false;
  const name = String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!);
  const separator = bytes[at + 3]!;
  return HEADERS.has(name) && !isLetter(separator) && !isDigit(separator) && separator > 0x20;
}

export class Hl7Mask implements StreamMask {
  private name = '';
  private isLineStart = true;
  private separator = 0x7c;
  /** Number of the field, as HL7 counts: in MSH the separator itself is the first. */
  private field = 0;

  feed(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === 0x0d || byte === 0x0a || byte === START_BLOCK || byte === 0x1c) {
        this.name = '';
        this.field = 0;
        this.isLineStart = true;
      } else if (this.isLineStart) {
        this.isLineStart = false;
        at += this.segmentName(bytes, at, to, masked) - 1;
      } else if (this.name === 'MSH' && this.field === 0) {
        this.separator = byte;
        this.field = 2;
      } else if (byte === this.separator) this.field++;
      else if (!this.isKept()) {
        bytes[at] = byte < 0x20 ? 0x58 : filler(byte);
        count(masked, this.name === 'MSH' ? 'hl7 security' : 'hl7 field', 1);
      }
    }
  }

  /** A segment that everybody knows, with a separator behind it: anything else at the beginning of a line is content. */
  private segmentName(bytes: Uint8Array, at: number, to: number, masked: Masked): number {
    const name = to - at > NAME_BYTES ? String.fromCharCode(...bytes.subarray(at, at + NAME_BYTES)) : '';
    const isHeader = HEADERS.has(name);
    if (isHeader || (SEGMENTS.has(name) && bytes[at + NAME_BYTES] === this.separator)) {
      this.name = name;
      return NAME_BYTES;
    }
    this.name = '?';
    bytes[at] = filler(bytes[at]!);
    count(masked, 'hl7 field', 1);
    return 1;
  }

  private isKept(): boolean {
    if (this.name === 'MSH') return this.field !== SECURITY && this.field <= HEADER_FIELDS_MAX;
    return this.name === 'MSA' && this.field === 1;
  }
}
