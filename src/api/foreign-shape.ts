/** What an alert of another program looks like from outside: for the API, and for the report of a replay. */
import { Type } from 'typebox';
import { closed, count, time } from './shapes.ts';

export const foreignAlertShape = Type.Object(
  {
    id: Type.String({ description: 'Derived from content' }),
    source: Type.Literal('suricata', { description: 'Whose alert it is; never one of ours' }),
    device: Type.String({ description: 'The device it concerns, or empty' }),
    peer: Type.String({ description: 'The device at the other end, or empty' }),
    by: Type.String({ description: 'How the device was told: mac, address, or empty' }),
    fromAddress: Type.String(),
    toAddress: Type.String(),
    fromMac: Type.String(),
    toMac: Type.String(),
    toPorts: Type.Array(count),
    protocol: Type.String(),
    service: Type.String({ description: 'Application protocol as Suricata names it' }),
    generator: count,
    signature: Type.Integer({ minimum: 0, description: 'Number of the rule' }),
    text: Type.String({ description: 'What the rule calls it' }),
    category: Type.String(),
    severity: Type.Integer({ minimum: 0, description: '1 is the worst' }),
    action: Type.String(),
    first: time,
    last: time,
    count,
    flows: Type.Array(Type.String({ description: 'Community ID' })),
  },
  closed,
);

export const foreignReportShape = Type.Object(
  {
    source: Type.Literal('suricata'),
    lines: count,
    alerts: count,
    attached: Type.Integer({ minimum: 0, description: 'Alerts that concern a device that was seen' }),
    broken: Type.Integer({ minimum: 0, description: 'Lines that are none of EVE JSON, or too long' }),
    refused: Type.Integer({ minimum: 0, description: 'Alerts that found no room (limits.foreignAlertsMax)' }),
    rows: Type.Array(foreignAlertShape, {
      description: 'One for each rule, pair of ends and day; sorted by first, id',
    }),
  },
  { ...closed, description: 'Alerts of Suricata beside the capture (`--suricata`), absent without them' },
);
