/**
 * The settings as one TypeBox schema: type, check, default and explanation of every key in one place.
 *
 * A key that has a `default` may be left out. `docs/configuration.schema.json` and the table in
 * `docs/configuration.md` are written from this file.
 */
import { Type } from 'typebox';
import { Format } from 'typebox/format';
import { parseAddress } from '../bytes/address.ts';
import { parsePrefix } from '../bytes/prefix.ts';
import { type Limits, limits } from '../limits.ts';
import { severities } from '../model.ts';

/** Formats beyond JSON Schema's own, and how each is explained to somebody who got it wrong. */
export const formats: Readonly<Record<string, { holds(text: string): boolean; allowed: string }>> = {
  network: {
    holds: (text) => parsePrefix(text) !== null,
    allowed: 'an address range such as 10.20.0.0/16 or fd00::/8 (no bits set behind the prefix), or one address',
  },
  'address-or-mac': {
    holds: (text) => parseAddress(text) !== '' || /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text),
    allowed: 'a MAC address such as 00:1b:21:0a:0b:0c, or an IPv4 or IPv6 address',
  },
  'time-zone': { holds: isTimeZone, allowed: 'an IANA time zone such as UTC or Europe/Berlin' },
  'http-url': { holds: isHttpUrl, allowed: 'an address that begins with http:// or https://' },
};
for (const [name, { holds }] of Object.entries(formats)) Format.Set(name, holds);

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
}

const network = Type.String({ format: 'network' });
const addressOrMac = Type.String({ format: 'address-or-mac' });
const count = (description: string, value: number, minimum = 0) =>
  Type.Integer({ description, default: value, minimum, maximum: Number.MAX_SAFE_INTEGER });
const text = (description: string, value: string) => Type.String({ description, default: value, maxLength: 1024 });
const list = <T extends Type.TSchema>(description: string, items: T, value: unknown[] = []) =>
  Type.Array(items, { description, default: value, maxItems: 4096 });
const fileOrNull = (description: string) =>
  Type.Union([Type.String({ minLength: 1 }), Type.Null()], { description, default: null });
const closed = { additionalProperties: false } as const;

const zone = Type.Object(
  {
    name: Type.String({ description: 'Name of the zone', minLength: 1, maxLength: 64 }),
    networks: Type.Array(network, { description: 'Address ranges of the zone', minItems: 1, maxItems: 4096 }),
    mayTalkTo: list('Names of the zones that this one may open connections to', Type.String()),
  },
  closed,
);

const device = Type.Object(
  {
    match: Type.String({ description: 'MAC address or IP address', format: 'address-or-mac' }),
    class: Type.Optional(Type.String({ description: 'Device class: monitor, pump, modality …', maxLength: 64 })),
    tier: Type.Optional(
      Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3), Type.Literal(4)], {
        description: 'Care tier: 1 therapy, 2 monitoring, 3 diagnostics, 4 support',
      }),
    ),
    name: Type.Optional(Type.String({ description: 'Name that people use for it', maxLength: 128 })),
  },
  closed,
);

/** Private use (RFC 1918), link-local (RFC 3927, RFC 4291), unique local (RFC 4193), loopback. */
export const privateNetworks: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
];

const site = Type.Object(
  {
    name: text('Name of the site; tag of every point', 'site'),
    timeZone: Type.String({
      description: 'Time zone for hours of day and working hours',
      default: 'UTC',
      format: 'time-zone',
    }),
    internal: list('Networks that belong to the site; everything else is external', network, [...privateNetworks]),
    zones: list('Zones of the network', zone),
    devices: list('What is known about single devices', device),
    jumpHosts: list('Hosts from which remote access to devices is usual', addressOrMac),
    vendorGateways: list('Gateways through which makers reach their devices', addressOrMac),
    profiles: fileOrNull(
      'Folder with profiles of the site, <class>.yaml: each key stands in place of the default (docs/profiles.md)',
    ),
    indicators: fileOrNull(
      'File with addresses, names and fingerprints that are known to be bad (CSV, docs/detections.md ME-02)',
    ),
    notices: fileOrNull('Folder with recalls (openFDA) and advisories (CSAF) to match devices with (docs/recalls.md)'),
    windowsFile: fileOrNull('File with the approved windows of service (CSV or YAML, docs/operations.md)'),
  },
  closed,
);

const learn = Type.Object(
  {
    structureDays: count('Days that the first devices of a site are learnt', 14, 1),
    laterDays: count('Days that a device is learnt that appears after the first ones were', 7, 1),
    days: count('Distinct days on which something must be seen before it is accepted', 3, 1),
  },
  closed,
);

const detector = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ description: 'false switches the detector off' })),
    severity: Type.Optional(Type.Enum([...severities], { description: 'Severity in place of its own' })),
    options: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()]), {
        description: 'Options of the detector by name (docs/detections.md)',
      }),
    ),
  },
  closed,
);

