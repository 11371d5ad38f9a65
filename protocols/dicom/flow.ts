/**
 * The memory of one connection: the association in the middle, and one lane per direction that knows
 * where in the walk of PDUs, PDVs and messages it stands.
 *
 * Held per lane at most: one command set (`dicomCommandBytesMax`), one element of a data set, the
 * beginning of a deflated one, and `dicomPendingMax` open requests.
 */
import { TextMemory } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import {
  Association,
  AssociationAnswer,
  AssociationEnd,
  Dimse,
  Identity,
  Instance,
  Operation,
  Query,
} from '../../src/records.ts';
import { CommandSet } from './command.ts';
import { Contexts } from './contexts.ts';
import type { DataSetReader } from './data-set.ts';
import { Told } from './identity.ts';
import { NameLists } from './names.ts';
import { Negotiation } from './negotiation.ts';

/** Names that one sensor hears: of SOP classes there are two hundred, of stations perhaps as many. */
const REMEMBERED = 1024;

/** Settings, and the objects that are filled again and again. One per decoder. */
export class Workbench {
  readonly limits: Limits;
  /** Key of the study hashes. */
  readonly key: Uint8Array;
  readonly uids: TextMemory = new TextMemory(REMEMBERED);
  readonly texts: TextMemory = new TextMemory(REMEMBERED);
  readonly sopClasses: NameLists = new NameLists();
  readonly transferSyntaxes: NameLists = new NameLists();
  readonly command: CommandSet;
  readonly negotiation: Negotiation;
  readonly association: Association = new Association();
  readonly answer: AssociationAnswer = new AssociationAnswer();
  readonly end: AssociationEnd = new AssociationEnd();
  readonly dimse: Dimse = new Dimse();
  readonly instance: Instance = new Instance();
  readonly query: Query = new Query();
  readonly identity: Identity = new Identity();
  readonly operation: Operation = new Operation();

  constructor(limits: Limits, key: Uint8Array) {
    this.limits = limits;
    this.key = key;
    this.command = new CommandSet(this.uids, this.texts);
    this.negotiation = new Negotiation(limits.dicomContextsMax, this.uids, this.texts);
  }
}

/** Requests of one direction that wait for their response, the oldest first. */
export class Requests {
  private readonly ids: number[] = [];
  private readonly timesUs: number[] = [];

  add(id: number, timeUs: number, countMax: number): void {
    this.remove(id);
    if (this.ids.length >= countMax) this.removeAt(0);
    this.ids.push(id);
    this.timesUs.push(timeUs);
  }

  /** Time since the request with this id, -1 when it was not seen. */
  waitedUs(id: number, timeUs: number): number {
    const place = this.ids.indexOf(id);
    return place < 0 ? -1 : Math.max(0, timeUs - this.timesUs[place]!);
  }

  remove(id: number): void {
    const place = this.ids.indexOf(id);
    if (place >= 0) this.removeAt(place);
  }

  private removeAt(place: number): void {
    const { ids, timesUs } = this;
    for (let i = place + 1; i < ids.length; i++) {
      ids[i - 1] = ids[i]!;
      timesUs[i - 1] = timesUs[i]!;
    }
    ids.pop();
    timesUs.pop();
  }

  clear(): void {
    this.ids.length = 0;
    this.timesUs.length = 0;
  }
}

/** What becomes of the bytes of a fragment. */
export const DROP = 0;
export const TO_COMMAND = 1;
export const TO_DATA_SET = 2;

/** What the data set that follows a command is. */
export const NO_DATA_SET = 0;
export const IMAGE = 1;
export const IDENTIFIER = 2;
export const OTHER_DATA_SET = 3;

/** One direction. */
export class Lane {
  begun = false;
  /** The thread is lost: the next believable PDU header is looked for. */
  seeking = false;
  /** Bytes were lost: what comes first may be the rest of a message whose beginning nobody saw. */
  unsure = false;
  /** Bytes left of the P-DATA-TF, of them bytes left of the fragment, and bytes to step over after a loss. */
  pduLeft = 0;
  fragmentLeft = 0;
  blindLeft = 0;
  /** Bytes that the last call left undone: they are gone when a gap follows. */
  undone = 0;
  /** Largest P-DATA-TF the other end takes; 0 or -1: no limit known. */
  pduBytesMax = -1;

  fragmentIsCommand = false;
  fragmentIsLast = false;
  fragmentContext = 0;
  sink = DROP;

  command: Uint8Array = new Uint8Array(0);
  commandBytes = 0;
  commandTooLong = false;
  /** The command set lay whole in its segment and has been read there. */
  commandRead = false;

  /** The message whose data set is awaited or on its way. */
  awaits = NO_DATA_SET;
  messageContext = 0;
  messageVerb = '';
  messageSopClass = '';
  /** The sender images on its own behalf: not for a C-MOVE, not as answer to a C-GET. */
  messageIsOwn = false;
  dataBytes = 0;
  dataBegun = false;
  described = false;
  reader: DataSetReader | null = null;
  readonly requests: Requests = new Requests();

  /** Forgets the message on its way. */
  abandon(): void {
    this.awaits = NO_DATA_SET;
    this.commandBytes = 0;
    this.commandTooLong = false;
    this.commandRead = false;
    this.dataBytes = 0;
    this.dataBegun = false;
  }
}

/** Where an association stands. */
export const NONE = 0;
export const OPEN = 1;
export const ENDED = 2;

export class DicomFlow {
  readonly bench: Workbench;
  readonly toServer: Lane = new Lane();
  readonly toClient: Lane = new Lane();

  phase = NONE;
  requestorToServer = true;
  /** The request was not seen. */
  midstream = false;
  calledAe = '';
  startUs = 0;
  readonly contexts: Contexts = new Contexts();
  instances = 0;
  instanceBytes = 0;
  /** A-RELEASE-RQ has been seen. */
  releaseAsked = false;
  /** When A-RELEASE-RP was seen ahead of its request; -1: not. */
  releaseRepliedUs = -1;

  /** The answer overtook its request on the way to the sensor (or the request was never seen). */
  earlyAnswer: AssociationAnswer | null = null;
  earlyRejection: AssociationEnd | null = null;

  /** Device attributes already told in this association. */
  readonly told: Told = new Told();
  /** Oddities that are told once in an association. */
  toldOverMaximum = false;
  toldUnknownContext = false;

  constructor(bench: Workbench) {
    this.bench = bench;
  }

  lane(toServer: boolean): Lane {
    return toServer ? this.toServer : this.toClient;
  }
}
