/** What DICOM systems say to each other in the generated hospital (PS3.7 and PS3.8), whole conversations at once. */
import {
  associateAccept,
  associateRequest,
  commandSet,
  dataSet,
  type Element,
  EXPLICIT,
  fragments,
  IMPLICIT,
  type Proposed,
  releaseReply,
  releaseRequest,
  request,
  response,
  STUDY_ROOT_FIND,
  studyQuery,
  VERIFICATION,
  WITH_DATA,
  WORKLIST_FIND,
} from '../../test/support/dicom.ts';
import type { Said } from './wire.ts';

export const STUDY_ROOT_MOVE = '1.2.840.10008.5.1.4.1.2.2.2';

/** SOP classes of images by modality (PS3.4 annex B.5). */
export const imageClasses: Readonly<Record<string, string>> = {
  CT: '1.2.840.10008.5.1.4.1.1.2',
  MR: '1.2.840.10008.5.1.4.1.1.4',
  US: '1.2.840.10008.5.1.4.1.1.6.1',
  CR: '1.2.840.10008.5.1.4.1.1.1',
  DX: '1.2.840.10008.5.1.4.1.1.1.1',
};

/** Root of the unique identifiers of everything here. */
const ROOT = '1.2.826.0.1.3680043.10.99';
const C_STORE = 0x0001;
const C_FIND = 0x0020;
const C_MOVE = 0x0021;
const C_ECHO = 0x0030;
const PENDING = 0xff00;
const CONTEXT = 1;
/** A side that must think, or fetch from a disk. */
const WORK_US = 20_000;

export interface Pair {
  readonly calling: string;
  readonly called: string;
}

export interface Study {
  readonly modality: string;
  readonly number: number;
  readonly images: number;
  readonly imageBytes: number;
}

type Part = readonly [toServer: boolean, ...messages: Uint8Array[]];

function association({ calling, called }: Pair, contexts: readonly Proposed[], parts: readonly Part[]): Said[] {
  const names = { callingAe: calling, calledAe: called, contexts, version: 'GENERATED_1' };
  const said: Said[] = [
    { toServer: true, bytes: associateRequest(names) },
    { toServer: false, bytes: associateAccept(names), afterUs: 3_000 },
  ];
  for (const [toServer, ...messages] of parts) {
    for (const bytes of messages) said.push({ toServer, bytes, afterUs: toServer ? 1_000 : WORK_US });
  }
  said.push({ toServer: true, bytes: releaseRequest() }, { toServer: false, bytes: releaseReply() });
  return said;
}

const command = (bytes: Uint8Array, context = CONTEXT): Uint8Array[] => fragments(context, true, bytes);
const data = (bytes: Uint8Array, context = CONTEXT): Uint8Array[] => fragments(context, false, bytes, 16_000);

export function echo(pair: Pair): Said[] {
  return association(
    pair,
    [{ id: CONTEXT, abstractSyntax: VERIFICATION }],
    [
      [true, ...command(request(C_ECHO, 1, VERIFICATION, false))],
      [false, ...command(response(C_ECHO, 1, 0, false, VERIFICATION))],
    ],
  );
}

/** Asks for a list; the answers are invented patients whose fields say so. */
function find(sopClass: string, id: number, keys: readonly Element[], entries: number): Part[] {
  const parts: Part[] = [[true, ...command(request(C_FIND, id, sopClass, true)), ...data(dataSet(keys, IMPLICIT))]];
  for (let entry = 0; entry < entries; entry++) {
    const answer = dataSet(
      studyQuery({ name: `CANARYNAME^${entry}`, id: `CANARYMRN${entry}`, study: `${ROOT}.1.${entry}` }),
      IMPLICIT,
    );
    parts.push([false, ...command(response(C_FIND, id, PENDING, true, sopClass)), ...data(answer)]);
  }
  parts.push([false, ...command(response(C_FIND, id, 0, false, sopClass))]);
  return parts;
}

/** A modality asks what it has to do today. */
export function worklist(pair: Pair, entries: number): Said[] {
  const step = [
    { tag: 0x0008_0060, vr: 'CS', value: '' },
    { tag: 0x0040_0001, vr: 'AE', value: pair.calling },
    { tag: 0x0040_0002, vr: 'DA', value: '20260302' },
  ];
  const keys: Element[] = [
    { tag: 0x0008_0050, vr: 'SH', value: '' },
    { tag: 0x0010_0010, vr: 'PN', value: '' },
    { tag: 0x0010_0020, vr: 'LO', value: '' },
    { tag: 0x0040_0100, vr: 'SQ', value: [step] },
  ];
  return association(pair, [{ id: CONTEXT, abstractSyntax: WORKLIST_FIND }], find(WORKLIST_FIND, 1, keys, entries));
}

