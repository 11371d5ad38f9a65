/**
 * The command set of a DIMSE message (PS3.7, 6.3 and annex E): always implicit VR little-endian.
 *
 *     ┌──────────────┬─────────┬────────────────┬───────┐
 *     │ group (0000) │ element │ length, 32 bit │ value │   … the first is the group length (0000,0000)
 *     └──────────────┴─────────┴────────────────┴───────┘
 *
 * Read once, when it is whole. Error comments and instance UIDs are stepped over.
 */
import type { TextMemory } from '../../src/bytes/text.ts';
import { readUid } from './uids.ts';

const ELEMENT_HEADER_BYTES = 8;

/** Elements of group 0000. */
const GROUP_LENGTH = 0x0000;
const AFFECTED_SOP_CLASS = 0x0002;
const REQUESTED_SOP_CLASS = 0x0003;
const COMMAND_FIELD = 0x0100;
const MESSAGE_ID = 0x0110;
const MESSAGE_ID_RESPONDED_TO = 0x0120;
const MOVE_DESTINATION = 0x0600;
const DATA_SET_TYPE = 0x0800;
const STATUS = 0x0900;
const EVENT_TYPE = 0x1002;
const ACTION_TYPE = 0x1008;
const REMAINING = 0x1020;
const COMPLETED = 0x1021;
const FAILED = 0x1022;
const WARNING = 0x1023;
const MOVE_ORIGINATOR = 0x1030;

const NO_DATA_SET = 0x0101;
const AE_BYTES_MAX = 16;

/** Command fields (PS3.7, table E.1-1). A response has the highest bit set. */
export const RESPONSE = 0x8000;
export const C_STORE_RQ = 0x0001;
export const C_GET_RQ = 0x0010;
export const C_FIND_RQ = 0x0020;
export const C_MOVE_RQ = 0x0021;
export const C_CANCEL_RQ = 0x0fff;
const N_SET_RQ = 0x0120;
const N_ACTION_RQ = 0x0130;
const N_CREATE_RQ = 0x0140;
const N_DELETE_RQ = 0x0150;

const services = new Map<number, string>([
  [C_STORE_RQ, 'C-STORE'],
  [C_GET_RQ, 'C-GET'],
  [C_FIND_RQ, 'C-FIND'],
  [C_MOVE_RQ, 'C-MOVE'],
  [0x0030, 'C-ECHO'],
  [0x0100, 'N-EVENT-REPORT'],
  [0x0110, 'N-GET'],
  [N_SET_RQ, 'N-SET'],
  [N_ACTION_RQ, 'N-ACTION'],
  [N_CREATE_RQ, 'N-CREATE'],
  [N_DELETE_RQ, 'N-DELETE'],
]);

const verbs = new Map<number, string>([[C_CANCEL_RQ, 'C-CANCEL-RQ']]);
for (const [code, service] of services) verbs.set(code, `${service}-RQ`).set(code | RESPONSE, `${service}-RSP`);

/** `C-STORE-RQ`, or `0xhhhh` for a command field the standard does not know. */
export function verbOf(commandField: number): string {
  return verbs.get(commandField) ?? `0x${commandField.toString(16).padStart(4, '0')}`;
}

/** `N-SET` for a request that can change something at the other end, else ''. */
export function writingService(commandField: number): string {
  const writes =
    commandField === N_SET_RQ ||
    commandField === N_ACTION_RQ ||
    commandField === N_CREATE_RQ ||
    commandField === N_DELETE_RQ;
  return writes ? (services.get(commandField) ?? '') : '';
}

/** Pending responses are followed by more (PS3.7, C.1). */
export function isPending(status: number): boolean {
  return status === 0xff00 || status === 0xff01;
}

