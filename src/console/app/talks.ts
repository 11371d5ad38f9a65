/** Links put together for pictures: one line for each partner and direction, with what stands out about it. */
import type { Finding, Link, Node } from './shapes.ts';
import { serviceName } from './words.ts';

export interface Party {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly class: string;
  readonly external: boolean;
}

export interface Talk {
  readonly with: Party;
  /** The other one began. */
  readonly incoming: boolean;
  readonly label: string;
  readonly kind: 'usual' | 'new' | 'bad';
}

const DAY_MS = 86_400_000;

/**
 * From when on something counts as new: the last day of what was heard; the last quarter when it was heard for less than two
 * days, because everything would be new otherwise. Milliseconds since 1970.
 */
export function newAfter(first: string, last: string): number {
  const [begin, end] = [Date.parse(first), Date.parse(last)];
  return end - begin > 2 * DAY_MS ? end - DAY_MS : begin + 0.75 * (end - begin);
}

/** Does a finding speak of this link? */
export function isSuspicious(link: Link, findings: readonly Finding[]): boolean {
  return findings.some(
    ({ device, peer, service }) =>
      service === link.service &&
      ((device === link.client && peer === link.server) || (device === link.server && peer === link.client)),
  );
}

interface Sum extends Talk {
  services: string[];
  bytes: number;
}

/** The busiest first. */
export function talksOf(
  self: string,
  links: readonly Link[],
  byId: ReadonlyMap<string, Node>,
  findings: readonly Finding[],
  since: number,
): Talk[] {
  const sums = new Map<string, Sum>();
  for (const link of links) {
    const incoming = link.server === self;
    const id = incoming ? link.client : link.server;
    const key = `${id} ${incoming}`;
    const before = sums.get(key);
    const known = byId.get(id);
    const services = [...new Set([...(before?.services ?? []), serviceName(link.service)])];
    const isBad = before?.kind === 'bad' || isSuspicious(link, findings);
    const isNew = Date.parse(link.first) > since && (before === undefined || before.kind === 'new');
    sums.set(key, {
      with: {
        id,
        name: known?.name ?? id,
        address: known?.address ?? '',
        class: known?.class ?? '',
        external: known?.external ?? true,
      },
      incoming,
      label: services.join(', '),
      kind: isBad ? 'bad' : isNew ? 'new' : 'usual',
      services,
      bytes: (before?.bytes ?? 0) + link.bytesToClient + link.bytesToServer,
    });
  }
  return [...sums.values()].sort((a, b) => b.bytes - a.bytes);
}
