/** Which box of the map a device stands in, and the links between boxes. */
import type { Link, Node } from '../shapes.ts';
import type { Talk } from '../talks.ts';
import { className, some } from '../words.ts';

export type MarkedLink = Link & { readonly kind: Talk['kind'] };

export interface Group {
  readonly id: string;
  readonly column: number;
  readonly title: string;
  readonly under: string;
  readonly external: boolean;
  /** Page and query. */
  readonly href: readonly [parts: readonly string[], query: Readonly<Record<string, string>>];
}

export interface Bundle {
  readonly from: string;
  readonly to: string;
  readonly kind: Talk['kind'];
  readonly bytes: number;
}

/** From so many devices of one kind on they share a box; by column. */
const SHARED_FROM = [4, 8, 12] as const;

/** Classes that serve others; every other medical class stands on the left. */
const servers = new Set([
  'pacs',
  'ehr',
  'worklist',
  'interface-engine',
  'central-station',
  'pump-gateway',
  'workstation',
  'network-equipment',
  'printer',
  'controller',
  '',
]);

function columnOf({ external, class: kind, medical }: Node): number {
  if (external) return 2;
  return !medical || servers.has(kind) ? 1 : 0;
}

/** Which box each device stands in. */
export function groupsOf(nodes: readonly Node[]): Map<string, Group> {
  const kindOf = (node: Node): string => `${columnOf(node)} ${node.external ? '' : node.class}`;
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(kindOf(node), (counts.get(kindOf(node)) ?? 0) + 1);
  return new Map(
    nodes.map((node) => {
      const column = columnOf(node);
      const count = counts.get(kindOf(node)) ?? 0;
      const isShared = count >= (SHARED_FROM[column] ?? Number.POSITIVE_INFINITY);
      return [node.id, isShared ? sharedBox(node, `kind ${kindOf(node)}`, column, count) : ownBox(node, column)];
    }),
  );
}

function ownBox({ id, name, address, class: kind, external }: Node, column: number): Group {
  const what = external ? 'outside the hospital' : className(kind);
  const under = address === '' || name.includes(address) ? what : `${what} · ${address}`;
  return { id, column, title: name, under, external, href: [['devices', id], {}] };
}

function sharedBox({ class: kind, external }: Node, id: string, column: number, count: number): Group {
  const query: Record<string, string> = external
    ? { kind: 'outside' }
    : kind === ''
      ? { kind: 'other' }
      : { class: kind };
  const title = external ? 'outside the hospital' : kind === '' ? 'other machines' : className(kind);
  return {
    id,
    column,
    title,
    under: some(count, external ? 'partner' : 'device'),
    external,
    href: [['devices'], query],
  };
}

const graver = { usual: 0, new: 1, bad: 2 } as const;

export function bundlesOf(links: readonly MarkedLink[], groups: ReadonlyMap<string, Group>): Bundle[] {
  const bundles = new Map<string, Bundle>();
  for (const { client, server, kind, bytesToClient, bytesToServer } of links) {
    const [from, target] = [groups.get(client)?.id, groups.get(server)?.id];
    if (from === undefined || target === undefined || from === target) continue;
    const key = `${from}\n${target}`;
    const before = bundles.get(key);
    bundles.set(key, {
      from,
      to: target,
      kind: before !== undefined && graver[before.kind] > graver[kind] ? before.kind : kind,
      bytes: (before?.bytes ?? 0) + bytesToClient + bytesToServer,
    });
  }
  return [...bundles.values()].sort((a, b) => graver[a.kind] - graver[b.kind]);
}
