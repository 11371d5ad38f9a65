/** One plain sentence about what a sensor can see, from what it counted. The worst thing comes first; what is fine is not said. */
export interface Seen {
  readonly packets: number;
  /** Share of the bytes of all streams that came by, 0 to 100. */
  readonly percent: number;
  readonly oneWayPercent: number;
  readonly duplicatePercent: number;
  readonly truncatedPercent: number;
}

export function verdictOf({ packets, percent, oneWayPercent, duplicatePercent, truncatedPercent }: Seen): string {
  if (packets === 0) return 'There was no packet to look at.';
  if (oneWayPercent > 20) {
    return `Only one direction of ${oneWayPercent} % of the conversations was seen: the mirror port copies one direction, or routes differ.`;
  }
  if (truncatedPercent > 1)
    return `${truncatedPercent} % of the packets were cut short by the capture: what stood behind the cut was not seen.`;
  if (percent < 99)
    return `${percent} % of the bytes of all conversations were seen; the rest was lost before the sensor.`;
  if (duplicatePercent > 5)
    return `Nothing is missing; ${duplicatePercent} % of the packets came twice, as two mirrored ports make them, and were counted once.`;
  if (percent < 100 || oneWayPercent > 0 || truncatedPercent > 0)
    return 'Nearly everything was seen; see the figures for what is missing.';
  return 'Nothing is missing from any TCP conversation; whether datagrams were lost cannot be told.';
}
