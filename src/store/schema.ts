/**
 * Tables of `wardwatch.sqlite`, as numbered migrations: number n brings a store of version n-1 to n.
 * A migration that was released is never changed; a later one is added behind it.
 *
 * Everything belongs to a run. Columns are what is searched and sorted by; the rest of a row is its `body` (JSON),
 * so a new attribute of a device or finding needs no migration. Points refer to their series, whose tags are long
 * and always the same. `level` of a point: 0 as written, 1 an hour, 2 a day.
 */
import { listsMigration } from './lists.ts';

export const migrations: readonly string[] = [
  `
  CREATE TABLE runs (
    name TEXT PRIMARY KEY, begun INTEGER NOT NULL, kind TEXT NOT NULL, inputs TEXT NOT NULL,
    started_us INTEGER NOT NULL, last_us INTEGER NOT NULL, finished INTEGER NOT NULL, report TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE devices (
    run TEXT NOT NULL, id TEXT NOT NULL, last_us INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX devices_last ON devices (last_us);

  CREATE TABLE evidence (
    run TEXT NOT NULL, device TEXT NOT NULL, position INTEGER NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL,
    source TEXT NOT NULL, confidence REAL NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,
    PRIMARY KEY (run, device, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX evidence_last ON evidence (last_us);

  CREATE TABLE alerts (
    run TEXT NOT NULL, id TEXT NOT NULL, severity TEXT NOT NULL, device TEXT NOT NULL,
    start_us INTEGER NOT NULL, last_us INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alerts_start ON alerts (run, start_us);
  CREATE INDEX alerts_last ON alerts (last_us);

  CREATE TABLE incidents (
    run TEXT NOT NULL, id TEXT NOT NULL, start_us INTEGER NOT NULL, last_us INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX incidents_last ON incidents (last_us);

  CREATE TABLE held (
    run TEXT NOT NULL, card TEXT NOT NULL, device TEXT NOT NULL, peer TEXT NOT NULL, service TEXT NOT NULL,
    verb TEXT NOT NULL, device_address TEXT NOT NULL, peer_address TEXT NOT NULL, first_us INTEGER NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (run, card, device, peer, service, verb)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX held_first ON held (first_us);

  CREATE TABLE series (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, measurement TEXT NOT NULL, device TEXT NOT NULL, tags TEXT NOT NULL,
    UNIQUE (run, measurement, device, tags)
  ) STRICT;
  CREATE TABLE points (
    series INTEGER NOT NULL, time_us INTEGER NOT NULL, level INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (series, time_us, level)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX points_time ON points (level, time_us);

  CREATE TABLE oddities (
    run TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (run, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE pruned (
    name TEXT NOT NULL, reason TEXT NOT NULL, rows INTEGER NOT NULL, last_us INTEGER NOT NULL,
    PRIMARY KEY (name, reason)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE posture (
    run TEXT NOT NULL, device TEXT NOT NULL, rule TEXT NOT NULL, peer TEXT NOT NULL, last_us INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (run, device, rule, peer)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX posture_last ON posture (last_us);
  `,
  `
  CREATE TABLE baseline (
    run TEXT NOT NULL, device TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, device)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE decisions (
    run TEXT NOT NULL, number INTEGER NOT NULL, time_us INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE versions (
    run TEXT NOT NULL, number INTEGER NOT NULL, time_us INTEGER NOT NULL, user TEXT NOT NULL, reason TEXT NOT NULL,
    digest TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, number)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE steps (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL, finding TEXT NOT NULL, time_us INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX steps_finding ON steps (run, finding);
  CREATE TABLE suppressions (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL, time_us INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  `,
  listsMigration,
  // What people search and sort by, as columns that SQLite makes of the body, and indices that answer alone.
  `
  ALTER TABLE devices ADD COLUMN name TEXT AS (coalesce(body->>'$.names[0]', body->>'$.addresses[0]', id)) VIRTUAL;
  ALTER TABLE devices ADD COLUMN class TEXT AS (coalesce(body->>'$.class', '')) VIRTUAL;
  ALTER TABLE devices ADD COLUMN tier INTEGER AS (body->>'$.tier') VIRTUAL;
  ALTER TABLE devices ADD COLUMN medical INTEGER AS (body->>'$.medical') VIRTUAL;
  ALTER TABLE devices ADD COLUMN external INTEGER AS (body->>'$.external') VIRTUAL;
  ALTER TABLE devices ADD COLUMN state TEXT AS (coalesce(body->>'$.state.structure', '')) VIRTUAL;
  ALTER TABLE devices ADD COLUMN first_us INTEGER AS (body->>'$.firstSeenUs') VIRTUAL;
  ALTER TABLE devices ADD COLUMN exams INTEGER AS (body->>'$.utilisation.exams') VIRTUAL;
  ALTER TABLE devices ADD COLUMN hours INTEGER AS (body->>'$.utilisation.activeHours') VIRTUAL;
  ALTER TABLE devices ADD COLUMN bytes INTEGER
    AS (body->>'$.utilisation.bytesOut' + body->>'$.utilisation.bytesIn') VIRTUAL;
  ALTER TABLE devices ADD COLUMN search TEXT AS (lower(concat_ws(char(10), id, body->>'$.mac', body->>'$.addresses',
    body->>'$.names', body->>'$.class', body->>'$.vendor', body->>'$.manufacturer', body->>'$.model',
    body->>'$.serial', body->>'$.software', body->>'$.operatingSystem', body->>'$.aeTitles', body->>'$.roles'))) VIRTUAL;
  CREATE INDEX devices_find ON devices
    (run, class, tier, medical, external, state, name, last_us, first_us, exams, hours, bytes, search);

  ALTER TABLE alerts ADD COLUMN detector TEXT AS (body->>'$.detector') VIRTUAL;
  ALTER TABLE alerts ADD COLUMN device_address TEXT AS (body->>'$.deviceAddress') VIRTUAL;
  ALTER TABLE alerts ADD COLUMN peer TEXT AS (body->>'$.peer') VIRTUAL;
  ALTER TABLE alerts ADD COLUMN peer_address TEXT AS (body->>'$.peerAddress') VIRTUAL;
  ALTER TABLE alerts ADD COLUMN service TEXT AS (body->>'$.service') VIRTUAL;
  CREATE INDEX alerts_device ON alerts (run, device, start_us);
  CREATE INDEX alerts_severity ON alerts (run, severity, start_us);
  CREATE INDEX alerts_scope ON alerts
    (run, detector, device, service, peer, device_address, peer_address, severity, start_us);

  ALTER TABLE incidents ADD COLUMN device TEXT AS (body->>'$.device') VIRTUAL;
  ALTER TABLE incidents ADD COLUMN severity TEXT AS (body->>'$.severity') VIRTUAL;
  ALTER TABLE incidents ADD COLUMN risk REAL AS (body->>'$.risk') VIRTUAL;
  CREATE INDEX incidents_find ON incidents (run, start_us, severity, risk, device);
  CREATE INDEX incidents_device ON incidents (run, device, start_us);
  CREATE INDEX held_device ON held (run, device);

  CREATE TABLE links (
    run TEXT NOT NULL, client TEXT NOT NULL, server TEXT NOT NULL, service TEXT NOT NULL, port INTEGER NOT NULL,
    transport INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, flows INTEGER NOT NULL,
    bytes_to_server INTEGER NOT NULL, bytes_to_client INTEGER NOT NULL,
    PRIMARY KEY (run, client, server, service, port, transport)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX links_server ON links (run, server);
  CREATE INDEX links_first ON links (run, first_us);
  CREATE INDEX links_last ON links (last_us);

  CREATE TABLE flows (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL, client TEXT NOT NULL, server TEXT NOT NULL,
    start_us INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX flows_client ON flows (run, client, start_us);
  CREATE INDEX flows_server ON flows (run, server, start_us);
  CREATE INDEX flows_start ON flows (start_us);

  CREATE TABLE standings (
    run TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, subject)
  ) STRICT, WITHOUT ROWID;
  `,
  // Changes in many devices, to be found by each of them.
  `
  ALTER TABLE incidents ADD COLUMN many TEXT
    AS (iif(json_array_length(body, '$.devices') > 1, body->>'$.devices', '')) VIRTUAL;
  CREATE INDEX incidents_many ON incidents (run, many) WHERE many <> '';
  `,
  // A suppression names a device or a partner by its id or by an address: each of them is found without a look at the rest.
  `
  CREATE INDEX alerts_device_address ON alerts (run, device_address);
  CREATE INDEX alerts_peer ON alerts (run, peer);
  CREATE INDEX alerts_peer_address ON alerts (run, peer_address);
  `,
  // Only columns that are kept can be read from an index alone: the card of an alert, risk and severity of an incident.
  `
  DROP INDEX alerts_scope;
  ALTER TABLE alerts ADD COLUMN card TEXT NOT NULL DEFAULT '';
  UPDATE alerts SET card = body->>'$.detector';
  CREATE INDEX alerts_card ON alerts (run, card, start_us, severity);
  ALTER TABLE incidents ADD COLUMN kept_risk REAL NOT NULL DEFAULT 0;
  UPDATE incidents SET kept_risk = body->>'$.risk';
  ALTER TABLE incidents ADD COLUMN kept_severity TEXT NOT NULL DEFAULT '';
  UPDATE incidents SET kept_severity = body->>'$.severity';
  CREATE INDEX incidents_risk ON incidents (run, kept_risk, start_us, kept_severity);
  DROP INDEX incidents_find;
  CREATE INDEX incidents_find ON incidents (run, start_us, kept_severity);
  `,
];

/** Tables whose rows belong to a run by name; points belong to it through their series. */
export const runTables = [
  'devices',
  'evidence',
  'alerts',
  'incidents',
  'held',
  'posture',
  'oddities',
  'baseline',
  'decisions',
  'versions',
  'steps',
  'suppressions',
  'standings',
  'links',
  'flows',
  'foreign_alerts',
] as const;
