/**
 * Who spoke with whom: one device in the middle, those who come to it on the left, those it goes to on the right.
 * The picture is for the eye; the list beside it says the same to everybody else, so the picture itself is passed over by
 * screen readers and the tabulator.
 */
import { to } from '../route.ts';
import type { Party, Talk } from '../talks.ts';
import { className } from '../words.ts';
import { bend, fitted } from './layout.ts';

const BOX = { width: 196, height: 60 };
const WIDTH = 700;
const ROW = 72;
const SIDE_MAX = 9;

export function Conversation({ self, talks }: { self: Party; talks: readonly Talk[] }) {
  const left = talks.filter(({ incoming }) => incoming);
  const right = talks.filter(({ incoming }) => !incoming);
  const rows = Math.max(1, Math.min(SIDE_MAX, Math.max(left.length, right.length)));
  const more = Math.max(0, left.length - SIDE_MAX) + Math.max(0, right.length - SIDE_MAX);
  const height = rows * ROW + (more > 0 ? 24 : 0);
  const middle = { x: (WIDTH - BOX.width) / 2, y: (rows * ROW - BOX.height) / 2 };
  const yOf = (index: number, count: number): number =>
    (rows * ROW) / 2 + (index - (Math.min(count, SIDE_MAX) - 1) / 2) * ROW - BOX.height / 2;
  return (
    <svg class="picture" viewBox={`0 0 ${WIDTH} ${height}`} aria-hidden="true">
      <Arrowheads />
      {left.slice(0, SIDE_MAX).map((talk, index) => {
        const y = yOf(index, left.length);
        return (
          <Edge
            key={`l${index}`}
            talk={talk}
            x1={BOX.width}
            y1={y + BOX.height / 2}
            x2={middle.x}
            y2={middle.y + BOX.height / 2}
          />
        );
      })}
      {right.slice(0, SIDE_MAX).map((talk, index) => {
        const y = yOf(index, right.length);
        const x = WIDTH - BOX.width;
        return (
          <Edge
            key={`r${index}`}
            talk={talk}
            x1={middle.x + BOX.width}
            y1={middle.y + BOX.height / 2}
            x2={x}
            y2={y + BOX.height / 2}
          />
        );
      })}
      <Box party={self} x={middle.x} y={middle.y} self />
      {left.slice(0, SIDE_MAX).map((talk, index) => (
        <Box key={`lb${index}`} party={talk.with} talk={talk} x={1} y={yOf(index, left.length)} />
      ))}
      {right.slice(0, SIDE_MAX).map((talk, index) => (
        <Box key={`rb${index}`} party={talk.with} talk={talk} x={WIDTH - BOX.width - 1} y={yOf(index, right.length)} />
      ))}
      {more > 0 ? (
        <text x={WIDTH / 2} y={height - 6} text-anchor="middle" class="quiet">
          and {more} more, in the list
        </text>
      ) : null}
    </svg>
  );
}

export function Arrowheads() {
  return (
    <defs>
      {(['usual', 'new', 'bad'] as const).map((kind) => (
        <marker
          key={kind}
          id={`arrow-${kind}`}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="9"
          markerHeight="9"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0 8 4 0 8Z" class={`tip ${kind}`} />
        </marker>
      ))}
    </defs>
  );
}

function Edge({ talk, x1, y1, x2, y2 }: { talk: Talk; x1: number; y1: number; x2: number; y2: number }) {
  const width = talk.kind === 'usual' ? 1.3 : 2;
  return (
    <path
      d={bend(x1, y1, x2 - 2, y2)}
      class={`edge ${talk.kind}`}
      stroke-width={width}
      marker-end={`url(#arrow-${talk.kind})`}
    />
  );
}

interface BoxProps {
  party: Party;
  x: number;
  y: number;
  self?: boolean;
  /** What is spoken with it. */
  talk?: Talk;
}

function Box({ party, x, y, self = false, talk }: BoxProps) {
  const what = party.external ? 'outside the hospital' : className(party.class);
  const kind = party.address === '' || party.name.includes(party.address) ? what : `${what} · ${party.address}`;
  const lift = talk === undefined ? 8 : 0;
  return (
    <a href={to(['devices', party.id])} tabindex={-1}>
      <rect
        x={x}
        y={y}
        width={BOX.width}
        height={BOX.height}
        rx="6"
        class={`node ${self ? 'self' : ''} ${party.external ? 'outside' : ''}`}
      />
      <text x={x + 10} y={y + 19 + lift} font-weight="600">
        {fitted(party.name, 25)}
      </text>
      <text x={x + 10} y={y + 34 + lift} class="quiet">
        {fitted(kind, 30)}
      </text>
      {talk === undefined ? null : (
        <text x={x + 10} y={y + 51} class={`talk ${talk.kind}`}>
          {fitted(talk.kind === 'new' ? `new: ${talk.label}` : talk.label, 30)}
        </text>
      )}
    </a>
  );
}
