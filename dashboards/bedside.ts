/** Bedside and pumps: are monitors, pumps and analysers heard, do they pause, who commands them? */

import { bars } from './bars.ts';
import { nameChoice, type Plan, protocolChoice } from './frame.ts';
import { eachInterval, filters, selectFrom, selectOver } from './influxql.ts';
import { consoleDeviceOfRow, deviceOfRow, toDashboard } from './links.ts';
import { classes, judgement } from './palette.ts';
import { lines, mapped, stat } from './panels.ts';
import { bedsideProtocols } from './protocols.ts';
import { coverageOf, warnFrom, whenColumn } from './shared.ts';
import { table } from './tables.ts';

const where = filters.bedside;
/** Each exchange is told of both of its devices: the side that answers, for what must count once. */
const onceOnly = `${where} AND "role" = 'server'`;
const from = 'wardwatch_telemetry';
const asked = (select: string, of = where) => ({ text: selectFrom({ from, select, where: of }), alias: '$col' });
const each = (select: string, of = where) => ({
  text: selectFrom({ from, select, where: of, group: [eachInterval], fill: 'none' }),
  alias: '$col',
});
const byProtocol = (select: string, of = where) => ({
  text: selectFrom({ from, select, where: of, group: [eachInterval, '"protocol"'], fill: 'none' }),
  alias: '$tag_protocol',
});
const heard = (group: readonly string[]) =>
  selectFrom({ from: 'wardwatch_telemetry', select: 'sum("sent") AS "sent"', where: `${where} AND "sent" > 0`, group });

