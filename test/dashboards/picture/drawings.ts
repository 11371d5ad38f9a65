/**
 * Plain drawings of the kinds of panels that the dashboards use, as HTML with pictures in SVG. They show what Grafana
 * would show, in its place, size, words and colours; not its handwriting.
 */
import type { Field, Frame, Range, Value } from '../emulator/influxql.ts';
import type { Panel } from '../emulator/panel.ts';
import { calculated } from '../emulator/transformations.ts';
import { clock, type Settings, settingsOf, told, withUnit } from './values.ts';

export type Whole = Panel & {
  readonly description: string;
  readonly fieldConfig: Parameters<typeof settingsOf>[0];
};

/** Room inside a panel, and the time that is shown. */
export interface Room {
  readonly width: number;
  readonly height: number;
  readonly range: Range;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export function drawn(panel: Whole, frames: readonly Frame[], room: Room): string {
  const rows = frames.reduce((sum, { length }) => sum + length, 0);
  if (rows === 0 && panel.type !== 'stat') {
    return `<div class="none">${escaped(`${panel.fieldConfig.defaults.noValue ?? 'No data'}`)}</div>`;
  }
  return (drawings[panel.type] ?? (() => `<div class="none">${panel.type}?</div>`))(panel, frames, room);
}

type Drawing = (panel: Whole, frames: readonly Frame[], room: Room) => string;

const drawings: Readonly<Record<string, Drawing>> = {
  stat: statDrawn,
  bargauge: barsDrawn,
  timeseries: linesDrawn,
  'state-timeline': statesDrawn,
  table: tableDrawn,
  nodeGraph: graphDrawn,
};

interface Named {
  readonly name: string;
  readonly settings: Settings;
  readonly field: Field;
  readonly frame: Frame;
}

/** Fields that a panel shows, each with its name and settings. */
function namedFields({ fieldConfig }: Whole, frames: readonly Frame[], take: (field: Field) => boolean): Named[] {
  return frames.flatMap((frame) =>
    frame.fields.filter(take).map((field) => {
      const settings = settingsOf(fieldConfig, field.name);
      return { name: `${settings.displayName ?? field.name}`, settings, field, frame };
    }),
  );
}

function statDrawn(panel: Whole, frames: readonly Frame[], { width, height, range }: Room): string {
  const { calcs = [], fields = '' } = panel.options.reduceOptions ?? {};
  const options = panel.options as { colorMode?: string; graphMode?: string };
  const take = ({ type, name }: Field): boolean =>
    fields === '' ? type === 'number' : new RegExp(fields.slice(1, -1)).test(name);
  const [first] = namedFields(panel, frames, take);
  const settings = first?.settings ?? settingsOf(panel.fieldConfig, '');
  const value = first === undefined ? null : calculated(first.field.values, calcs[0] ?? 'lastNotNull');
  const { text, colour } = told(value, settings, range.toMs);
  const size = Math.max(14, Math.min(height * 0.5, (width - 16) / (text.length * 0.58)));
  const paint = colour ?? '#3B7DD8';
  const style = options.colorMode === 'background' ? `background:${paint};color:#fff` : `color:${paint}`;
  const curve = options.graphMode === 'area' && first !== undefined ? curveOf(first, width, height * 0.4, paint) : '';
  return `<div class="stat" style="${style};font-size:${size}px">${escaped(text)}${curve}</div>`;
}

function curveOf({ field, frame }: Named, width: number, height: number, colour: string): string {
  const times = frame.fields[0]!.values as readonly number[];
  const numbers = field.values.map((value) => Number(value ?? 0));
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const span = Math.max(1, times.at(-1)! - times[0]!);
  const points = numbers.map(
    (value, at) =>
      `${(((times[at]! - times[0]!) / span) * width).toFixed(1)},${(height - ((value - low) / (high - low || 1)) * height).toFixed(1)}`,
  );
  return `<svg class="curve" width="${width}" height="${height}"><polyline points="${points.join(' ')}" fill="none" stroke="${colour}" opacity=".5"/></svg>`;
}

function barsDrawn(panel: Whole, frames: readonly Frame[], { range }: Room): string {
  const { calcs = [], values = false } = panel.options.reduceOptions ?? {};
  const numbers = namedFields(panel, frames, ({ type }) => type === 'number');
  const bars = numbers.flatMap(({ name, settings, field, frame }) =>
    values
      ? field.values.map((value, row) => ({ name: labelOf(panel, frame, row), value, settings }))
      : [{ name, value: calculated(field.values, calcs[0] ?? 'sum'), settings }],
  );
  const most = Math.max(1, ...bars.map(({ value }) => Number(value ?? 0)));
  const row = ({ name, value, settings }: { name: string; value: Value; settings: Settings }): string => {
    const { fixedColor = '#3B7DD8' } = (settings.color ?? {}) as { fixedColor?: string };
    const share = (Number(value ?? 0) / most) * 100;
    const text = withUnit(value, settings, range.toMs);
    return `<span>${escaped(name)}</span><i><b style="width:${share}%;background:${fixedColor}"></b></i><em>${escaped(text)}</em>`;
  };
  return `<div class="bars">${bars.map(row).join('')}</div>`;
}

function labelOf(panel: Whole, { fields }: Frame, row: number): string {
  return fields
    .filter(({ type }) => type === 'string')
    .map(({ name, values }) => told(values[row] ?? null, settingsOf(panel.fieldConfig, name), 0).text)
    .join(' ');
}

/** Colours for series that nobody gave one. */
const OTHERS = ['#73BF69', '#F2CC0C', '#8AB8FF', '#FF780A', '#F2495C', '#5794F2', '#B877D9', '#705DA0', '#37872D'];
const [LEFT, BELOW] = [76, 24] as const;

function linesDrawn(panel: Whole, frames: readonly Frame[], room: Room): string {
  const legend = (panel.options as { legend?: { showLegend: boolean } }).legend?.showLegend === true;
  const series = namedFields(panel, frames, ({ type }) => type === 'number').map((one, at) => ({
    ...one,
    colour: ((one.settings.color ?? {}) as { fixedColor?: string }).fixedColor ?? OTHERS[at % OTHERS.length]!,
  }));
  const legendRows = legend
    ? Math.ceil(series.reduce((sum, { name }) => sum + name.length * 7 + 34, 0) / room.width)
    : 0;
  const [width, height] = [room.width - LEFT, room.height - BELOW - Math.min(3, legendRows) * 20];
  const { fieldConfig } = panel;
  const custom = (fieldConfig.defaults.custom ?? {}) as { drawStyle?: string; stacking?: { mode: string } };
  const stacked = custom.stacking?.mode === 'normal';
  const high = top(series, fieldConfig.defaults.max as number | undefined, stacked);
  const x = (ms: number): number => ((ms - room.range.fromMs) / (room.range.toMs - room.range.fromMs)) * width;
  const y = (value: number): number => height - (value / high) * height;
  const ground = new Map<number, number>();
  const wide = barWidth(series, x);
  const shapes = series.map(({ field, frame, colour }) => {
    const times = frame.fields[0]!.values as readonly number[];
    if (custom.drawStyle === 'bars') return barShapes(times, field.values, colour, stacked ? ground : null, wide, x, y);
    return lineShapes(times, field.values, colour, x, y);
  });
  const names = series.map(({ name, colour }) => `<span><b style="background:${colour}"></b>${escaped(name)}</span>`);
  const axis = [0, 0.5, 1].map(
    (share) =>
      `<text x="${LEFT - 6}" y="${height - share * height + (share === 1 ? 12 : 4)}" text-anchor="end">${escaped(withUnit(high * share, settingsOf(fieldConfig, ''), 0))}</text><line x1="${LEFT}" x2="${LEFT + width}" y1="${height - share * height}" y2="${height - share * height}"/>`,
  );
  const days = room.range.toMs - room.range.fromMs > 2 * 86_400_000;
  const hours = [0, 1, 2, 3, 4].map((part) => {
    const ms = room.range.fromMs + ((room.range.toMs - room.range.fromMs) * part) / 4;
    const anchor = part === 0 ? 'start' : part === 4 ? 'end' : 'middle';
    return `<text x="${LEFT + x(ms)}" y="${height + 16}" text-anchor="${anchor}">${clock(ms, days ? 'MM/DD' : 'HH:mm')}</text>`;
  });
  const picture = `<svg class="lines" width="${room.width}" height="${height + BELOW}">${axis.join('')}${hours.join('')}<g transform="translate(${LEFT},0)">${shapes.join('')}</g></svg>`;
  return `${picture}${legend ? `<div class="legend">${names.join('')}</div>` : ''}`;
}

function top(series: readonly Named[], max: number | undefined, stacked: boolean): number {
  if (max !== undefined) return max;
  const sums = new Map<number, number>();
  for (const { field, frame } of series) {
    field.values.forEach((value, at) => {
      const ms = frame.fields[0]!.values[at] as number;
      const before = sums.get(ms) ?? 0;
      sums.set(ms, stacked ? before + Number(value ?? 0) : Math.max(before, Number(value ?? 0)));
    });
  }
  return Math.max(...sums.values(), 0) || 1;
}

type Scale = (value: number) => number;

/** As the smallest step between any two points: all bars of a panel are alike. */
function barWidth(series: readonly Named[], x: Scale): number {
  const times = [...new Set(series.flatMap(({ frame }) => frame.fields[0]!.values.map(Number)))].sort((a, b) => a - b);
  const steps = times.slice(1).map((ms, at) => ms - times[at]!);
  return Math.max(1, Math.min(200, (x(Math.min(...steps, 86_400_000)) - x(0)) * 0.8));
}

function barShapes(
  times: readonly number[],
  values: readonly Value[],
  colour: string,
  ground: Map<number, number> | null,
  wide: number,
  x: Scale,
  y: Scale,
): string {
  return times
    .map((ms, at) => {
      const below = ground?.get(ms) ?? 0;
      const above = below + Number(values[at] ?? 0);
      ground?.set(ms, above);
      return `<rect x="${(x(ms) - wide / 2).toFixed(1)}" width="${wide.toFixed(1)}" y="${y(above).toFixed(1)}" height="${Math.max(0, y(below) - y(above)).toFixed(1)}" fill="${colour}"/>`;
    })
    .join('');
}

function lineShapes(times: readonly number[], values: readonly Value[], colour: string, x: Scale, y: Scale): string {
  const runs: string[][] = [[]];
  times.forEach((ms, at) => {
    const value = values[at] ?? null;
    if (value === null || (at > 0 && ms - times[at - 1]! > 3_600_000)) runs.push([]);
    if (value !== null) runs.at(-1)!.push(`${x(ms).toFixed(1)},${y(Number(value)).toFixed(1)}`);
  });
  return runs
    .filter((run) => run.length > 0)
    .map((run) =>
      run.length === 1
        ? `<circle cx="${run[0]!.split(',')[0]}" cy="${run[0]!.split(',')[1]}" r="2.5" fill="${colour}"/>`
        : `<polyline points="${run.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    )
    .join('');
}

function statesDrawn(panel: Whole, frames: readonly Frame[], { width, height, range }: Room): string {
  const rows = namedFields(panel, frames, ({ type }) => type !== 'time');
  const tall = (height - BELOW) / rows.length;
  const x = (ms: number): number => 110 + ((ms - range.fromMs) / (range.toMs - range.fromMs)) * (width - 110);
  const band = ({ name, settings, field, frame }: Named, row: number): string => {
    const times = frame.fields[0]!.values as readonly number[];
    const parts: string[] = [`<text x="4" y="${row * tall + tall / 2 + 4}">${escaped(name)}</text>`];
    const said = field.values.map((value, at) => ({ value, ms: times[at]! })).filter(({ value }) => value !== null);
    const changes = said.filter(({ value }, at) => value !== said[at - 1]?.value);
    changes.forEach(({ value, ms }, at) => {
      const { text, colour } = told(value, settings, range.toMs);
      const end = changes[at + 1]?.ms ?? Math.min(range.toMs, times.at(-1)!);
      const label = x(end) - x(ms) > text.length * 7 ? escaped(text) : '';
      parts.push(
        `<rect x="${x(ms)}" width="${Math.max(1, x(end) - x(ms))}" y="${row * tall + 3}" height="${tall - 6}" fill="${colour ?? '#888'}"/><text x="${x(ms) + 6}" y="${row * tall + tall / 2 + 4}" style="fill:#fff">${label}</text>`,
      );
    });
    return parts.join('');
  };
  return `<svg class="lines" width="${width}" height="${height}">${rows.map(band).join('')}</svg>`;
}

function tableDrawn(panel: Whole, frames: readonly Frame[], { height, range }: Room): string {
  const [frame] = frames;
  if (frame === undefined) return '';
  const columns = frame.fields
    .map((field) => ({ field, settings: settingsOf(panel.fieldConfig, field.name) }))
    .filter(({ settings }) => settings['custom.hidden'] !== true);
  const head = columns.map(({ field: { name, type }, settings }) => {
    const width = settings['custom.width'];
    return `<th class="${settings['custom.align'] === 'left' ? 'string' : type}" ${width === undefined ? '' : `style="width:${width}px"`}>${escaped(name)}</th>`;
  });
  const row = (at: number): string =>
    columns
      .map(({ field, settings }) => {
        const { text, colour } = told(field.values[at] ?? null, settings, range.toMs);
        const { type = 'auto' } = (settings['custom.cellOptions'] ?? {}) as { type?: string };
        const paint =
          { 'color-background': `background:${colour};color:#fff`, 'color-text': `color:${colour}` }[type] ?? '';
        const link = settings.links === undefined ? '' : ' link';
        const side = settings['custom.align'] === 'left' ? 'string' : field.type;
        return `<td class="${side}${link}" style="${colour === null || colour === 'text' ? '' : paint}">${escaped(text)}</td>`;
      })
      .join('');
  const paged = (panel.options as { enablePagination?: boolean }).enablePagination === true;
  const fit = Math.min(frame.length, paged ? Math.floor((height - 36 - 40) / 36) : frame.length);
  const rows = Array.from({ length: fit }, (_, at) => `<tr>${row(at)}</tr>`);
  const pager = paged ? `<div class="pager">1 – ${fit} of ${frame.length} rows</div>` : '';
  const header = (panel.options as { showHeader?: boolean }).showHeader === false ? '' : `<tr>${head.join('')}</tr>`;
  return `<table>${header}${rows.join('')}</table>${pager}`;
}

