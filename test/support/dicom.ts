/** Builds DICOM as it stands on the wire: PDUs, command sets and data sets of every encoding. */
import { deflateRawSync } from 'node:zlib';
import { bytesOf, type Turn } from './protocol.ts';

export const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
export const STUDY_ROOT_FIND = '1.2.840.10008.5.1.4.1.2.2.1';
export const WORKLIST_FIND = '1.2.840.10008.5.1.4.31';
export const VERIFICATION = '1.2.840.10008.1.1';
export const IMPLICIT = '1.2.840.10008.1.2';
export const EXPLICIT = '1.2.840.10008.1.2.1';
export const DEFLATED = '1.2.840.10008.1.2.1.99';
export const BIG_ENDIAN = '1.2.840.10008.1.2.2';
export const APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';

const u16 = (value: number, little = false): Uint8Array => {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value, little);
  return bytes;
};
const u32 = (value: number, little = false): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, little);
  return bytes;
};

// PDUs

export function pdu(type: number, body: Uint8Array, length = body.length): Uint8Array {
  return bytesOf([type, 0], u32(length), body);
}

export function item(type: number, value: Uint8Array | string, length?: number): Uint8Array {
  const bytes = bytesOf(value);
  return bytesOf([type, 0], u16(length ?? bytes.length), bytes);
}

export interface Proposed {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes?: readonly string[];
}

export interface Request {
  callingAe?: string;
  calledAe?: string;
  contexts?: readonly Proposed[];
  maxPduBytes?: number;
  version?: string;
  /** More sub-items of the user information. */
  user?: readonly Uint8Array[];
}

export const defaultContexts: readonly Proposed[] = [
  { id: 1, abstractSyntax: CT_IMAGE, transferSyntaxes: [IMPLICIT] },
  { id: 3, abstractSyntax: CT_IMAGE, transferSyntaxes: [EXPLICIT] },
  { id: 5, abstractSyntax: CT_IMAGE, transferSyntaxes: [DEFLATED] },
  { id: 7, abstractSyntax: CT_IMAGE, transferSyntaxes: [BIG_ENDIAN] },
  { id: 9, abstractSyntax: STUDY_ROOT_FIND, transferSyntaxes: [IMPLICIT] },
  { id: 11, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] },
];

function associate(type: number, request: Request, contexts: readonly Uint8Array[]): Uint8Array {
  const user = [
    item(0x51, u32(request.maxPduBytes ?? 16_384)),
    item(0x52, '1.2.276.0.7230010.3.0.3.6.7'),
    item(0x55, request.version ?? 'TESTING_1'),
    ...(request.user ?? []),
  ];
  return pdu(
    type,
    bytesOf(
      [0, 1, 0, 0],
      (request.calledAe ?? 'ARCHIVE').padEnd(16),
      (request.callingAe ?? 'CT_ROOM1').padEnd(16),
      new Uint8Array(32),
      item(0x10, APPLICATION_CONTEXT),
      ...contexts,
      item(0x50, bytesOf(...user)),
    ),
  );
}

export function associateRequest(request: Request = {}): Uint8Array {
  const contexts = (request.contexts ?? defaultContexts).map(({ id, abstractSyntax, transferSyntaxes }) =>
    item(
      0x20,
      bytesOf(
        [id, 0, 0, 0],
        item(0x30, abstractSyntax),
        ...(transferSyntaxes ?? [IMPLICIT]).map((syntax) => item(0x40, syntax)),
      ),
    ),
  );
  return associate(1, request, contexts);
}

/** Accepts every context with its first transfer syntax, but for those whose `results` say otherwise. */
export function associateAccept(request: Request = {}, results: Record<number, number> = {}): Uint8Array {
  const contexts = (request.contexts ?? defaultContexts).map(({ id, transferSyntaxes }) =>
    item(0x21, bytesOf([id, 0, results[id] ?? 0, 0], item(0x40, transferSyntaxes?.[0] ?? IMPLICIT))),
  );
  return associate(2, request, contexts);
}

export const reject = (result: number, source: number, reason: number): Uint8Array =>
  pdu(3, bytesOf([0, result, source, reason]));
export const releaseRequest = (): Uint8Array => pdu(5, new Uint8Array(4));
export const releaseReply = (): Uint8Array => pdu(6, new Uint8Array(4));
export const abort = (source: number, reason: number): Uint8Array => pdu(7, bytesOf([0, 0, source, reason]));

export function pdv(context: number, control: number, fragment: Uint8Array): Uint8Array {
  return bytesOf(u32(fragment.length + 2), [context, control], fragment);
}

/** The fragments of one command or data set, a PDU for each `pduBytes` of it. */
export function fragments(context: number, isCommand: boolean, bytes: Uint8Array, pduBytes = 4_096): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += pduBytes) {
    const isLast = at + pduBytes >= bytes.length;
    all.push(pdu(4, pdv(context, (isCommand ? 1 : 0) + (isLast ? 2 : 0), bytes.subarray(at, at + pduBytes))));
  }
  return all;
}

