/**
 * The network in three columns. Medical devices of one kind share a box when there are many of them, so that a ward of a
 * hundred monitors is one box with a number. The list below the map says the same in words.
 */
import { useState } from 'preact/hooks';
import { to } from '../route.ts';
import type { Node } from '../shapes.ts';
import { Arrowheads } from './conversation.tsx';
import { type Bundle, bundlesOf, groupsOf, type MarkedLink } from './groups.ts';
import { arrange, bend, fitted } from './layout.ts';

const BOX = { width: 220, height: 40 };
const COLUMNS = [2, 390, 778] as const;
const ROW = 54;
const TOP = 34;
const WIDTH = 1_000;
export function LayeredMap({ links, nodes }: { links: readonly MarkedLink[]; nodes: readonly Node[] }) {
  const [near, setNear] = useState('');
  const used = new Set(links.flatMap(({ client, server }) => [client, server]));
  const groups = groupsOf(nodes.filter(({ id }) => used.has(id)));
  const bundles = bundlesOf(links, groups);
  const boxes = [...new Map([...groups.values()].map((group) => [group.id, group])).values()];
  const placed = arrange(boxes, bundles, { at: COLUMNS, row: ROW, top: TOP });
  const tallest = Math.max(...COLUMNS.map((_, column) => boxes.filter((box) => box.column === column).length));
  const around = new Set(
    bundles.filter(({ from, to: end }) => from === near || end === near).flatMap(({ from, to: end }) => [from, end]),
  );
  return (
    <>
      <svg class="picture map" viewBox={`0 0 ${WIDTH} ${TOP + tallest * ROW}`} aria-hidden="true">
        <Arrowheads />
        {['Devices', 'Servers, workstations, network', 'Outside the hospital'].map((title, column) => (
          <text key={title} x={COLUMNS[column]} y="16" class="head">
            {title}
          </text>
        ))}
        {bundles.map((bundle) => (
          <Edge
            key={`${bundle.from} ${bundle.to}`}
            bundle={bundle}
            placed={placed}
            dim={near !== '' && bundle.from !== near && bundle.to !== near}
          />
        ))}
        {boxes.map((box) => {
          const { x, y } = placed.get(box.id) ?? { x: 0, y: 0 };
          const dim = near !== '' && box.id !== near && !around.has(box.id);
          return (
            <a
              key={box.id}
              href={to(...box.href)}
              tabindex={-1}
              class={dim ? 'dim' : ''}
              onMouseEnter={() => setNear(box.id)}
              onMouseLeave={() => setNear('')}
            >
              <rect
                x={x}
                y={y}
                width={BOX.width}
                height={BOX.height}
                rx="6"
                class={`node ${box.external ? 'outside' : ''}`}
              />
              <text x={x + 10} y={y + 17} font-weight="600">
                {fitted(box.title, 28)}
              </text>
              <text x={x + 10} y={y + 32} class="quiet">
                {fitted(box.under, 34)}
              </text>
            </a>
          );
        })}
      </svg>
      <p class="legend">
        <LegendLine kind="usual" words="usual" />
        <LegendLine kind="new" words="new" />
        <LegendLine kind="bad" words="part of an incident" />
      </p>
    </>
  );
}

function LegendLine({ kind, words }: { kind: MarkedLink['kind']; words: string }) {
  return (
    <span>
      <svg width="30" height="8" class="picture inline" aria-hidden="true">
        <path d="M0 4h30" class={`edge ${kind}`} stroke-width={kind === 'usual' ? 1.2 : 2.2} />
      </svg>
      {words}
    </span>
  );
}

function Edge({ bundle, placed, dim }: { bundle: Bundle; placed: ReturnType<typeof arrange>; dim: boolean }) {
  const from = placed.get(bundle.from);
  const end = placed.get(bundle.to);
  if (from === undefined || end === undefined) return null;
  const y1 = from.y + BOX.height / 2;
  const y2 = end.y + BOX.height / 2;
  const width = 1 + Math.min(2.5, Math.log10(1 + bundle.bytes) / 3);
  return (
    <path
      d={pathOf(from.x, y1, end.x, y2)}
      class={`edge ${bundle.kind} ${dim ? 'dim' : ''}`}
      stroke-width={bundle.kind === 'usual' ? width : width + 0.8}
      marker-end={`url(#arrow-${bundle.kind})`}
    />
  );
}

function pathOf(x1: number, y1: number, x2: number, y2: number): string {
  if (x1 < x2) return bend(x1 + BOX.width, y1, x2 - 2, y2);
  if (x1 > x2) return bend(x1, y1, x2 + BOX.width + 2, y2);
  // Two boxes of one column: a bow on the right of it; the further apart, the wider.
  const right = x1 + BOX.width;
  const bow = right + 24 + Math.min(90, Math.abs(y2 - y1) / 3);
  return `M${right} ${y1}C${bow} ${y1} ${bow} ${y2} ${right + 2} ${y2}`;
}
