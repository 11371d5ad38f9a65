/** What attacks and planned changes work with, and the labels that say what happened when (truth for tests). */
import type { Calendar } from './calendar.ts';
import type { Hospital } from './hospital.ts';
import type { Numbers } from './numbers.ts';
import type { Wanted } from './options.ts';
import type { Talk } from './talk.ts';
import type { Host } from './wire.ts';
import type { Work } from './work.ts';

export interface Label {
  readonly id: string;
  readonly malicious: boolean;
  /** Any of these names it rightly; empty for what must stay quiet. */
  readonly cards: readonly string[];
  readonly says: string;
  readonly device: string;
  readonly deviceAddress: string;
  readonly peer: string;
  readonly peerAddress: string;
  start: string;
  end: string;
  /** Payload that left the device, or came to it where that is the point. */
  bytes: number;
}

/** So many bytes between two times, evenly. */
export interface Move {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly bytes: number;
}

export interface Stage {
  readonly wanted: Wanted;
  /** Draws its ports from a range of its own, so that no usual packet changes. */
  readonly talk: Talk;
  readonly hospital: Hospital;
  readonly calendar: Calendar;
  readonly work: Work;
  readonly labels: Map<string, Label>;
  readonly moves: Map<string, Move[]>;
}

/** What is done in one hour. */
export interface Moment {
  readonly day: number;
  readonly hour: number;
  /** Days since it began: 0 on the first. */
  readonly since: number;
  readonly startUs: number;
  readonly numbers: Numbers;
}

export interface Script {
  readonly name: string;
  readonly cards: readonly string[];
  readonly says: string;
  /** Does its part of this hour; most hours have none. */
  readonly act: (stage: Stage, moment: Moment, note: Note) => void;
}

/** Says that something of the script happened between two hosts. */
export type Note = (device: Host, peer: Host, fromUs: number, untilUs: number, bytes: number) => void;

const iso = (timeUs: number): string => new Date(Math.floor(timeUs / 1000)).toISOString();

export function noteOf(stage: Stage, script: Script, malicious: boolean): Note {
  return (device, peer, fromUs, untilUs, bytes) => {
    const id = `${script.name} ${device.name}`;
    const moves = stage.moves.get(id) ?? [];
    if (bytes > 0) moves.push({ fromUs, untilUs, bytes });
    stage.moves.set(id, moves);
    const known = stage.labels.get(id);
    if (known !== undefined) {
      known.end = iso(untilUs);
      known.bytes += bytes;
      return;
    }
    stage.labels.set(id, {
      id,
      malicious,
      cards: script.cards,
      says: script.says,
      device: device.name,
      deviceAddress: [...device.ip].join('.'),
      peer: peer.name,
      peerAddress: [...peer.ip].join('.'),
      start: iso(fromUs),
      end: iso(untilUs),
      bytes,
    });
  };
}