// Command sets

export type Command = readonly (readonly [element: number, value: number | string])[];

export function commandSet(command: Command, groupLength?: number): Uint8Array {
  const elements = command.map(([element, value]) => {
    const bytes = typeof value === 'number' ? u16(value, true) : even(bytesOf(value), 0);
    return bytesOf(u16(0, true), u16(element, true), u32(bytes.length, true), bytes);
  });
  const body = bytesOf(...elements);
  return bytesOf(u32(0), u32(4, true), u32(groupLength ?? body.length, true), body);
}

const even = (bytes: Uint8Array, padding: number): Uint8Array =>
  bytes.length % 2 === 0 ? bytes : bytesOf(bytes, [padding]);

export const NO_DATA = 0x0101;
export const WITH_DATA = 0x0102;

export interface StoreOver {
  id?: number;
  sopClass?: string;
  originator?: string;
}

export function storeRequest({ id = 1, sopClass = CT_IMAGE, originator }: StoreOver = {}): Uint8Array {
  const more: Command = originator === undefined ? [] : [[0x1030, originator]];
  return commandSet([
    [0x0002, sopClass],
    [0x0100, 0x0001],
    [0x0110, id],
    [0x0700, 0],
    [0x0800, WITH_DATA],
    [0x1000, '1.2.3.4.5'],
    ...more,
  ]);
}

export function request(field: number, id: number, sopClass: string, hasData: boolean, more: Command = []): Uint8Array {
  return commandSet([
    [0x0002, sopClass],
    [0x0100, field],
    [0x0110, id],
    [0x0800, hasData ? WITH_DATA : NO_DATA],
    ...more,
  ]);
}

export function response(
  field: number,
  id: number,
  status: number,
  hasData = false,
  sopClass = CT_IMAGE,
  more: Command = [],
): Uint8Array {
  return commandSet([
    [0x0002, sopClass],
    [0x0100, field | 0x8000],
    [0x0120, id],
    [0x0800, hasData ? WITH_DATA : NO_DATA],
    [0x0900, status],
    ...more,
  ]);
}

// Data sets

export interface Element {
  readonly tag: number;
  readonly vr: string;
  readonly value: string | Uint8Array | readonly (readonly Element[])[];
  /** Sequences: undefined length, with delimiters. */
  readonly undefinedLength?: boolean;
}

const LONG_VRS = ['OB', 'OW', 'SQ', 'UN', 'UT'];
const UNDEFINED = 0xffff_ffff;

export function dataSet(elements: readonly Element[], syntax = EXPLICIT): Uint8Array {
  if (syntax === DEFLATED) return new Uint8Array(deflateRawSync(dataSet(elements, EXPLICIT)));
  return bytesOf(...elements.map((one) => element(one, syntax)));
}

function element({ tag, vr, value, undefinedLength = false }: Element, syntax: string): Uint8Array {
  const little = syntax !== BIG_ENDIAN;
  const isSequence = Array.isArray(value);
  const padding = vr === 'UI' || vr === 'OB' ? 0 : 0x20;
  const bytes = isSequence
    ? sequence(value as readonly (readonly Element[])[], undefinedLength, syntax)
    : even(bytesOf(value as string | Uint8Array), padding);
  const length = isSequence && undefinedLength ? UNDEFINED : bytes.length;
  const head = tagBytes(tag, little);
  if (syntax === IMPLICIT) return bytesOf(head, u32(length, true), bytes);
  if (LONG_VRS.includes(vr)) return bytesOf(head, vr, [0, 0], u32(length, little), bytes);
  return bytesOf(head, vr, u16(length, little), bytes);
}

function sequence(items: readonly (readonly Element[])[], undefinedLength: boolean, syntax: string): Uint8Array {
  const little = syntax !== BIG_ENDIAN;
  const parts = items.map((elements) => {
    const bytes = dataSet(elements, syntax);
    const length = undefinedLength ? UNDEFINED : bytes.length;
    const end = undefinedLength ? bytesOf(tagBytes(0xfffe_e00d, little), u32(0)) : new Uint8Array();
    return bytesOf(tagBytes(0xfffe_e000, little), u32(length, little), bytes, end);
  });
  const end = undefinedLength ? bytesOf(tagBytes(0xfffe_e0dd, little), u32(0)) : new Uint8Array();
  return bytesOf(...parts, end);
}

const tagBytes = (tag: number, little: boolean): Uint8Array =>
  bytesOf(u16(Math.floor(tag / 0x1_0000), little), u16(tag % 0x1_0000, little));

