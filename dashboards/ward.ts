/** Ward overview: is everything talking, who needs me, what changed, and can I believe it? */

import { bars } from './bars.ts';
import { classChoice, type Plan } from './frame.ts';
import { eachInterval, filters, inside, selectFrom, selectOver } from './influxql.ts';
import { consoleDeviceOfRow, deviceOfRow, toConsole, toDashboard } from './links.ts';
import { classes, judgement } from './palette.ts';
import { lines, mapped, stat } from './panels.ts';
import { coveragePanel, findingsPanel, incidentsPanel, lightPanel } from './shared.ts';
import { table } from './tables.ts';

const where = `${filters.class} AND ${inside}`;

export const ward: Plan = {
  key: 'ward',
  title: 'Ward overview',
  says: 'For whoever is responsible for the devices today: is everything talking, who needs me, what changed, can I believe it?',
  choices: [classChoice],
  marks: `${filters.site} AND "severity" =~ /^(high|critical)$/`,
  from: 'now-24h',
  panels: [
    lightPanel({ x: 0, y: 0, w: 4, h: 4 }),
    coveragePanel({ x: 4, y: 0, w: 4, h: 4 }),
    stat({
      title: 'Devices talking this minute',
      says: 'How many devices inside the hospital sent something in the last minute that was written; most are silent between two measurements. The curve shows the time before.',
      empty: 'No sign of the sensor in this time',
      at: { x: 8, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_sensor',
            select: 'mean("devices_active") AS "Devices"',
            where: filters.site,
            group: [eachInterval],
            fill: 'none',
          }),
          alias: '$col',
        },
      ],
      decimals: 0,
      curve: true,
    }),
    stat({
      title: 'Incidents',
      says: 'What belongs together on one device counts once. Any incident deserves a look; the list below shows the worst ones.',
      empty: '0',
      at: { x: 12, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_incident',
            select: 'count(distinct("incident")) AS "Incidents"',
            where: filters.site,
          }),
          alias: '$col',
        },
      ],
      thresholds: [
        [null, judgement.good],
        [1, judgement.bad],
      ],
      links: [toDashboard('security', 'All of it: security'), toConsole('incidents', 'Decide in the console')],
    }),
    stat({
      title: 'Wait for your decision',
      says: 'Relations that the sensor never accepts by itself: remote access, partners outside, new places for images. Somebody who knows has to say yes or no in the console.',
      empty: '0',
      at: { x: 16, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectFrom({ from: 'wardwatch_sensor', select: 'last("held") AS "Waiting"', where: filters.site }),
          alias: '$col',
        },
      ],
      thresholds: [
        [null, judgement.good],
        [1, judgement.watch],
      ],
      links: [toConsole('baseline', 'Decide in the console')],
    }),
    stat({
      title: 'New relations',
      says: 'How often a device began to talk to a partner or over a service that it never used before. Many are usual in the first days, few afterwards.',
      empty: '0',
      at: { x: 20, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_device',
            select: 'sum("new_relations") AS "New"',
            where,
            group: [eachInterval],
            fill: 'none',
          }),
          alias: '$col',
        },
      ],
      calculation: 'sum',
      curve: true,
    }),
    incidentsPanel({ x: 0, y: 4, w: 14, h: 8 }),
    lines({
      title: 'Devices that talk, by kind',
      says: 'How many devices of each kind sent something in ten minutes. A kind that shrinks while the ward works is worth a walk.',
      empty: 'No device of this kind sent anything in this time',
      at: { x: 14, y: 4, w: 10, h: 8 },
      kind: 'stacked bars',
      least: '10m',
      most: 50,
      looks: classes,
      queries: [
        {
          text: selectOver(
            'count("sent") AS "devices"',
            selectFrom({
              from: 'wardwatch_device',
              select: 'sum("packets_out") AS "sent"',
              where: `${where} AND "packets_out" > 0`,
              group: [eachInterval, '"device"', '"class"'],
              fill: 'none',
            }),
            [eachInterval, '"class"'],
            'none',
          ),
          alias: '$tag_class',
        },
      ],
      decimals: 0,
    }),
    findingsPanel(
      'What was found last',
      'The newest findings, one line each; the device page says what to do first. Several findings can belong to one incident.',
      { x: 0, y: 12, w: 14, h: 8 },
      filters.site,
      true,
    ),
    table({
      title: 'Silent for the longest time',
      says: 'Medical devices that were heard in this time, the one that is silent longest on top. Many are simply switched off; a pump in use or an archive should not be here.',
      empty: 'No medical device was heard in this time',
      at: { x: 14, y: 12, w: 10, h: 8 },
      sort: 'Time',
      ascending: true,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_device',
            select: 'last("packets_out") AS "packets", "name", "class"',
            where: `${where} AND "medical" = true AND "packets_out" > 0`,
            group: ['"device"'],
          }),
        },
      ],
      columns: [
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'class', name: 'Kind', width: 150, mappings: mapped(classes) },
        { from: 'Time', name: 'Last heard', width: 140, unit: 'dateTimeFromNow' },
        { from: 'packets' },
        { from: 'device' },
      ],
    }),
    lines({
      title: 'Traffic, by kind',
      says: 'What devices of each kind sent. The shape of a day comes back every day; a new hill at night is worth a question.',
      empty: 'No traffic in this time',
      at: { x: 0, y: 20, w: 14, h: 8 },
      kind: 'stacked bars',
      looks: classes,
      unit: 'decbytes',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_device',
            select: 'sum("bytes_out") AS "bytes"',
            where,
            group: [eachInterval, '"class"'],
            fill: 'none',
          }),
          alias: '$tag_class',
        },
      ],
    }),
    bars({
      title: 'Devices, by kind',
      says: 'How many devices of each kind were heard in this time. The kind is a conclusion with evidence; a device whose kind became known within this time counts before and after.',
      empty: 'No device was heard in this time',
      at: { x: 14, y: 20, w: 10, h: 8 },
      rows: 9,
      name: 'class',
      value: 'devices',
      looks: classes,
      queries: [
        {
          text: selectOver(
            'count("sent") AS "devices"',
            selectFrom({
              from: 'wardwatch_device',
              select: 'sum("packets_out") AS "sent"',
              where,
              group: ['"device"', '"class"'],
            }),
            ['"class"'],
          ),
        },
      ],
    }),
  ],
};
