/** Helpers for tests of decoders: a segment from bytes, a listener that remembers, a stream cut anywhere. */
import { GIVE_UP, type Protocol, Segment } from '../../src/protocol.ts';
import { type Moment, type Records, recordKinds } from '../../src/records.ts';

export function segment(bytes: Uint8Array, over: Partial<Segment> = {}): Segment {
  const made = new Segment();
  made.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  made.end = bytes.length;
  return Object.assign(made, { flow: 7, timeUs: 1_000_000, packet: 1 }, over);
}

export interface Heard {
  readonly kind: string;
  readonly record: Record<string, unknown>;
}

/** Listens to a decoder and keeps a copy of every record; an oddity is kept as `{ name }`. */
export function heard(): { records: Records; list: Heard[]; of: (kind: string) => Record<string, unknown>[] } {
  const list: Heard[] = [];
  const records: Record<string, unknown> = {
    oddity: (name: string) => list.push({ kind: 'oddity', record: { name } }),
  };
  for (const kind of Object.keys(recordKinds)) {
    records[kind] = (record: Moment) => list.push({ kind, record: { ...record } });
  }
  return {
    records: records as unknown as Records,
    list,
    of: (kind) => list.filter((entry) => entry.kind === kind).map((entry) => entry.record),
  };
}

/** One piece of a conversation: who speaks, and what. `gap`: so many bytes of that direction are lost. */
export interface Turn {
  readonly toServer: boolean;
  readonly bytes?: Uint8Array;
  readonly gap?: number;
  readonly timeUs?: number;
}

/**
 * Offers a conversation the way the stream layer does: held back what is not yet used, surplus dropped,
 * each turn cut into pieces of `pieceBytes` (or at the given offsets). Returns what was heard.
 */
export function converse<State>(
  protocol: Protocol<State>,
  turns: readonly Turn[],
  cut: { pieceBytes?: number; cuts?: readonly number[] } = {},
  over: Partial<Segment> = {},
): Heard[] {
  const { records, list } = heard();
  const state = protocol.open();
  const held: [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()];
  const surplus: [number, number] = [0, 0];
  let timeUs = 1_000_000;
  for (const turn of turns) {
    const side = turn.toServer ? 0 : 1;
    timeUs = turn.timeUs ?? timeUs + 1_000;
    if (turn.gap !== undefined) {
      const lost = Math.max(0, turn.gap - surplus[side]);
      surplus[side] = Math.max(0, surplus[side] - turn.gap);
      held[side] = new Uint8Array();
      if (lost > 0)
        protocol.gap?.(state, segment(new Uint8Array(), { ...over, toServer: turn.toServer, timeUs }), lost, records);
      continue;
    }
    for (const piece of pieces(turn.bytes ?? new Uint8Array(), cut)) {
      const dropped = Math.min(surplus[side], piece.length);
      surplus[side] -= dropped;
      const offered = new Uint8Array(Buffer.concat([held[side], piece.subarray(dropped)]));
      if (offered.length === 0) continue;
      const used = protocol.decode(state, segment(offered, { ...over, toServer: turn.toServer, timeUs }), records);
      if (used === GIVE_UP) return list;
      surplus[side] += Math.max(0, used - offered.length);
      held[side] = offered.slice(Math.min(used, offered.length));
    }
  }
  protocol.close?.(state, segment(new Uint8Array(), { ...over, timeUs }), 'closed', records);
  return list;
}

function pieces(bytes: Uint8Array, cut: { pieceBytes?: number; cuts?: readonly number[] }): Uint8Array[] {
  const edges = cut.cuts ?? [];
  const all: number[] = [];
  if (cut.pieceBytes !== undefined) for (let at = cut.pieceBytes; at < bytes.length; at += cut.pieceBytes) all.push(at);
  else all.push(...edges.filter((edge) => edge > 0 && edge < bytes.length));
  const sorted = [0, ...all.sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((to, i) => bytes.subarray(sorted[i], to));
}

export const bytesOf = (...parts: (string | readonly number[] | Uint8Array)[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
  );
