/** Systems past their support date, by what the ledger of each device says of them. Judged against packet time. */
import type { Device } from '../device.ts';
import { supportOf } from '../support-dates.ts';
import { NOBODY, type Sight } from './book.ts';

/** Attributes that name a system: said by the device itself, or told from its other words (systems.ts). */
const ATTRIBUTES = ['operating-system', 'software'] as const;
/** What is believed less than this is a guess. */
const CONFIDENCE_MIN = 0.5;

export function supportSights(devices: readonly Device[]): Sight[] {
  const sights: Sight[] = [];
  for (const device of devices) {
    if (device.mergedInto !== null || device.group || device.external || !device.confirmed) continue;
    const sight = sightOf(device);
    if (sight !== null) sights.push(sight);
  }
  return sights;
}

function sightOf(device: Device): Sight | null {
  const details = new Set<string>();
  let firstUs = Number.POSITIVE_INFINITY;
  let lastUs = 0;
  for (const row of ATTRIBUTES.flatMap((attribute) => device.ledger.of(attribute))) {
    const support = row.confidence < CONFIDENCE_MIN ? null : supportOf(row.value);
    if (support === null || row.lastSeenUs <= support.endUs) continue;
    details.add(`${support.product}, supported until ${support.end}`);
    firstUs = Math.min(firstUs, Math.max(row.firstSeenUs, support.endUs));
    lastUs = Math.max(lastUs, row.lastSeenUs);
  }
  if (details.size === 0) return null;
  const sorted = [...details].sort().slice(0, 4);
  return { rule: 'support-ended', device: device.number, peer: NOBODY, details: sorted, firstUs, lastUs, count: 1 };
}