function image({ modality, number, imageBytes }: Study, index: number): Element[] {
  const pixels = new Uint8Array(imageBytes & ~1);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * 37 + number + index) & 255;
  return [
    { tag: 0x0008_0005, vr: 'CS', value: 'ISO_IR 100' },
    { tag: 0x0008_0016, vr: 'UI', value: imageClasses[modality] ?? '' },
    { tag: 0x0008_0018, vr: 'UI', value: `${ROOT}.3.${number}.${index}` },
    { tag: 0x0008_0020, vr: 'DA', value: '20260302' },
    { tag: 0x0008_0050, vr: 'SH', value: `CANARYACC${number}` },
    { tag: 0x0008_0060, vr: 'CS', value: modality },
    { tag: 0x0010_0010, vr: 'PN', value: 'CANARYNAME^GEN' },
    { tag: 0x0010_0020, vr: 'LO', value: `CANARYMRN${number}` },
    { tag: 0x0010_0030, vr: 'DA', value: '19700101' },
    { tag: 0x0020_000d, vr: 'UI', value: `${ROOT}.1.${number}` },
    { tag: 0x0020_000e, vr: 'UI', value: `${ROOT}.2.${number}` },
    { tag: 0x7fe0_0010, vr: 'OW', value: pixels },
  ];
}

/** Sends a study; `originator` is who asked for it, when somebody moves it. */
export function store(pair: Pair, study: Study, originator?: string): Said[] {
  const sopClass = imageClasses[study.modality] ?? '';
  const parts: Part[] = [];
  for (let index = 0; index < study.images; index++) {
    const asked = commandSet([
      [0x0002, sopClass],
      [0x0100, C_STORE],
      [0x0110, index + 1],
      [0x0700, 0],
      [0x0800, WITH_DATA],
      [0x1000, `${ROOT}.3.${study.number}.${index}`],
      ...(originator === undefined ? [] : ([[0x1030, originator]] as const)),
    ]);
    parts.push([true, ...command(asked), ...data(dataSet(image(study, index), EXPLICIT))]);
    parts.push([false, ...command(response(C_STORE, index + 1, 0, false, sopClass))]);
  }
  return association(pair, [{ id: CONTEXT, abstractSyntax: sopClass, transferSyntaxes: [EXPLICIT] }], parts);
}

export interface Retrieval {
  readonly destination: string;
  readonly studies: readonly Study[];
  /** Answers to the query before it. */
  readonly found: number;
  /** Asks for everything, instead of for one patient. */
  readonly wild?: boolean;
  /** From one move to the next. */
  readonly pauseUs?: number;
}

/**
 * Looks for studies and has them moved. The archive sends them in associations of its own, which the caller makes:
 * one per study, from the moment that `movesUs` gives, counted from the start.
 */
export function retrieve(pair: Pair, retrieval: Retrieval): { said: Said[]; movesUs: number[] } {
  const { destination, studies, found, wild = false, pauseUs = 500_000 } = retrieval;
  const contexts: Proposed[] = [
    { id: 1, abstractSyntax: STUDY_ROOT_FIND },
    { id: 3, abstractSyntax: STUDY_ROOT_MOVE },
  ];
  const keys = studyQuery(wild ? { name: '*' } : { id: 'CANARYMRN7' });
  const parts: Part[] = find(STUDY_ROOT_FIND, 1, keys, found);
  const before = parts.length;
  studies.forEach(({ number }, index) => {
    const id = index + 2;
    const asked = commandSet([
      [0x0002, STUDY_ROOT_MOVE],
      [0x0100, C_MOVE],
      [0x0110, id],
      [0x0600, destination],
      [0x0700, 0],
      [0x0800, WITH_DATA],
    ]);
    const which = dataSet(studyQuery({ study: `${ROOT}.1.${number}` }), IMPLICIT);
    parts.push([true, ...command(asked, 3), ...data(which, 3)]);
    parts.push([false, ...command(response(C_MOVE, id, 0, false, STUDY_ROOT_MOVE), 3)]);
  });
  const said = association(pair, contexts, parts);
  return { said, movesUs: slowed(said, before, studies.length, pauseUs) };
}

/** Puts the pauses between the moves, and answers when each was asked for. */
function slowed(said: Said[], partsBefore: number, moves: number, pauseUs: number): number[] {
  const movesUs: number[] = [];
  let atUs = 0;
  let asked = -1;
  // Two messages of the association, the query with its data, every answer with its own, and the last answer alone.
  const firstMove = 2 + 2 + (partsBefore - 2) * 2 + 1;
  said.forEach((one, index) => {
    const place = index - firstMove;
    const afterUs = place >= 0 && place < moves * 3 && place % 3 === 2 ? pauseUs : (one.afterUs ?? 1_000);
    said[index] = { ...one, afterUs };
    atUs += afterUs;
    if (place >= 0 && place < moves * 3 && place % 3 === 1) {
      asked++;
      movesUs[asked] = atUs + 5_000;
    }
  });
  return movesUs;
}
