/**
 * Where things stand in the pictures: columns of boxes whose order keeps lines short. Pure arithmetic; the same input gives
 * the same picture.
 */
import { forceCollide, forceSimulation, forceX, forceY, type SimulationNodeDatum } from 'd3-force';

export interface Place {
  readonly id: string;
  readonly column: number;
}

export interface Line {
  readonly from: string;
  readonly to: string;
}

export interface Placed {
  readonly x: number;
  readonly y: number;
}

export interface Columns {
  /** Left edge of each column. */
  readonly at: readonly number[];
  /** From the top of one box to the top of the next. */
  readonly row: number;
  readonly top: number;
}

interface Body extends SimulationNodeDatum {
  id: string;
  column: number;
}

const TICKS = 120;

/** Boxes move towards the middle of their partners and never stand on each other; then each column is packed. */
export function arrange(
  places: readonly Place[],
  lines: readonly Line[],
  { at, row, top }: Columns,
): Map<string, Placed> {
  const partners = partnersOf(lines);
  const bodies: Body[] = places.map(({ id, column }, index) => ({ id, column, x: at[column] ?? 0, y: index * row }));
  const byId = new Map(bodies.map((body) => [body.id, body]));
  const middle = (body: Body): number => {
    const near = (partners.get(body.id) ?? []).map((id) => byId.get(id)?.y ?? 0);
    return near.length === 0 ? (body.y ?? 0) : near.reduce((sum, y) => sum + y, 0) / near.length;
  };
  const simulation = forceSimulation(bodies)
    .force('column', forceX<Body>(({ column }) => at[column] ?? 0).strength(1))
    .force('apart', forceCollide<Body>(row / 2))
    .stop();
  for (let tick = 0; tick < TICKS; tick++) {
    simulation.force('near', forceY<Body>(middle).strength(0.12));
    simulation.tick();
  }
  return packed(bodies, { at, row, top });
}

function partnersOf(lines: readonly Line[]): Map<string, string[]> {
  const partners = new Map<string, string[]>();
  const add = (a: string, b: string): void => {
    partners.set(a, [...(partners.get(a) ?? []), b]);
  };
  for (const { from, to } of lines) {
    add(from, to);
    add(to, from);
  }
  return partners;
}

function packed(bodies: readonly Body[], { at, row, top }: Columns): Map<string, Placed> {
  const tallest = Math.max(0, ...at.map((_, column) => bodies.filter((body) => body.column === column).length));
  const placed = new Map<string, Placed>();
  at.forEach((x, column) => {
    const own = bodies.filter((body) => body.column === column).sort((a, b) => (a.y ?? 0) - (b.y ?? 0));
    const gap = ((tallest - own.length) * row) / (own.length + 1);
    own.forEach(({ id }, index) => {
      placed.set(id, { x, y: top + index * row + (index + 1) * gap });
    });
  });
  return placed;
}

/** A line from the right edge of one box to the left edge of another, softly bent. */
export function bend(x1: number, y1: number, x2: number, y2: number): string {
  const half = (x2 - x1) / 2;
  return `M${x1} ${y1}C${x1 + half} ${y1} ${x2 - half} ${y2} ${x2} ${y2}`;
}

/** Text that fits a box of so many letters. */
export function fitted(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}