/** Names in a ring with lines between them: Grafana lays them out better, but neither more nor fewer. */
function graphDrawn(_panel: Whole, frames: readonly Frame[], { width, height }: Room): string {
  const column = (name: string): readonly Value[] => frames[0]?.fields.find((one) => one.name === name)?.values ?? [];
  const [sources, targets, counts] = [column('source'), column('target'), column('mainstat')];
  const names = [...new Set([...sources, ...targets].map((name) => `${name}`))];
  const places = new Map(
    names.map((name, at) => {
      const angle = (at / names.length) * 2 * Math.PI;
      return [name, [width / 2 + Math.cos(angle) * width * 0.36, height / 2 + Math.sin(angle) * height * 0.38]];
    }),
  );
  const edges = sources.map((source, at) => {
    const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = [places.get(`${source}`), places.get(`${targets[at]}`)];
    return `<line class="edge" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/><text x="${(x1 + x2) / 2}" y="${(y1 + y2) / 2}">${counts[at]}</text>`;
  });
  const nodes = [...places].map(
    ([name, [x = 0, y = 0]]) =>
      `<circle cx="${x}" cy="${y}" r="14"/><text x="${x}" y="${y + 28}" text-anchor="middle">${escaped(name)}</text>`,
  );
  return `<svg class="graph" width="${width}" height="${height}">${edges.join('')}${nodes.join('')}</svg>`;
}