export const bedside: Plan = {
  key: 'bedside',
  title: 'Bedside and pumps: telemetry',
  says: 'For the people at the bedside devices: are monitors, pumps and analysers heard, do they pause, who commands them? This is no alarm system.',
  choices: [protocolChoice, nameChoice('wardwatch_telemetry', true)],
  marks: `${filters.site} AND "name" =~ /^\${name:regex}$/`,
  from: 'now-24h',
  panels: [
    stat({
      title: 'Devices heard',
      says: 'How many devices sent bedside, pump or laboratory messages in this time.',
      empty: '0',
      at: { x: 0, y: 0, w: 4, h: 4 },
      queries: [{ text: selectOver('count("sent") AS "Devices"', heard(['"device"'])), alias: '$col' }],
    }),
    stat({
      title: 'Messages',
      says: 'Measured values, states and events. Only counted, never read.',
      empty: '0',
      at: { x: 4, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [each('sum("sent") AS "Messages"')],
      calculation: 'sum',
      curve: true,
    }),
    stat({
      title: 'Alarm messages',
      says: 'Messages that carry an alarm, as the protocol marks them. A figure for planning and comparing; never use it instead of the alarms of the devices.',
      empty: '0',
      at: { x: 8, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [each('sum("alarms") AS "Alarm messages"', onceOnly)],
      calculation: 'sum',
      curve: true,
    }),
    stat({
      title: 'Commands',
      says: 'Commands that can change what a device does. On most wards there are few or none.',
      empty: '0',
      at: { x: 12, y: 0, w: 4, h: 4 },
      unit: 'short',
      queries: [asked('sum("operations") AS "Commands"', onceOnly)],
      thresholds: [
        [null, judgement.good],
        [1, judgement.watch],
      ],
      links: [toDashboard('security', 'Security: remote control')],
    }),
    stat({
      title: 'Longest pause',
      says: 'The longest time between two messages of one device within an interval. Devices that usually speak each second and pause for a minute have a network problem.',
      empty: 'No message in this time',
      at: { x: 16, y: 0, w: 4, h: 4 },
      unit: 'ms',
      queries: [asked('max("pause_ms_max") AS "Pause"')],
    }),
    coverageOf('wardwatch_telemetry', where, { x: 20, y: 0, w: 4, h: 4 }),
    lines({
      title: 'Messages, by protocol',
      says: 'How much each kind of device says. The line of a ward in full work is even; holes are pauses of many devices at once.',
      empty: 'No telemetry in this time; what comes as HL7 has a page of its own',
      at: { x: 0, y: 4, w: 14, h: 8 },
      kind: 'stacked bars',
      looks: bedsideProtocols,
      queries: [byProtocol('sum("sent") AS "messages"')],
      decimals: 0,
    }),
    lines({
      title: 'Devices in use, by kind',
      says: 'Devices that took part in clinical traffic within ten minutes, by kind: how many pumps and monitors work at the same time.',
      empty: 'No device was in use in this time',
      at: { x: 14, y: 4, w: 10, h: 8 },
      kind: 'stacked bars',
      least: '10m',
      most: 50,
      looks: classes,
      queries: [
        {
          text: selectOver(
            'count("seconds") AS "devices"',
            selectFrom({
              from: 'wardwatch_utilisation',
              select: 'sum("active_seconds") AS "seconds"',
              where: `${filters.site} AND "class" =~ /^(infusion-pump|ventilator|anaesthesia|dialysis|patient-monitor|central-station|pump-gateway|personal-health-device|lab-analyser|point-of-care-meter)$/ AND "active_seconds" > 0`,
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
    table({
      title: 'Longest pauses',
      says: 'Devices with the longest time between two messages. One device: its cable or radio. A whole ward: a switch or an access point.',
      empty: 'No telemetry in this time',
      at: { x: 0, y: 12, w: 12, h: 8 },
      sort: 'pause',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_telemetry',
            select: 'max("pause_ms_max") AS "pause", sum("sent") AS "messages"',
            where: `${where} AND "sent" > 0`,
            group: ['"name"', '"protocol"', '"device"'],
          }),
        },
      ],
      columns: [
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'protocol', name: 'Protocol', mappings: mapped(bedsideProtocols), width: 140 },
        { from: 'pause', name: 'Longest pause', unit: 'ms', width: 130 },
        { from: 'messages', name: 'Messages', decimals: 0, width: 110 },
        { from: 'device' },
      ],
    }),
    table({
      title: 'Last commands',
      says: 'Commands as the protocol names them, newest first, at the device that was commanded. A command from somebody who never commanded before is a finding of its own (RC-09).',
      empty: 'No command in this time',
      at: { x: 12, y: 12, w: 12, h: 8 },
      sort: 'Time',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_telemetry',
            select: '"operation", "operations", "name", "protocol", "device"',
            where: `${onceOnly} AND "operations" > 0`,
            order: 'newest',
            limit: 20,
          }),
        },
      ],
      columns: [
        whenColumn,
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'protocol', name: 'Protocol', mappings: mapped(bedsideProtocols), width: 120 },
        { from: 'operation', name: 'Command' },
        { from: 'operations', name: 'Times', width: 80, decimals: 0 },
        { from: 'device' },
      ],
    }),
    lines({
      title: 'Alarm messages, by protocol',
      says: 'When alarms come together. Compare wards and shifts; talk with the ward before you change a limit.',
      empty: 'No alarm message in this time',
      at: { x: 0, y: 20, w: 14, h: 8 },
      kind: 'stacked bars',
      looks: bedsideProtocols,
      queries: [byProtocol('sum("alarms") AS "alarms"', `${onceOnly} AND "alarms" > 0`)],
      decimals: 0,
    }),
    bars({
      title: 'Alarm messages, by device',
      says: 'Who sent or took the most alarm messages; a central station takes those of its whole ward. A few devices often make most of them: a loose sensor, limits that do not fit.',
      empty: 'No alarm message in this time',
      at: { x: 14, y: 20, w: 10, h: 8 },
      rows: 8,
      name: 'name',
      value: 'alarms',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_telemetry',
            select: 'sum("alarms") AS "alarms"',
            where: `${where} AND "alarms" > 0`,
            group: ['"name"'],
          }),
        },
      ],
    }),
    table({
      title: 'Each device',
      says: 'One line for each device and protocol, most messages on top.',
      empty: 'No telemetry in this time',
      at: { x: 0, y: 28, w: 24, h: 10 },
      sort: 'messages',
      queries: [
        {
          text: selectFrom({
            from: 'wardwatch_telemetry',
            select:
              'sum("messages") AS "messages", sum("sent") AS "sent", sum("alarms") AS "alarms", sum("operations") AS "commands", sum("operation_failures") AS "refused", max("pause_ms_max") AS "pause"',
            where,
            group: ['"name"', '"protocol"', '"device"'],
          }),
        },
      ],
      columns: [
        { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow] },
        { from: 'protocol', name: 'Protocol', mappings: mapped(bedsideProtocols), width: 160 },
        { from: 'messages', name: 'Messages', decimals: 0, width: 120 },
        { from: 'sent', name: 'Sent', decimals: 0, width: 120 },
        { from: 'alarms', name: 'Alarm messages', decimals: 0, width: 140 },
        { from: 'commands', name: 'Commands', decimals: 0, width: 110, thresholds: warnFrom(1) },
        { from: 'refused', name: 'Refused commands', decimals: 0, width: 150, thresholds: warnFrom(1) },
        { from: 'pause', name: 'Longest pause', unit: 'ms', width: 130 },
        { from: 'device' },
      ],
    }),
  ],
};
