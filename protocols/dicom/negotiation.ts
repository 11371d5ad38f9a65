/**
 * The variable items of A-ASSOCIATE-RQ and -AC (PS3.8, 9.3.2 and 9.3.3; user information: PS3.7, annex D).
 *
 *     ┌──────┬──────────┬────────────────┬───────┐
 *     │ type │ reserved │ length, 16 bit │ value │   … to the end of the PDU
 *     └──────┴──────────┴────────────────┴───────┘
 *
 * An item that claims more than there is left is cut there and named. Of the user identity only its
 * type is read: neither user nor passcode ever leaves the packet.
 */
import type { TextMemory } from '../../src/bytes/text.ts';
import type { Contexts } from './contexts.ts';
import { readUid } from './uids.ts';

const ITEM_HEADER_BYTES = 4;

const CONTEXT_PROPOSED = 0x20;
const CONTEXT_ANSWERED = 0x21;
const ABSTRACT_SYNTAX = 0x30;
const TRANSFER_SYNTAX = 0x40;
const USER_INFORMATION = 0x50;
const MAXIMUM_LENGTH = 0x51;
const IMPLEMENTATION_UID = 0x52;
const ROLE_SELECTION = 0x54;
const IMPLEMENTATION_VERSION = 0x55;
const USER_IDENTITY = 0x58;

/** Identifier, reserved, result (in the answer), reserved. */
const CONTEXT_HEADER_BYTES = 4;
const CONTEXT_RESULT = 2;
const VERSION_BYTES_MAX = 16;

export class Negotiation {
  contextsProposed = 0;
  maxPduBytes = -1;
  implementationUid = '';
  implementationVersion = '';
  userIdentity = 0;
  /** Abstract syntaxes for which the speaker offers to be SCP. */
  readonly roles: Set<string> = new Set();
  /** Name of the first thing that was wrong, or ''. */
  oddity = '';

  private readonly rolesMax: number;
  private readonly uids: TextMemory;
  private readonly texts: TextMemory;
  private abstractSyntax = '';
  private transferSyntax = '';
  private isAnswer = false;

  constructor(contextsMax: number, uids: TextMemory, texts: TextMemory) {
    this.rolesMax = contextsMax;
    this.uids = uids;
    this.texts = texts;
  }

  /** Reads the items in `[at, end)` and enters the presentation contexts into the table. */
  read(view: DataView, at: number, end: number, contexts: Contexts): void {
    this.contextsProposed = 0;
    this.maxPduBytes = -1;
    this.implementationUid = '';
    this.implementationVersion = '';
    this.userIdentity = 0;
    this.roles.clear();
    this.oddity = '';
    let item = at;
    while (end - item >= ITEM_HEADER_BYTES) {
      const next = this.endOf(view, item, end);
      const type = view.getUint8(item);
      if (type === USER_INFORMATION) this.subItems(view, item + ITEM_HEADER_BYTES, next);
      else if (type === CONTEXT_PROPOSED || type === CONTEXT_ANSWERED) {
        this.context(view, item + ITEM_HEADER_BYTES, next, type === CONTEXT_ANSWERED, contexts);
      }
      item = next;
    }
    if (item < end) this.wrong('dicom_item_overrun');
  }

  private context(view: DataView, at: number, end: number, isAnswer: boolean, contexts: Contexts): void {
    if (end - at < CONTEXT_HEADER_BYTES) {
      this.wrong('dicom_item_short');
      return;
    }
    this.abstractSyntax = '';
    this.transferSyntax = '';
    this.isAnswer = isAnswer;
    this.subItems(view, at + CONTEXT_HEADER_BYTES, end);
    const id = view.getUint8(at);
    if (!isAnswer) this.contextsProposed++;
    const fits = isAnswer
      ? contexts.answer(id, view.getUint8(at + CONTEXT_RESULT), this.transferSyntax)
      : contexts.propose(id, this.abstractSyntax);
    if (!fits) this.wrong('dicom_bad_context_id');
  }

  private subItems(view: DataView, at: number, end: number): void {
    let item = at;
    while (end - item >= ITEM_HEADER_BYTES) {
      const next = this.endOf(view, item, end);
      const type = view.getUint8(item);
      // Of what is proposed nobody asks for the encodings; the answer names the one that is used.
      if (type !== TRANSFER_SYNTAX || this.isAnswer) this.subItem(view, type, item + ITEM_HEADER_BYTES, next);
      item = next;
    }
    if (item < end) this.wrong('dicom_item_overrun');
  }

  private subItem(view: DataView, type: number, at: number, end: number): void {
    const length = end - at;
    switch (type) {
      case TRANSFER_SYNTAX:
        this.transferSyntax = this.uid(view, at, length);
        return;
      case ABSTRACT_SYNTAX:
        this.abstractSyntax = this.uid(view, at, length);
        return;
      case IMPLEMENTATION_UID:
        this.implementationUid = this.uid(view, at, length);
        return;
      case MAXIMUM_LENGTH:
        if (length >= 4) this.maxPduBytes = view.getUint32(at);
        return;
      case IMPLEMENTATION_VERSION:
        this.implementationVersion = this.texts.read(view, at, Math.min(length, VERSION_BYTES_MAX));
        return;
      case USER_IDENTITY:
        if (length >= 1) this.userIdentity = view.getUint8(at);
        return;
      case ROLE_SELECTION:
        this.role(view, at, end);
    }
  }

  /** UID length (2), UID, SCU (1), SCP (1). */
  private role(view: DataView, at: number, end: number): void {
    if (end - at < 4) {
      this.wrong('dicom_item_short');
      return;
    }
    const uidBytes = view.getUint16(at);
    const roles = at + 2 + uidBytes;
    if (roles + 2 > end) {
      this.wrong('dicom_item_overrun');
      return;
    }
    if (view.getUint8(roles + 1) !== 1 || this.roles.size >= this.rolesMax) return;
    const uid = this.uid(view, at + 2, uidBytes);
    if (uid !== '') this.roles.add(uid);
  }

  private uid(view: DataView, at: number, length: number): string {
    const uid = readUid(this.uids, view, at, length);
    if (uid === '' && length > 0) this.wrong('dicom_bad_uid');
    return uid;
  }

  private endOf(view: DataView, item: number, end: number): number {
    const next = item + ITEM_HEADER_BYTES + view.getUint16(item + 2);
    if (next <= end) return next;
    this.wrong('dicom_item_overrun');
    return end;
  }

  private wrong(oddity: string): void {
    if (this.oddity === '') this.oddity = oddity;
  }
}
