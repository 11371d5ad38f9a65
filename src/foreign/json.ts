/** Alerts of others as programs outside see them: ISO 8601 times, nothing else changed. */
import { isoTime } from '../bytes/time.ts';
import type { ForeignAlertRow } from './collector.ts';

export function foreignAlertJson({ firstUs, lastUs, ...rest }: ForeignAlertRow) {
  return {
    ...rest,
    toPorts: [...rest.toPorts],
    flows: [...rest.flows],
    first: isoTime(firstUs),
    last: isoTime(lastUs),
  };
}