const influx = Type.Object(
  {
    url: Type.String({ description: 'Address of the server: http://127.0.0.1:8086', format: 'http-url' }),
    database: text('Database (v1, v3) or bucket (v2)', 'wardwatch'),
    replayDatabase: text('The same for replays, which never mix with live points; empty: `database` and `_replay`', ''),
    api: Type.Enum(['v1', 'v2', 'v3'], {
      description: 'v1 = /write (1.x, 2.x and 3.x), v2 = /api/v2/write, v3 = /api/v3/write_lp',
      default: 'v1',
    }),
    org: text('Organisation (v2)', ''),
    token: text('Token; `env:NAME` or `file:PATH` keep it out of this file', ''),
    user: text('User name (v1)', ''),
    password: text('Password (v1); `env:NAME` or `file:PATH` keep it out of this file', ''),
    caFile: fileOrNull('Certificates (PEM) that sign the server in place of the public ones'),
    headers: Type.Record(Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$" }), Type.String(), {
      description: 'Further request headers; values may be `env:NAME` or `file:PATH`',
      default: {},
      ...closed,
    }),
    order: Type.Enum(['oldest', 'newest'], {
      description: 'After an outage: which spooled points go out first',
      default: 'oldest',
    }),
    spoolMegabytes: count('Disk space for points that wait for the server', 512, 1),
  },
  closed,
);

const files = Type.Object(
  {
    folder: Type.String({ description: 'Folder of the files', minLength: 1, maxLength: 1024 }),
    formats: list('eve (Suricata EVE JSON) and ocsf (OCSF Detection Finding)', Type.Enum(['eve', 'ocsf']), ['eve']),
    megabytes: count('Size from which a file is renamed', 100, 1),
    keep: count('Renamed files that stay', 10),
  },
  closed,
);

const syslog = Type.Object(
  {
    host: Type.String({ description: 'Name or address of the collector', minLength: 1, maxLength: 255 }),
    port: Type.Integer({
      description: 'Port (6514 is usual with TLS, 601 without)',
      minimum: 1,
      maximum: 65_535,
      default: 6514,
    }),
    tls: Type.Boolean({ description: 'false sends in clear', default: true }),
    caFile: fileOrNull('Certificates (PEM) that sign the collector in place of the public ones'),
  },
  closed,
);

const webhook = Type.Object(
  {
    url: Type.String({ description: 'Address that takes a POST with JSON', format: 'http-url' }),
    caFile: fileOrNull('Certificates (PEM) that sign the server in place of the public ones'),
    headers: Type.Record(Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$" }), Type.String(), {
      description: 'Further request headers; values may be `env:NAME` or `file:PATH`',
      default: {},
      ...closed,
    }),
  },
  closed,
);

const outputs = Type.Object(
  {
    influx: Type.Union([influx, Type.Null()], {
      description: 'InfluxDB or anything that speaks its line protocol; null = none',
      default: null,
    }),
    files: Type.Union([files, Type.Null()], {
      description: 'Alerts as files of JSON lines; null = none',
      default: null,
    }),
    syslog: Type.Union([syslog, Type.Null()], {
      description: 'Alerts as CEF in syslog messages over TCP or TLS; null = none',
      default: null,
    }),
    webhook: Type.Union([webhook, Type.Null()], {
      description: 'Alerts as JSON, each with a POST; null = none',
      default: null,
    }),
  },
  closed,
);

const kept = (what: string, rows: number, days: number, megabytes: number) =>
  Type.Object(
    {
      rows: count('Rows kept', rows, 1),
      days: count('Days kept', days, 1),
      megabytes: count('Disk space', megabytes, 1),
    },
    { ...closed, description: what },
  );

const retention = Type.Object(
  {
    points: kept('Measurements', 5_000_000, 400, 2048),
    alerts: kept('Alerts and incidents', 100_000, 1100, 256),
    held: kept('Held entries: never-silent relations that nobody has accepted', 20_000, 1100, 64),
    posture: kept('Standing weaknesses of devices', 20_000, 1100, 64),
    devices: kept('Devices', 20_000, 1100, 256),
    evidence: kept('Masked packets that belong to alerts', 100_000, 180, 1024),
    links: kept('Who talks to whom: sums of each link', 500_000, 400, 256),
    flows: kept('Single conversations, the newest', 200_000, 30, 128),
    audit: kept('What people and programs did through the interface', 100_000, 1100, 64),
    runs: kept('Runs and their reports', 1_000, 1100, 512),
  },
  closed,
);

