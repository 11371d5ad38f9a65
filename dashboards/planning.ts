/** Utilisation and lifecycle: what is used, what stands idle, what grows old, what is weak? */

import { bars } from './bars.ts';
import { classChoice, type Plan } from './frame.ts';
import { filters, selectFrom, selectOver } from './influxql.ts';
import { consoleDeviceOfRow, deviceOfRow } from './links.ts';
import { classes, judgement } from './palette.ts';
import { lines, mapped, stat } from './panels.ts';
import { coverageOf } from './shared.ts';
import { table } from './tables.ts';

const used = filters.class;
const site = filters.site;
const each = (select: string, time: string) => ({
  text: selectFrom({ from: 'wardwatch_utilisation', select, where: used, group: [time, '"class"'], fill: 'none' }),
  alias: '$tag_class',
});
/** What was last written about each device: the inventory is written when it changes, and once an hour. */
const newest = (select: string) =>
  selectFrom({ from: 'wardwatch_inventory', select, where: site, group: ['"device"'] });

export const planning: Plan = {
  key: 'planning',
  title: 'Utilisation and lifecycle',
  says: 'For the planner of equipment: what is used and how much, what stands idle, what grows old, what is weak?',
  choices: [classChoice],
  marks: `${site} AND "severity" =~ /^(high|critical)$/`,
  from: 'now-7d',
  panels: [
    stat({
      title: 'Devices in use',
      says: 'Devices that took part in clinical traffic in this time.',
      empty: '0',
      at: { x: 0, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectOver(
            'count("seconds") AS "Devices"',
            selectFrom({
              from: 'wardwatch_utilisation',
              select: 'sum("active_seconds") AS "seconds"',
              where: `${used} AND "active_seconds" > 0`,
              group: ['"device"'],
            }),
          ),
          alias: '$col',
        },
      ],
    }),
    stat({
      title: 'Examinations',
      says: 'Studies that imaging devices sent, counted without any patient being known.',
      empty: '0',
      at: { x: 4, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_utilisation',
            select: 'sum("exams") AS "Examinations"',
            where: `${used} AND "class" =~ /^(ct|mr|ultrasound|x-ray|nuclear-medicine|unknown)$/`,
          }),
          alias: '$col',
        },
      ],
    }),
    stat({
      title: 'Hours in use',
      says: 'Sum over all devices: each interval in which a device took part in clinical traffic counts for its whole length.',
      empty: '0',
      at: { x: 8, y: 0, w: 4, h: 4 },
      unit: 'suffix: h',
      decimals: 0,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_utilisation',
            select: 'sum("active_seconds") / 3600 AS "Hours"',
            where: used,
          }),
          alias: '$col',
        },
      ],
    }),
    stat({
      title: 'Support has ended',
      says: 'Devices whose operating system gets no security updates any more. Plan their replacement, or keep them apart.',
      empty: '0',
      at: { x: 12, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectOver(
            'count("days") AS "Devices"',
            selectFrom({
              from: 'wardwatch_inventory',
              select: 'last("support_days") AS "days"',
              where: `${site} AND "support_days" < 0`,
              group: ['"device"'],
            }),
          ),
          alias: '$col',
        },
      ],
      thresholds: [
        [null, judgement.good],
        [1, judgement.bad],
      ],
    }),
    stat({
      title: 'Weaknesses',
      says: 'Standing weaknesses of all devices: passwords in clear, old protocols, open services (docs/posture.md).',
      empty: '0',
      at: { x: 16, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectOver('sum("weaknesses") AS "Weaknesses"', newest('last("weaknesses") AS "weaknesses"')),
          alias: '$col',
        },
      ],
      thresholds: [
        [null, judgement.good],
        [1, judgement.watch],
      ],
    }),
    coverageOf('wardwatch_utilisation', used, { x: 20, y: 0, w: 4, h: 4 }),
    bars({
      title: 'Hours in use, by device',
      says: 'Which devices work the most. Two of a kind side by side, one at its limit and one idle, is a question of planning.',
      empty: 'No device was in use in this time',
      at: { x: 0, y: 4, w: 10, h: 8 },
      rows: 8,
      name: 'name',
      value: 'hours',
      unit: 'suffix: h',
      decimals: 1,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_utilisation',
            select: 'sum("active_seconds") / 3600 AS "hours"',
            where: `${used} AND "active_seconds" > 0`,
            group: ['"name"'],
          }),
        },
      ],
    }),
    lines({
      title: 'Busy hours, by kind',
      says: 'Time in use in each hour, all devices of a kind together. Peaks are where a further device helps, valleys where service fits.',
      empty: 'No device was in use in this time',
      at: { x: 10, y: 4, w: 14, h: 8 },
      kind: 'stacked bars',
      unit: 's',
      looks: classes,
      queries: [each('sum("active_seconds") AS "seconds"', 'time(1h)')],
    }),
    table({
      title: 'Idle for the longest time',
      says: 'Medical devices that were not used for clinical work since the given time, the longest on top. Lent away, broken, or not needed?',
      empty: 'No device was idle in this time',
      at: { x: 0, y: 12, w: 10, h: 8 },
      sort: 'last_use',
      ascending: true,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_utilisation',
            select: 'last("last_use_ms") AS "last_use", "name", "class"',
            where: used,
            group: ['"device"'],
          }),
        },
      ],
      columns: [
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'class', name: 'Kind', mappings: mapped(classes), width: 150 },
        { from: 'last_use', name: 'Last used', unit: 'dateTimeFromNow', width: 140 },
        { from: 'device' },
      ],
    }),
    table({
      title: 'Software and support',
      says: 'Operating systems by the day on which their maker ends security updates, the earliest on top.',
      empty: 'Of no device the end of support is known',
      at: { x: 10, y: 12, w: 14, h: 8 },
      sort: 'days',
      ascending: true,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_inventory',
            select:
              'last("support_days") AS "days", "support_end" AS "end", "operating_system" AS "system", "software", "name"',
            where: `${site} AND "support_end" != ''`,
            group: ['"device"'],
          }),
        },
      ],
      columns: [
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'system', name: 'Operating system' },
        { from: 'software', name: 'Software' },
        { from: 'end', name: 'Support ends', width: 120 },
        {
          from: 'days',
          name: 'Days left',
          width: 100,
          decimals: 0,
          thresholds: [
            [null, judgement.bad],
            [0, judgement.watch],
            [365, judgement.good],
          ],
        },
        { from: 'device' },
      ],
    }),
    lines({
      title: 'Examinations, day by day',
      says: 'Studies that imaging devices sent, by kind of device (days in UTC).',
      empty: 'No examination in this time',
      at: { x: 0, y: 20, w: 10, h: 8 },
      kind: 'stacked bars',
      looks: classes,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_utilisation',
            select: 'sum("exams") AS "exams"',
            where: `${used} AND "class" =~ /^(ct|mr|ultrasound|x-ray|nuclear-medicine|unknown)$/`,
            group: ['time(1d)', '"class"'],
            fill: 'none',
          }),
          alias: '$tag_class',
        },
      ],
      decimals: 0,
    }),
    table({
      title: 'What stands badly',
      says: 'Standing weaknesses, those seen most often on top. They raise no alarm; they belong into the plan.',
      empty: 'No weakness is known',
      at: { x: 10, y: 20, w: 14, h: 8 },
      sort: 'sightings',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_posture',
            select: 'last("sightings") AS "sightings", "what", "detail", "name"',
            where: site,
            group: ['"rule"', '"device"'],
          }),
        },
      ],
      columns: [
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow], width: 150 },
        { from: 'what', name: 'Weakness', long: true },
        { from: 'detail', name: 'Detail', width: 150 },
        { from: 'sightings', name: 'Seen', width: 80, decimals: 0 },
        { from: 'rule' },
        { from: 'device' },
      ],
    }),
    table({
      title: 'Every device',
      says: 'What is known of each device, the least certain first: those deserve a look by somebody who knows them.',
      empty: 'Nothing is known in this time: choose a longer one',
      at: { x: 0, y: 28, w: 24, h: 11 },
      sort: 'confidence',
      ascending: true,
      queries: [
        {
          text: newest(
            'last("last_seen_ms") AS "heard", "name", "device_class" AS "class", "manufacturer", "model", "serial", "software", "operating_system" AS "system", "address", "confidence"',
          ),
        },
      ],
      columns: [
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow], width: 160 },
        { from: 'class', name: 'Kind', mappings: mapped(classes), width: 140 },
        { from: 'manufacturer', name: 'Manufacturer' },
        { from: 'model', name: 'Model' },
        { from: 'serial', name: 'Serial number', width: 120 },
        { from: 'software', name: 'Software' },
        { from: 'system', name: 'Operating system' },
        { from: 'address', name: 'Address', width: 120 },
        { from: 'confidence', name: 'Certain', unit: 'percentunit', width: 75, decimals: 0 },
        { from: 'heard' },
        { from: 'device' },
      ],
    }),
  ],
};