export class CommandSet {
  /** -1 when it is missing, as with every number here. */
  field = -1;
  messageId = -1;
  respondedTo = -1;
  status = -1;
  /** Affected or requested SOP class. */
  sopClass = '';
  moveDestination = '';
  moveOriginator = '';
  remaining = -1;
  completed = -1;
  failed = -1;
  warning = -1;
  typeId = -1;
  hasDataSet = false;
  /** The set began with its group length, as it must. */
  hasGroupLength = false;
  /** Name of the first thing that was wrong, or ''. */
  oddity = '';

  private readonly uids: TextMemory;
  private readonly texts: TextMemory;

  constructor(uids: TextMemory, texts: TextMemory) {
    this.uids = uids;
    this.texts = texts;
  }

  /** Reads `view[start, end)`. */
  read(view: DataView, start: number, end: number): void {
    this.clear();
    let at = start;
    while (end - at >= ELEMENT_HEADER_BYTES) {
      const element = view.getUint16(at + 2, true);
      const length = view.getUint32(at + 4, true);
      const value = at + ELEMENT_HEADER_BYTES;
      if (view.getUint16(at, true) !== 0) {
        this.wrong('dicom_foreign_command_element');
        return;
      }
      if (length > end - value) {
        this.wrong('dicom_command_overrun');
        return;
      }
      if (at === start) this.groupLength(view, element, length, value, end);
      this.element(view, element, value, length);
      at = value + length;
    }
    if (at < end) this.wrong('dicom_command_overrun');
    if (this.field < 0) this.wrong('dicom_command_without_field');
  }

  private groupLength(view: DataView, element: number, length: number, value: number, end: number): void {
    this.hasGroupLength = element === GROUP_LENGTH && length === 4;
    if (!this.hasGroupLength) this.wrong('dicom_command_without_length');
    else if (view.getUint32(value, true) !== end - value - 4) {
      this.wrong('dicom_command_wrong_length');
    }
  }

  private element(view: DataView, element: number, value: number, length: number): void {
    switch (element) {
      case AFFECTED_SOP_CLASS:
      case REQUESTED_SOP_CLASS:
        this.sopClass = this.uid(view, value, length);
        return;
      case MOVE_DESTINATION:
        this.moveDestination = this.aeTitle(view, value, length);
        return;
      case MOVE_ORIGINATOR:
        this.moveOriginator = this.aeTitle(view, value, length);
        return;
      default:
        if (length >= 2) this.number(element, view.getUint16(value, true));
    }
  }

  private number(element: number, number: number): void {
    switch (element) {
      case COMMAND_FIELD:
        this.field = number;
        return;
      case MESSAGE_ID:
        this.messageId = number;
        return;
      case MESSAGE_ID_RESPONDED_TO:
        this.respondedTo = number;
        return;
      case DATA_SET_TYPE:
        this.hasDataSet = number !== NO_DATA_SET;
        return;
      case STATUS:
        this.status = number;
        return;
      case EVENT_TYPE:
      case ACTION_TYPE:
        this.typeId = number;
        return;
      case REMAINING:
        this.remaining = number;
        return;
      case COMPLETED:
        this.completed = number;
        return;
      case FAILED:
        this.failed = number;
        return;
      case WARNING:
        this.warning = number;
    }
  }

  private uid(view: DataView, value: number, length: number): string {
    const uid = readUid(this.uids, view, value, length);
    if (uid === '' && length > 0) this.wrong('dicom_bad_uid');
    return uid;
  }

  private aeTitle(view: DataView, value: number, length: number): string {
    return this.texts.read(view, value, Math.min(length, AE_BYTES_MAX));
  }

  private wrong(oddity: string): void {
    if (this.oddity === '') this.oddity = oddity;
  }

  private clear(): void {
    this.field = -1;
    this.messageId = -1;
    this.respondedTo = -1;
    this.status = -1;
    this.sopClass = '';
    this.moveDestination = '';
    this.moveOriginator = '';
    this.remaining = -1;
    this.completed = -1;
    this.failed = -1;
    this.warning = -1;
    this.typeId = -1;
    this.hasDataSet = false;
    this.hasGroupLength = false;
    this.oddity = '';
  }
}
