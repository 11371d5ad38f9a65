/** Imaging: do the images arrive, who refuses whom and why, how long does it take? */

import { bars, columnsAsBars } from './bars.ts';
import { nameChoice, type Plan, roleChoice } from './frame.ts';
import { eachInterval, filters, selectFrom } from './influxql.ts';
import { consoleDeviceOfRow, deviceOfRow } from './links.ts';
import { judgement } from './palette.ts';
import { lines, stat } from './panels.ts';
import { coverageOf, warnFrom, whenColumn } from './shared.ts';
import { table } from './tables.ts';

const where = filters.named;
const asked = (select: string) => ({ text: selectFrom({ from: 'wardwatch_dicom', select, where }), alias: '$col' });
const each = (select: string) => ({
  text: selectFrom({ from: 'wardwatch_dicom', select, where, group: [eachInterval], fill: 'none' }),
  alias: '$col',
});

export const imaging: Plan = {
  key: 'imaging',
  title: 'Imaging: DICOM',
  says: 'For the people of radiology systems: do the images arrive, who refuses whom and why, how long does it take?',
  choices: [roleChoice, nameChoice('wardwatch_dicom', true)],
  marks: `${filters.site} AND "name" =~ /^\${name:regex}$/`,
  from: 'now-24h',
  panels: [
    stat({
      title: 'Images stored',
      says: 'Objects that were sent and stored: slices, pictures, reports. Counted once, on the side that is chosen above.',
      empty: '0',
      at: { x: 0, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [each('sum("instances") AS "Images stored"')],
      calculation: 'sum',
      curve: true,
    }),
    stat({
      title: 'Connections',
      says: 'Associations that were asked for: each is one conversation between two DICOM systems.',
      empty: '0',
      at: { x: 4, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [each('sum("associations") AS "Connections"')],
      calculation: 'sum',
      curve: true,
    }),
    stat({
      title: 'Not in good order',
      says: 'Share of connections that were refused, broken off or lost. More than a few in a hundred: look below who refuses and why.',
      empty: 'No connection in this time',
      at: { x: 8, y: 0, w: 4, h: 4 },
      unit: 'percent',
      decimals: 1,
      queries: [
        asked('(sum("rejected") + sum("aborted") + sum("dropped")) / sum("associations") * 100 AS "Not in good order"'),
      ],
      thresholds: [
        [null, judgement.good],
        [1, judgement.watch],
        [5, judgement.bad],
      ],
    }),
    stat({
      title: 'Failed commands',
      says: 'Answers that say failure: an archive that is full, an object it does not take, an unknown destination.',
      empty: '0',
      at: { x: 12, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [asked('sum("failures") AS "Failed commands"')],
      thresholds: [
        [null, judgement.good],
        [1, judgement.watch],
        [20, judgement.bad],
      ],
    }),
    stat({
      title: 'Slowest answers',
      says: '95 of 100 answers came faster than this, in the slowest interval of this time.',
      empty: 'No answer in this time',
      at: { x: 16, y: 0, w: 4, h: 4 },
      unit: 'µs',
      queries: [asked('max("latency_p95_us") AS "Slowest"')],
      thresholds: [
        [null, judgement.good],
        [2_000_000, judgement.watch],
        [10_000_000, judgement.bad],
      ],
    }),
    coverageOf('wardwatch_dicom', where, { x: 20, y: 0, w: 4, h: 4 }),
    lines({
      title: 'How connections ended',
      says: 'Green ended in good order. Refused: the other side did not want it. Broken off and lost: something went wrong on the way.',
      empty: 'No DICOM connection in this time',
      at: { x: 0, y: 4, w: 14, h: 8 },
      kind: 'stacked bars',
      queries: [
        each(
          'sum("released") AS "Ended in good order", sum("rejected") AS "Refused", sum("aborted") AS "Broken off", sum("dropped") AS "Connection lost"',
        ),
      ],
      decimals: 0,
    }),
    bars({
      title: 'Images, by device',
      says: 'Who sent (or took) how many objects in this time.',
      empty: 'No image in this time',
      at: { x: 14, y: 4, w: 10, h: 8 },
      rows: 8,
      name: 'name',
      value: 'images',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_dicom',
            select: 'sum("instances") AS "images"',
            where: `${where} AND "instances" > 0`,
            group: ['"name"'],
          }),
        },
      ],
    }),
    lines({
      title: 'How long an answer takes',
      says: 'From a command to its first answer. Half are faster than the lower line, 95 of 100 faster than the upper one. A step that stays is a full archive or a slow network.',
      empty: 'No answer in this time',
      at: { x: 0, y: 12, w: 10, h: 8 },
      unit: 'µs',
      queries: [each('mean("latency_p50_us") AS "Half are faster", max("latency_p95_us") AS "95 of 100 are faster"')],
    }),
    columnsAsBars({
      title: 'Why connections were refused',
      says: 'Called title: this archive does not know the name it was called by. Calling title: it does not know who calls. Busy: no free connection.',
      empty: 'Nothing was refused in this time',
      at: { x: 10, y: 12, w: 7, h: 8 },
      queries: [
        asked(
          'sum("rejected_called_ae") AS "Called title unknown", sum("rejected_calling_ae") AS "Calling title unknown", sum("rejected_context") AS "Not supported", sum("rejected_busy") AS "Busy", sum("rejected_no_reason") AS "No reason given"',
        ),
      ],
    }),
    columnsAsBars({
      title: 'What was asked',
      says: 'Store: send images. Find: worklists and searches. Move and get: fetch images. Echo: is anybody there?',
      empty: 'No command in this time',
      at: { x: 17, y: 12, w: 7, h: 8 },
      queries: [
        asked(
          'sum("c_store") AS "Store", sum("c_find") AS "Find", sum("c_move") AS "Move", sum("c_get") AS "Get", sum("c_echo") AS "Echo", sum("n_services") AS "Procedure steps and others"',
        ),
      ],
    }),
    table({
      title: 'Each device',
      says: 'One line for each DICOM device, busiest on top. A device with many refused connections is set up wrongly, or somebody set up the other side anew.',
      empty: 'No DICOM in this time',
      at: { x: 0, y: 20, w: 24, h: 10 },
      sort: 'connections',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_dicom',
            select:
              'sum("associations") AS "connections", sum("rejected") AS "refused", sum("aborted") AS "aborted", sum("dropped") AS "dropped", sum("failures") AS "failures", sum("instances") AS "images", sum("instance_bytes") AS "bytes", max("latency_p95_us") AS "slowest"',
            where,
            group: ['"name"', '"device"'],
          }),
        },
      ],
      columns: [
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'connections', name: 'Connections', decimals: 0, width: 120 },
        { from: 'refused', name: 'Refused', decimals: 0, width: 100, thresholds: warnFrom(1) },
        { from: 'aborted', name: 'Broken off', decimals: 0, width: 110, thresholds: warnFrom(1) },
        { from: 'dropped', name: 'Lost', decimals: 0, width: 90, thresholds: warnFrom(1) },
        { from: 'failures', name: 'Failed commands', decimals: 0, width: 140, thresholds: warnFrom(1) },
        { from: 'images', name: 'Images', decimals: 0, width: 110 },
        { from: 'bytes', name: 'Volume', unit: 'decbytes', width: 110 },
        { from: 'slowest', name: 'Slowest answers', unit: 'µs', width: 140 },
        { from: 'device' },
      ],
    }),
    table({
      title: 'Last refusals',
      says: 'In the words of the standard, newest first. The device is the one that is chosen above: who asked, or who answered.',
      empty: 'Nothing was refused in this time',
      at: { x: 0, y: 30, w: 12, h: 8 },
      sort: 'Time',
      queries: [refusals('"reject_reason"', 'reason')],
      columns: [
        whenColumn,
        { from: 'name', name: 'Device', width: 190, links: [deviceOfRow] },
        { from: 'reason', name: 'Why it was refused' },
      ],
    }),
    table({
      title: 'Last failed commands',
      says: 'Command and status as four hexadecimal digits (DICOM PS3.4 and PS3.7 say what they mean): a700 is a full disk, a900 an object that does not fit, a801 an unknown destination.',
      empty: 'Nothing failed in this time',
      at: { x: 12, y: 30, w: 12, h: 8 },
      sort: 'Time',
      queries: [refusals('"failure_status"', 'status')],
      columns: [
        whenColumn,
        { from: 'name', name: 'Device', width: 190, links: [deviceOfRow] },
        { from: 'status', name: 'Command and status' },
      ],
    }),
  ],
};

function refusals(field: string, name: string) {
  return {
    text: selectFrom({
      from: 'wardwatch_dicom',
      select: `${field} AS "${name}", "name"`,
      where: `${where} AND ${field} != ''`,
      order: 'newest' as const,
      limit: 20,
    }),
  };
}