const oidc = Type.Object(
  {
    issuer: Type.String({
      description: 'Address of the provider: https://login.example/realms/hospital (http:// on this machine only)',
      pattern: '^(https://|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])[:/])',
      maxLength: 1024,
    }),
    clientId: Type.String({
      description: 'Name under which the provider knows the sensor',
      minLength: 1,
      maxLength: 256,
    }),
    clientSecret: text('Secret that the provider gave; `env:NAME` or `file:PATH` keep it out of this file', ''),
    scopes: list('What is asked for', Type.String({ pattern: '^[!#-\\[\\]-~]{1,64}$' }), [
      'openid',
      'profile',
      'email',
    ]),
    nameClaim: text('Claim that holds the name of the person', 'preferred_username'),
    roleClaim: text('Claim that holds the groups of the person', 'groups'),
    administrators: list('Groups whose members are administrators', Type.String({ minLength: 1, maxLength: 256 })),
    engineers: list('Groups whose members are engineers', Type.String({ minLength: 1, maxLength: 256 })),
    viewers: list('Groups whose members may look; * = everybody', Type.String({ minLength: 1, maxLength: 256 })),
  },
  closed,
);

const tls = Type.Object(
  {
    certificateFile: fileOrNull('Certificate (PEM) with its chain; null = one is made and kept in the store folder'),
    keyFile: fileOrNull('Key of the certificate (PEM)'),
    names: list('Further names and addresses that a certificate made here is for', Type.String({ maxLength: 255 })),
  },
  closed,
);

const api = Type.Object(
  {
    access: Type.Enum(['local', 'required'], {
      description: 'local = whoever sits at the machine itself may look without signing in; required = nobody may',
      default: 'local',
    }),
    hosts: list(
      'Names and addresses beside those of loopback under which it is asked',
      Type.String({ maxLength: 255 }),
    ),
    tls: Type.Union([tls, Type.Null()], {
      description: 'Encryption; null = none, and then it listens on loopback only',
      default: null,
    }),
    sessionHours: count('Hours after which one signs in again', 12, 1),
    idleMinutes: count('Minutes without a request after which one signs in again', 120, 1),
    captures: fileOrNull(
      'Folder with captures that can be looked into from the console; null = `captures` in the store folder',
    ),
    uploadMegabytes: count('Largest capture that can be handed in', 512, 1),
    oidc: Type.Union([oidc, Type.Null()], {
      description: 'Signing in at an identity provider (OpenID Connect); null = none',
      default: null,
    }),
  },
  closed,
);

const privacy = Type.Object(
  {
    keyFile: fileOrNull('Key of the hashes that count studies in memory; null = one is made in the store folder'),
    rotateDays: count('Days after which the key is replaced', 30, 1),
    rawCaptureKeyFile: fileOrNull(
      'Key under which raw captures of an emergency are sealed (32 bytes); null = none can be made (docs/privacy.md)',
    ),
  },
  closed,
);

const capture = Type.Object(
  {
    interfaces: list('Interfaces that receive the mirrored traffic', Type.String({ pattern: '^[^\\s/]{1,15}$' })),
    filter: text('Only packets that match (not in this version: must be empty)', ''),
    ringMegabytes: count(
      'Ring that the kernel fills, per interface and worker: room for the moments in which nobody reads',
      256,
      8,
    ),
    evidence: Type.Enum(['on', 'off'], {
      description: 'Keep masked packets, and write a slice for each incident into `evidence` of the store folder',
      default: 'off',
    }),
    evidenceMegabytes: count('Masked packets in memory, for each worker; the oldest conversations give way', 64, 1),
    snapBytes: count('Longest part of a packet that is looked at', 262_144, 128),
  },
  closed,
);

const suricata = Type.Object(
  {
    file: Type.Union([Type.String({ minLength: 1, maxLength: 1024 }), Type.Null()], {
      description: 'File of its EVE JSON, followed through rotation; null = none',
      default: null,
    }),
    socket: Type.Union([Type.String({ minLength: 1, maxLength: 100 }), Type.Null()], {
      description:
        'Stream socket that is made here and that Suricata connects to (`filetype: unix_stream`); null = none',
      default: null,
    }),
  },
  closed,
);

const inputs = Type.Object(
  {
    suricata: Type.Union([suricata, Type.Null()], {
      description: 'Alerts of Suricata, shown with the devices they concern (docs/suricata.md); null = none',
      default: null,
    }),
  },
  closed,
);

const limitOverrides = Type.Unsafe<Partial<Limits>>(
  Type.Object(
    Object.fromEntries(
      Object.entries(limits).map(([name, value]) => [
        name,
        Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 40, description: `Default ${value}` })),
      ]),
    ),
    { ...closed, description: 'Capacities in place of those of src/limits.ts', default: {} },
  ),
);

export const configurationSchema = Type.Object(
  {
    site,
    learn,
    detectors: Type.Record(Type.String(), detector, { description: 'Settings by detector id', default: {} }),
    baseline: Type.Enum(['on', 'off'], { description: 'Learning of what is usual', default: 'on' }),
    inputs,
    intervalSeconds: Type.Integer({
      description: 'Seconds of packet time between two sets of points',
      default: 60,
      minimum: 1,
      maximum: 86_400,
    }),
    outputs,
    retention,
    limits: limitOverrides,
    privacy,
    api,
    capture,
  },
  closed,
);

export type Configuration = Type.Static<typeof configurationSchema>;
export type OidcSettings = NonNullable<Configuration['api']['oidc']>;
