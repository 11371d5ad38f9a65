/**
 * The part of the YANG-JSON tree of MUD files that we write, by hand from RFC 8520 (section 7, ietf-mud and
 * ietf-acldns) and RFC 8519 (section 4, ietf-access-control-list): every node by its name, type and place, nothing else.
 */
import { type TSchema, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const name = Type.String({ minLength: 1, maxLength: 64 });
const portNumber = Type.Integer({ minimum: 0, maximum: 65_535 });

/** grouping port-range-or-operator: a range, or an operator with a port. */
const port = Type.Union([
  Type.Object({ 'lower-port': portNumber, 'upper-port': portNumber }, closed),
  Type.Object({ operator: Type.Enum(['eq', 'lte', 'gte', 'neq']), port: portNumber }, closed),
]);
const ports = { 'source-port': Type.Optional(port), 'destination-port': Type.Optional(port) };

const domain = Type.String({ pattern: '^([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z0-9-]{1,63}$' });
const layer3 = (family: 'ipv4' | 'ipv6', network: TSchema) =>
  Type.Object(
    {
      protocol: Type.Integer({ minimum: 0, maximum: 255 }),
      [`source-${family}-network`]: Type.Optional(network),
      [`destination-${family}-network`]: Type.Optional(network),
      'ietf-acldns:src-dnsname': Type.Optional(domain),
      'ietf-acldns:dst-dnsname': Type.Optional(domain),
    },
    closed,
  );

const matches = Type.Object(
  {
    ipv4: Type.Optional(layer3('ipv4', Type.String({ pattern: '^(\\d{1,3}\\.){3}\\d{1,3}/([12]?\\d|3[0-2])$' }))),
    ipv6: Type.Optional(layer3('ipv6', Type.String({ pattern: '^[0-9a-f:]+/\\d{1,3}$' }))),
    tcp: Type.Optional(
      Type.Object({ ...ports, 'ietf-mud:direction-initiated': Type.Enum(['to-device', 'from-device']) }, closed),
    ),
    udp: Type.Optional(Type.Object(ports, closed)),
  },
  closed,
);

const entry = Type.Object(
  { name, matches, actions: Type.Object({ forwarding: Type.Enum(['accept', 'drop', 'reject']) }, closed) },
  closed,
);

const list = Type.Object(
  {
    name,
    type: Type.Enum(['ipv4-acl-type', 'ipv6-acl-type']),
    aces: Type.Object({ ace: Type.Array(entry, { minItems: 1 }) }, closed),
  },
  closed,
);

const policy = Type.Object(
  {
    'access-lists': Type.Object({ 'access-list': Type.Array(Type.Object({ name }, closed)) }, closed),
  },
  closed,
);

export const mudSchema = Type.Object(
  {
    'ietf-mud:mud': Type.Object(
      {
        'mud-version': Type.Literal(1),
        'mud-url': Type.String({ pattern: '^https://' }),
        'last-update': Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' }),
        'cache-validity': Type.Integer({ minimum: 1, maximum: 168 }),
        'is-supported': Type.Boolean(),
        systeminfo: Type.String({ maxLength: 60 }),
        'from-device-policy': policy,
        'to-device-policy': policy,
      },
      closed,
    ),
    'ietf-access-control-list:acls': Type.Object({ acl: Type.Array(list) }, closed),
  },
  closed,
);
