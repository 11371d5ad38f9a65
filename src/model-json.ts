/** The rows of model.ts as people and programs outside see them: ISO 8601 times, nothing else changed. */
import { isoTime } from './bytes/time.ts';
import type { DeviceRow, FindingRow, FlowRow, HeldRow, IncidentRow, LinkRow, Point, PostureRow } from './model.ts';

export function deviceJson(row: DeviceRow) {
  const { firstSeenUs, lastSeenUs, evidence, utilisation, ...rest } = row;
  return {
    ...rest,
    firstSeen: isoTime(firstSeenUs),
    lastSeen: isoTime(lastSeenUs),
    utilisation: { ...utilisation },
    evidence: evidence.map(({ firstSeenUs, lastSeenUs, ...fact }) => ({
      ...fact,
      firstSeen: isoTime(firstSeenUs),
      lastSeen: isoTime(lastSeenUs),
    })),
  };
}

export function alertJson(row: FindingRow) {
  const { startUs, endUs, evidence, repeats, ...rest } = row;
  return {
    ...rest,
    // A store of an earlier version does not have these.
    window: rest.window ?? '',
    inUse: rest.inUse ?? false,
    digest: rest.digest ?? false,
    repeats: (repeats ?? []).map(({ count, timeUs }) => ({ count, time: isoTime(timeUs) })),
    start: isoTime(startUs),
    end: isoTime(endUs),
    evidence: {
      packets: evidence.packets.map(({ packet, timeUs }) => ({ packet, time: isoTime(timeUs) })),
      flows: evidence.flows,
    },
  };
}

export function heldJson({ firstSeenUs, ...rest }: HeldRow) {
  return { ...rest, firstSeen: isoTime(firstSeenUs) };
}

export function incidentJson({ startUs, endUs, ...rest }: IncidentRow) {
  // A store of an earlier version knows one device only.
  const { devices = [rest.device], peer = '' } = rest;
  return { ...rest, devices, peer, start: isoTime(startUs), end: isoTime(endUs) };
}

export function postureJson({ firstSeenUs, lastSeenUs, ...rest }: PostureRow) {
  return { ...rest, firstSeen: isoTime(firstSeenUs), lastSeen: isoTime(lastSeenUs) };
}

export function pointJson({ measurement, tags, fields, timeUs }: Point) {
  return { measurement, tags, fields, time: isoTime(timeUs) };
}

export function linkJson({ firstUs, lastUs, ...rest }: LinkRow) {
  return { ...rest, first: isoTime(firstUs), last: isoTime(lastUs) };
}

export function flowJson({ startUs, endUs, ...rest }: FlowRow) {
  return { ...rest, start: isoTime(startUs), end: isoTime(endUs) };
}