/** A CT image of an invented patient, whose every patient field says so. */
export function ctImage(pixels: Uint8Array = new Uint8Array(600), study = '1.2.3.4'): Element[] {
  const reference = [{ tag: 0x0008_1150, vr: 'UI', value: CT_IMAGE }];
  return [
    { tag: 0x0008_0005, vr: 'CS', value: 'ISO_IR 100' },
    { tag: 0x0008_0016, vr: 'UI', value: CT_IMAGE },
    { tag: 0x0008_0018, vr: 'UI', value: '1.2.3.4.5' },
    { tag: 0x0008_0020, vr: 'DA', value: '20200101' },
    { tag: 0x0008_0050, vr: 'SH', value: 'CANARYACC' },
    { tag: 0x0008_0060, vr: 'CS', value: 'CT' },
    { tag: 0x0008_0070, vr: 'LO', value: 'SIEMENS' },
    { tag: 0x0008_0090, vr: 'PN', value: 'CANARYREF^DOC' },
    { tag: 0x0008_1010, vr: 'SH', value: 'CTAWP1' },
    { tag: 0x0008_1030, vr: 'LO', value: 'CANARYSTUDY' },
    { tag: 0x0008_1090, vr: 'LO', value: 'SOMATOM' },
    { tag: 0x0008_1110, vr: 'SQ', value: [reference, reference], undefinedLength: true },
    { tag: 0x0008_1140, vr: 'SQ', value: [reference] },
    { tag: 0x0010_0010, vr: 'PN', value: 'CANARYNAME^ANN' },
    { tag: 0x0010_0020, vr: 'LO', value: 'CANARYMRN' },
    { tag: 0x0010_0030, vr: 'DA', value: '19700101' },
    { tag: 0x0018_1000, vr: 'LO', value: 'SN66012' },
    { tag: 0x0018_1020, vr: 'LO', value: 'VA48A' },
    { tag: 0x0020_000d, vr: 'UI', value: study },
    { tag: 0x0020_000e, vr: 'UI', value: '1.2.3.4.9' },
    { tag: 0x0020_4000, vr: 'LT', value: 'CANARYCOMMENT' },
    { tag: 0x0028_0010, vr: 'US', value: bytesOf([1, 0]) },
    { tag: 0x7fe0_0010, vr: 'OW', value: pixels },
  ];
}

/** A whole visit: request, images in four transfer syntaxes, an echo, a query with two answers, release. */
export function session(pduBytes = 256): Turn[] {
  const turns: Turn[] = [];
  const client = (...parts: Uint8Array[]) => turns.push(...parts.map((bytes) => ({ toServer: true, bytes })));
  const server = (...parts: Uint8Array[]) => turns.push(...parts.map((bytes) => ({ toServer: false, bytes })));
  client(associateRequest());
  server(associateAccept());
  client(...fragments(11, true, request(0x0030, 1, VERIFICATION, false)));
  server(...fragments(11, true, response(0x0030, 1, 0, false, VERIFICATION)));
  for (const [context, syntax] of syntaxes) {
    client(...fragments(context, true, storeRequest({ id: context + 10 }), 50));
    client(...fragments(context, false, dataSet(ctImage(), syntax), pduBytes));
    server(...fragments(context, true, response(0x0001, context + 10, 0)));
  }
  client(...fragments(9, true, request(0x0020, 40, STUDY_ROOT_FIND, true)));
  client(...fragments(9, false, dataSet(studyQuery({ name: '*' }), IMPLICIT)));
  for (const name of ['CANARYNAME^BEA', 'CANARYNAME^CID']) {
    server(...fragments(9, true, response(0x0020, 40, 0xff00, true, STUDY_ROOT_FIND)));
    server(...fragments(9, false, dataSet(studyQuery({ name }), IMPLICIT)));
  }
  server(...fragments(9, true, response(0x0020, 40, 0, false, STUDY_ROOT_FIND)));
  client(releaseRequest());
  server(releaseReply());
  return turns;
}

export const syntaxes: readonly (readonly [context: number, syntax: string])[] = [
  [1, IMPLICIT],
  [3, EXPLICIT],
  [5, DEFLATED],
  [7, BIG_ENDIAN],
];

export interface QueryKeys {
  level?: string;
  name?: string;
  id?: string;
  date?: string;
  study?: string;
  accession?: string;
}

export function studyQuery(keys: QueryKeys): Element[] {
  return [
    { tag: 0x0008_0020, vr: 'DA', value: keys.date ?? '' },
    { tag: 0x0008_0050, vr: 'SH', value: keys.accession ?? '' },
    { tag: 0x0008_0052, vr: 'CS', value: keys.level ?? 'STUDY' },
    { tag: 0x0010_0010, vr: 'PN', value: keys.name ?? '' },
    { tag: 0x0010_0020, vr: 'LO', value: keys.id ?? '' },
    { tag: 0x0020_000d, vr: 'UI', value: keys.study ?? '' },
  ];
}
