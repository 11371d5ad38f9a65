/** Messages: do orders, results and admissions get through, who says no, how long does it take? */

import { bars } from './bars.ts';
import { nameChoice, type Plan, roleChoice } from './frame.ts';
import { eachInterval, filters, selectFrom } from './influxql.ts';
import { consoleDeviceOfRow, deviceOfRow } from './links.ts';
import { judgement } from './palette.ts';
import { lines, stat } from './panels.ts';
import { clocksPanel, coverageOf, warnFrom, whenColumn } from './shared.ts';
import { table } from './tables.ts';

const where = filters.named;
const asked = (select: string) => ({ text: selectFrom({ from: 'wardwatch_hl7', select, where }), alias: '$col' });
const each = (select: string) => ({
  text: selectFrom({ from: 'wardwatch_hl7', select, where, group: [eachInterval], fill: 'none' }),
  alias: '$col',
});

export const messages: Plan = {
  key: 'messages',
  title: 'Messages: HL7',
  says: 'For the people of interfaces: do orders, results and admissions get through, who says no, how long does it take?',
  choices: [roleChoice, nameChoice('wardwatch_hl7', true)],
  marks: `${filters.site} AND "name" =~ /^\${name:regex}$/`,
  from: 'now-24h',
  panels: [
    stat({
      title: 'Messages',
      says: 'All HL7 v2 messages, acknowledgements included. Counted once, on the side that is chosen above.',
      empty: '0',
      at: { x: 0, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [each('sum("messages") AS "Messages"')],
      calculation: 'sum',
      curve: true,
    }),
    stat({
      title: 'Acknowledged',
      says: 'Share of messages that got an answer. Well below 100: a receiver does not answer, or the sensor sees one direction only.',
      empty: 'No message in this time',
      at: { x: 4, y: 0, w: 4, h: 4 },
      unit: 'percent',
      decimals: 1,
      queries: [asked('sum("acknowledgements") / (sum("messages") - sum("acknowledgements")) * 100 AS "Acknowledged"')],
      thresholds: [
        [null, judgement.bad],
        [90, judgement.watch],
        [98, judgement.good],
      ],
    }),
    stat({
      title: 'Refused messages',
      says: 'Acknowledgements that say error or reject. Each is a result or an order that may not have arrived.',
      empty: '0',
      at: { x: 8, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [asked('sum("negative") AS "Refused"')],
      thresholds: [
        [null, judgement.good],
        [1, judgement.bad],
      ],
    }),
    stat({
      title: 'Slowest answers',
      says: '95 of 100 acknowledgements came faster than this, in the slowest interval of this time.',
      empty: 'No answer in this time',
      at: { x: 12, y: 0, w: 4, h: 4 },
      unit: 'µs',
      queries: [asked('max("latency_p95_us") AS "Slowest"')],
      thresholds: [
        [null, judgement.good],
        [2_000_000, judgement.watch],
        [10_000_000, judgement.bad],
      ],
    }),
    stat({
      title: 'Observations',
      says: 'Measured values inside of the messages (OBX segments): vital signs, laboratory results. Only counted, never read.',
      empty: '0',
      at: { x: 16, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [each('sum("observations") AS "Observations"')],
      calculation: 'sum',
      curve: true,
    }),
    coverageOf('wardwatch_hl7', where, { x: 20, y: 0, w: 4, h: 4 }),
    lines({
      title: 'Messages, by kind',
      says: 'What the messages are about. Results follow the day of the laboratory, admissions the day of the ward; a kind that stops has a reason.',
      empty: 'No HL7 message in this time',
      at: { x: 0, y: 4, w: 14, h: 8 },
      kind: 'stacked bars',
      queries: [
        each(
          'sum("results") AS "Results", sum("orders") AS "Orders", sum("admissions") AS "Admissions", sum("schedules") AS "Appointments", sum("documents") AS "Documents", sum("others") AS "Other messages"',
        ),
      ],
      decimals: 0,
    }),
    bars({
      title: 'Messages, by device',
      says: 'Who took part in how many messages in this time.',
      empty: 'No HL7 message in this time',
      at: { x: 14, y: 4, w: 10, h: 8 },
      rows: 8,
      name: 'name',
      value: 'messages',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_hl7',
            select: 'sum("messages") AS "messages"',
            where,
            group: ['"name"'],
          }),
        },
      ],
    }),
    lines({
      title: 'Answers',
      says: 'Errors: the receiver understood and could not do it. Rejects: it did not take the message at all.',
      empty: 'No answer in this time',
      at: { x: 0, y: 12, w: 10, h: 8 },
      kind: 'stacked bars',
      queries: [
        each(
          'sum("acknowledgements") - sum("negative") AS "Acknowledged", sum("negative_errors") AS "Errors", sum("negative_rejects") AS "Rejects"',
        ),
      ],
      decimals: 0,
    }),
    lines({
      title: 'How long an answer takes',
      says: 'From a message to its acknowledgement. A step that stays: the receiver is busy, or its queue is long.',
      empty: 'No answer in this time',
      at: { x: 10, y: 12, w: 7, h: 8 },
      unit: 'µs',
      queries: [each('mean("latency_p50_us") AS "Half are faster", max("latency_p95_us") AS "95 of 100 are faster"')],
    }),
    clocksPanel({ x: 17, y: 12, w: 7, h: 8 }),
    table({
      title: 'Each device',
      says: 'One line for each system that speaks HL7, busiest on top.',
      empty: 'No HL7 in this time',
      at: { x: 0, y: 20, w: 24, h: 10 },
      sort: 'messages',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_hl7',
            select:
              'sum("messages") AS "messages", sum("sent") AS "sent", sum("acknowledgements") AS "acknowledgements", sum("negative_errors") AS "errors", sum("negative_rejects") AS "rejects", sum("observations") AS "observations", max("latency_p95_us") AS "slowest"',
            where,
            group: ['"name"', '"device"'],
          }),
        },
      ],
      columns: [
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'messages', name: 'Messages', decimals: 0, width: 120 },
        { from: 'sent', name: 'Sent', decimals: 0, width: 110 },
        { from: 'acknowledgements', name: 'Acknowledged', decimals: 0, width: 130 },
        { from: 'errors', name: 'Errors', decimals: 0, width: 100, thresholds: warnFrom(1) },
        { from: 'rejects', name: 'Rejects', decimals: 0, width: 100, thresholds: warnFrom(1) },
        { from: 'observations', name: 'Observations', decimals: 0, width: 120 },
        { from: 'slowest', name: 'Slowest answers', unit: 'µs', width: 140 },
        { from: 'device' },
      ],
    }),
    table({
      title: 'Last error codes',
      says: 'What receivers gave as the reason (ERR-3), newest first. 101 a field is missing, 102 a wrong type, 103 a wrong value, 200 a kind of message they do not take.',
      empty: 'No receiver gave a reason in this time',
      at: { x: 0, y: 30, w: 24, h: 7 },
      sort: 'Time',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_hl7',
            select: '"error_code" AS "code", "name", "device"',
            where: `${where} AND "error_code" != ''`,
            order: 'newest',
            limit: 20,
          }),
        },
      ],
      columns: [
        whenColumn,
        { from: 'name', name: 'Device', width: 240, links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'code', name: 'Error code' },
        { from: 'device' },
      ],
    }),
  ],
};
