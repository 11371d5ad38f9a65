/** Security: who controls what from afar, what leaves, what is new, and is it too much to look at? */

import { bars, graph } from './bars.ts';
import type { Plan } from './frame.ts';
import { eachInterval, filters, inside, selectFrom, selectOver } from './influxql.ts';
import { consoleDeviceOfRow, deviceNamedIn, deviceOfRow, toConsole } from './links.ts';
import { cards, judgement, severities, tiers } from './palette.ts';
import { lines, mapped, stat } from './panels.ts';
import { protocols } from './protocols.ts';
import { incidentsPanel, severityColumn, whenColumn } from './shared.ts';
import { table } from './tables.ts';

const where = filters.site;
const found = 'count(distinct("finding")) AS "findings"';
const counted = (more: string) => ({
  text: selectFrom({
    from: 'wardwatch_alert',
    select: 'count(distinct("finding")) AS "Findings"',
    where: `${where} AND ${more}`,
  }),
  alias: '$col',
});

const fewIsGood = [
  [null, judgement.good],
  [1, judgement.bad],
] as const;

export const security: Plan = {
  key: 'security',
  title: 'Security: remote control and exfiltration',
  says: 'For the security team: who controls devices from afar, what leaves, what is new, and is it too much to look at?',
  choices: [],
  marks: `${where} AND "severity" =~ /^(high|critical)$/`,
  from: 'now-24h',
  panels: [
    stat({
      title: 'Incidents',
      says: 'What belongs together on one device within a day counts once. Each deserves a decision in the console.',
      empty: '0',
      at: { x: 0, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectFrom({ from: 'wardwatch_incident', select: 'count(distinct("incident")) AS "Incidents"', where }),
          alias: '$col',
        },
      ],
      thresholds: fewIsGood,
      links: [toConsole('incidents', 'Decide in the console')],
    }),
    stat({
      title: 'Critical and high',
      says: 'Findings that should be looked at today: near a patient, or with a clear sign of an attack.',
      empty: '0',
      at: { x: 4, y: 0, w: 4, h: 4 },
      queries: [counted('"severity" =~ /^(high|critical)$/')],
      thresholds: fewIsGood,
      links: [toConsole('incidents', 'Decide in the console')],
    }),
    stat({
      title: 'Remote control',
      says: 'Findings of the RC cards: sessions, tunnels, typing, commands, guessed passwords.',
      empty: '0',
      at: { x: 8, y: 0, w: 4, h: 4 },
      queries: [counted('"detector" =~ /^RC-/')],
      thresholds: fewIsGood,
      links: [toConsole('incidents', 'Decide in the console')],
    }),
    stat({
      title: 'Exfiltration',
      says: 'Findings of the EX cards: much data, hidden data, images or messages to places where they never went.',
      empty: '0',
      at: { x: 12, y: 0, w: 4, h: 4 },
      queries: [counted('"detector" =~ /^EX-/')],
      thresholds: fewIsGood,
      links: [toConsole('incidents', 'Decide in the console')],
    }),
    stat({
      title: 'A day, per 1,000 devices',
      says: 'Findings against what people can look at: at most 56 a day for a thousand devices, most of them low and read once a day. Far more means that something has to be tuned or accepted.',
      empty: 'No device was heard in this time',
      at: { x: 16, y: 0, w: 4, h: 4 },
      decimals: 0,
      queries: [
        {
          text: selectOver(
            'sum("found") / count("found") * 1000 AS "Findings"',
            selectFrom({
              from: 'wardwatch_device',
              select: 'sum("findings") AS "found"',
              where: `${where} AND ${inside}`,
              group: ['time(1d)', '"device"'],
              fill: 'none',
            }),
          ),
          alias: '$col',
        },
      ],
      thresholds: [
        [null, judgement.good],
        [56, judgement.watch],
        [200, judgement.bad],
      ],
    }),
    stat({
      title: 'Wait for your decision',
      says: 'Relations that the sensor never accepts by itself: remote access, partners outside, new places for images.',
      empty: '0',
      at: { x: 20, y: 0, w: 4, h: 4 },
      queries: [
        { text: selectFrom({ from: 'wardwatch_sensor', select: 'last("held") AS "Waiting"', where }), alias: '$col' },
      ],
      thresholds: [
        [null, judgement.good],
        [1, judgement.watch],
      ],
      links: [toConsole('baseline', 'Decide in the console')],
    }),
    incidentsPanel({ x: 0, y: 4, w: 14, h: 8 }),
    lines({
      title: 'Findings, by severity',
      says: 'When they began. A wall of one colour at one moment has one cause.',
      empty: 'Nothing was found in this time',
      at: { x: 14, y: 4, w: 10, h: 8 },
      kind: 'stacked bars',
      looks: severities,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_alert',
            select: found,
            where,
            group: [eachInterval, '"severity"'],
            fill: 'none',
          }),
          alias: '$tag_severity',
        },
      ],
      decimals: 0,
    }),
    bars({
      title: 'Findings, by detection',
      says: 'Which cards spoke how often (docs/detections.md explains each one and how it is tuned).',
      empty: 'Nothing was found in this time',
      at: { x: 0, y: 12, w: 10, h: 8 },
      rows: 8,
      name: 'detector',
      value: 'findings',
      looks: cards,
      queries: [{ text: selectFrom({ from: 'wardwatch_alert', select: found, where, group: ['"detector"'] }) }],
    }),
    graph({
      title: 'Map of unusual conversations',
      says: 'Who talked to whom in a way that nobody has accepted as usual: from the one who opens to the one who answers, with the conversations of its busiest minute.',
      empty: 'No unusual conversation: all are accepted, or the devices are still being learnt',
      at: { x: 10, y: 12, w: 14, h: 8 },
      edges: 40,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_link',
            select: 'max("flows") AS "mainstat", "source_name" AS "source", "target_name" AS "target"',
            where: `${where} AND "strange" = true`,
            group: ['"id"'],
          }),
        },
      ],
    }),
    table({
      title: 'Remote control and exfiltration, newest first',
      says: 'Findings of the RC and EX cards with the partner. The first step is safe for the patient; the console has the evidence.',
      empty: 'No remote control and no exfiltration was found in this time',
      at: { x: 0, y: 20, w: 24, h: 9 },
      sort: 'Time',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_alert',
            select: '"severity", "name", "peer_name", "service", "title", "first_step", "device"',
            where: `${where} AND "detector" =~ /^(RC|EX)-/`,
            order: 'newest',
            limit: 100,
          }),
        },
      ],
      columns: [
        whenColumn,
        severityColumn,
        { from: 'name', name: 'Device', width: 150, links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'peer_name', name: 'Partner', width: 150 },
        { from: 'service', name: 'Service', width: 110, mappings: mapped(protocols) },
        { from: 'title', name: 'What happened', long: true },
        { from: 'first_step', name: 'What to do first', long: true },
        { from: 'device' },
      ],
    }),
    table({
      title: 'What leaves the hospital',
      says: 'Who sent how much to the outside, most on top. The partner is the one with the most bytes, by its domain or its network.',
      empty: 'Nothing was sent to the outside in this time',
      at: { x: 0, y: 29, w: 12, h: 8 },
      sort: 'sent',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_link',
            select:
              'sum("bytes_to_target") AS "sent", sum("bytes_to_source") AS "received", last("outside_name") AS "partner"',
            where: `${where} AND "target" = 'outside'`,
            group: ['"source_name"', '"protocol"'],
          }),
        },
      ],
      columns: [
        { from: 'source_name', name: 'Device', links: [deviceNamedIn('source_name')] },
        { from: 'partner', name: 'Partner outside' },
        { from: 'protocol', name: 'Protocol', mappings: mapped(protocols), width: 125 },
        { from: 'sent', name: 'Sent', unit: 'decbytes', width: 95 },
        { from: 'received', name: 'Received', unit: 'decbytes', width: 95 },
      ],
    }),
    bars({
      title: 'Findings, by care tier',
      says: 'How near to a patient the devices are: therapy is nearest, then monitoring, diagnostics, support.',
      empty: 'Nothing was found in this time',
      at: { x: 12, y: 29, w: 5, h: 8 },
      rows: 5,
      name: 'tier',
      value: 'findings',
      looks: tiers,
      queries: [{ text: selectFrom({ from: 'wardwatch_alert', select: found, where, group: ['"tier"'] }) }],
    }),
    lines({
      title: 'Sent to the outside',
      says: 'Bytes of all devices to partners outside. The nights should be quiet.',
      empty: 'Nothing was sent to the outside in this time',
      at: { x: 17, y: 29, w: 7, h: 8 },
      kind: 'bars',
      unit: 'decbytes',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_link',
            select: 'sum("bytes_to_target") AS "Sent"',
            where: `${where} AND "target" = 'outside'`,
            group: [eachInterval],
            fill: 'none',
          }),
          alias: '$col',
        },
      ],
    }),
  ],
};
