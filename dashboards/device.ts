/** Device: who is it, with whom does it talk, how much is it used, what is usual, what happened? */
import { idBehindName, nameChoice, type Plan } from './frame.ts';
import { eachInterval, filters, selectFrom } from './influxql.ts';
import { deviceNamedIn, toConsole, toDashboard } from './links.ts';
import { judgement, layers, learning, usual } from './palette.ts';
import { lines, mapped, stat, states } from './panels.ts';
import { protocols } from './protocols.ts';
import { findingsPanel } from './shared.ts';
import { facts, table } from './tables.ts';

const where = filters.device;
const either = `${filters.site} AND ("source" =~ /^\${device:regex}$/ OR "target" =~ /^\${device:regex}$/)`;
const inConsole = toConsole(`devices/\${device:percentencode}`, 'Show it in the console');

export const device: Plan = {
  key: 'device',
  title: 'Device',
  says: 'For the biomedical engineer at one device: who is it, with whom does it talk, how much is it used, what is usual, what happened?',
  choices: [nameChoice('wardwatch_device', false), idBehindName],
  marks: where,
  from: 'now-24h',
  panels: [
    stat({
      title: 'Last heard',
      says: 'When the device last sent something. Switched off, unplugged, or out of reach of the mirror look the same from here.',
      empty: 'Not in this time',
      at: { x: 0, y: 0, w: 4, h: 4 },
      unit: 'dateTimeFromNow',
      fields: '/^Time$/',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_device',
            select: 'last("packets_out") AS "packets"',
            where: `${where} AND "packets_out" > 0`,
          }),
          format: 'table',
        },
      ],
      thresholds: [[null, judgement.neutral]],
    }),
    stat({
      title: 'Findings',
      says: 'What the sensor found about this device in this time; the list is below.',
      empty: '0',
      at: { x: 4, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectFrom({ from: 'wardwatch_alert', select: 'count(distinct("finding")) AS "Findings"', where }),
          alias: '$col',
        },
      ],
      thresholds: [
        [null, judgement.good],
        [1, judgement.bad],
      ],
      links: [inConsole],
    }),
    stat({
      title: 'Wait for your decision',
      says: 'Relations of this device that only a person may accept.',
      empty: '0',
      at: { x: 8, y: 0, w: 4, h: 4 },
      queries: [
        { text: selectFrom({ from: 'wardwatch_baseline', select: 'last("held") AS "Waiting"', where }), alias: '$col' },
      ],
      thresholds: [
        [null, judgement.good],
        [1, judgement.watch],
      ],
      links: [inConsole],
    }),
    stat({
      title: 'Weaknesses',
      says: 'Standing weaknesses without an alarm: old software, passwords in clear, services that nobody needs.',
      empty: '0',
      at: { x: 12, y: 0, w: 4, h: 4 },
      queries: [
        {
          text: selectFrom({ from: 'wardwatch_inventory', select: 'last("weaknesses") AS "Weaknesses"', where }),
          alias: '$col',
        },
      ],
      thresholds: [
        [null, judgement.good],
        [1, judgement.watch],
      ],
      links: [toDashboard('planning', 'All of them: utilisation and lifecycle')],
    }),
    stat({
      title: 'Clock differs by',
      says: 'The clock of the device against the clock of the sensor, told from times in its messages. A wrong clock puts results into the wrong order.',
      empty: 'It says no time',
      at: { x: 16, y: 0, w: 4, h: 4 },
      unit: 'ms',
      queries: [
        {
          text: selectFrom({ from: 'wardwatch_device', select: 'last("clock_skew_ms") AS "Clock"', where }),
          alias: '$col',
        },
      ],
      thresholds: [
        [null, judgement.bad],
        [-300_000, judgement.watch],
        [-60_000, judgement.good],
        [60_000, judgement.watch],
        [300_000, judgement.bad],
      ],
    }),
    stat({
      title: 'Support ends in',
      says: 'Days until the maker of the operating system ends security updates; negative when that day has passed.',
      empty: 'Not known',
      at: { x: 20, y: 0, w: 4, h: 4 },
      unit: 'd',
      queries: [
        {
          text: selectFrom({ from: 'wardwatch_inventory', select: 'last("support_days") AS "Days"', where }),
          alias: '$col',
        },
      ],
      thresholds: [
        [null, judgement.bad],
        [0, judgement.watch],
        [365, judgement.good],
      ],
    }),
    facts({
      title: 'Who is it',
      says: 'What the device said about itself, or what its traffic tells. Evidence names what each conclusion stands on.',
      empty: 'Nothing is known about it in this time: choose a longer one',
      at: { x: 0, y: 4, w: 8, h: 16 },
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_inventory',
            select: [
              'manufacturer',
              'model',
              'serial',
              'software',
              'operating_system',
              'device_class',
              'address',
              'mac',
              'ae_titles',
              'host_names',
              'vendor',
              'roles',
              'zone_name',
              'evidence',
            ]
              .map((name) => `last("${name}") AS "${name}"`)
              .join(', '),
            where,
          }),
        },
      ],
      columns: [
        { from: 'device_class', name: 'Kind' },
        { from: 'manufacturer', name: 'Manufacturer' },
        { from: 'model', name: 'Model' },
        { from: 'serial', name: 'Serial number' },
        { from: 'software', name: 'Software' },
        { from: 'operating_system', name: 'Operating system' },
        { from: 'address', name: 'Address' },
        { from: 'mac', name: 'Hardware address' },
        { from: 'ae_titles', name: 'AE titles' },
        { from: 'host_names', name: 'Names' },
        { from: 'vendor', name: 'Maker of its card' },
        { from: 'roles', name: 'What it does' },
        { from: 'zone_name', name: 'Zone' },
        { from: 'evidence', name: 'Evidence' },
      ],
    }),
    lines({
      title: 'Traffic',
      says: 'What the device received and sent. Compare with the same hour yesterday; much sent at night is worth a question.',
      empty: 'It was silent in this time',
      at: { x: 8, y: 4, w: 16, h: 8 },
      kind: 'stacked bars',
      unit: 'decbytes',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_device',
            select: 'sum("bytes_in") AS "Received", sum("bytes_out") AS "Sent"',
            where,
            group: [eachInterval],
            fill: 'none',
          }),
          alias: '$col',
        },
      ],
    }),
    table({
      title: 'With whom it talks',
      says: 'Partners of this time, most bytes first: who opened conversations, who answered. Unusual: the last ones are not among what is accepted.',
      empty: 'It talked to nobody in this time',
      at: { x: 8, y: 12, w: 16, h: 8 },
      sort: 'both',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_link',
            select:
              'sum("bytes_to_target") AS "to_target", sum("bytes_to_source") AS "to_source", sum("bytes_to_target") + sum("bytes_to_source") AS "both", sum("flows") AS "flows", last("strange") AS "strange"',
            where: either,
            group: ['"source_name"', '"target_name"', '"protocol"'],
          }),
        },
      ],
      columns: [
        { from: 'source_name', name: 'Opens', links: [deviceNamedIn('source_name')] },
        { from: 'target_name', name: 'Answers', links: [deviceNamedIn('target_name')] },
        { from: 'protocol', name: 'Protocol', mappings: mapped(protocols), width: 130 },
        { from: 'strange', name: 'Usual?', mappings: mapped(usual), width: 90 },
        { from: 'flows', name: 'Conversations', width: 120, decimals: 0 },
        { from: 'to_target', name: 'There', unit: 'decbytes', width: 90 },
        { from: 'to_source', name: 'Back', unit: 'decbytes', width: 90 },
        { from: 'both' },
      ],
    }),
    findingsPanel(
      'What was found about it',
      'Findings about this device, newest first, with what to do first.',
      { x: 0, y: 20, w: 24, h: 7 },
      where,
      false,
    ),
    states({
      title: 'How far its usual is learnt',
      says: 'Four layers: with whom it talks, what is asked, how much, and when. Detections speak with full weight when a layer is watched.',
      empty: 'Written once an hour: choose a longer time',
      at: { x: 0, y: 27, w: 12, h: 7 },
      mappings: mapped(learning),
      looks: layers,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_baseline',
            select: Object.keys(layers)
              .map((name) => `last("${name}") AS "${name}"`)
              .join(', '),
            where,
            group: [eachInterval],
            fill: 'previous',
          }),
          alias: '$col',
        },
      ],
    }),
    lines({
      title: 'In use',
      says: 'Minutes of each interval in which the device took part in clinical traffic: images, results, vital signs, infusions.',
      empty: 'No clinical traffic in this time',
      at: { x: 12, y: 27, w: 12, h: 7 },
      kind: 'bars',
      unit: 's',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_utilisation',
            select: 'sum("active_seconds") AS "In use"',
            where,
            group: [eachInterval],
            fill: 'none',
          }),
          alias: '$col',
        },
      ],
    }),
    lines({
      title: 'What it speaks',
      says: 'Bytes of each protocol. A protocol that was never here before is worth a question.',
      empty: 'It was silent in this time',
      at: { x: 0, y: 34, w: 24, h: 8 },
      kind: 'stacked bars',
      unit: 'decbytes',
      looks: protocols,
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_protocol',
            select: 'sum("bytes") AS "bytes"',
            where,
            group: [eachInterval, '"protocol"'],
            fill: 'none',
          }),
          alias: '$tag_protocol',
        },
      ],
    }),
  ],
};
