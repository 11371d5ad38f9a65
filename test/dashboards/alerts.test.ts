/** Alert rules of Grafana: each fires at the trouble it is for, and at nothing else; the files fit each other. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { influxd, influxdMissing } from '../support/influxd.ts';
import { dashboards } from './committed.ts';
import { type Answer, framesOf, macros, type Range } from './emulator/influxql.ts';
import { calculated } from './emulator/transformations.ts';
import { asking, DATABASE } from './filled.ts';
import { faults } from './portable.ts';

const FOLDER = 'dashboards/provisioning';

interface Model {
  readonly query?: string;
  readonly type?: string;
  readonly expression?: string;
  readonly reducer?: string;
  readonly conditions?: readonly {
    readonly evaluator: { readonly type: string; readonly params: readonly number[] };
  }[];
}

interface Rule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly relativeTimeRange: { readonly from: number };
    readonly model: Model;
  }[];
  readonly dashboardUid: string;
  readonly panelId: number;
  readonly noDataState: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const yaml = (path: string) => parse(readFileSync(join(FOLDER, path), 'utf8'));
const rules: readonly Rule[] = yaml('alerting/rules.yaml').groups[0].rules;

t.test('rules: portable queries of the live sensor, labels that are there, a panel to go to', (t) => {
  const uids = rules.map(({ uid }) => uid);
  t.equal(new Set(uids).size, uids.length);
  for (const { uid, title, data, dashboardUid, panelId, annotations } of rules) {
    const query = data[0]?.model.query ?? '';
    t.same(faults(query), [], title);
    t.match(query, /"run" = 'live'/, `${title}: a replay wakes nobody`);
    t.ok(query.includes('$timeFilter'), `${title}: held to the time`);
    t.ok(uid.length <= 40 && (annotations.description ?? '').length > 40, `${title} says what to do`);
    for (const [, label = ''] of (annotations.summary ?? '').matchAll(/\$labels\.(\w+)/g)) {
      t.match(query, new RegExp(`GROUP BY .*"${label}"`), `${title} has the label ${label}`);
    }
    const dashboard = [...dashboards.values()].find((one) => one.uid === dashboardUid);
    t.ok(
      dashboard?.panels.some(({ id }) => id === panelId),
      `${title} leads to a panel`,
    );
  }
  t.end();
});

t.test('the files of provisioning name the same data source, folder and receiver', (t) => {
  const [source] = yaml('datasources/wardwatch.yaml').datasources;
  for (const example of readdirSync(join(FOLDER, 'examples')).filter((name) => name.startsWith('influxdb'))) {
    const [other] = yaml(join('examples', example)).datasources;
    t.match(other, {
      uid: source.uid,
      type: 'influxdb',
      access: 'proxy',
      jsonData: { timeInterval: '60s', dbName: DATABASE },
    });
  }
  t.equal(source.jsonData.dbName, DATABASE);
  for (const { title, data } of rules) t.equal(data[0]?.datasourceUid, source.uid, title);
  for (const { templating } of dashboards.values()) t.equal(templating.list[0]?.current.value, source.uid);
  const [provider] = yaml('dashboards/wardwatch.yaml').providers;
  t.equal(provider.folder, yaml('alerting/rules.yaml').groups[0].folder);
  const { contactPoints, policies } = yaml('examples/contact-point.yaml');
  t.equal(policies[0].routes[0].receiver, contactPoints[0].name);
  t.ok(existsSync('dashboards/generated'));
  t.end();
});

t.test('rules on a real InfluxDB', { skip: influxdMissing }, async (t) => {
  const server = await influxd(t);
  await server.start();
  const ask = asking(server.url);
  const now = Date.parse('2026-05-01T12:00:00Z');
  await ask(`CREATE DATABASE ${DATABASE}`);
  const firing = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const rule of rules) found.push(...(await labelsThatFire(rule, now, ask)));
    return found;
  };
  const write = async (lines: readonly string[]): Promise<void> => {
    const answer = await fetch(`${server.url}/write?db=${DATABASE}&precision=ms`, {
      method: 'POST',
      body: lines.join('\n'),
    });
    t.equal(answer.status, 204);
  };
  const again = async (): Promise<void> => {
    await ask(`DROP DATABASE ${DATABASE}`);
    await ask(`CREATE DATABASE ${DATABASE}`);
  };

  await t.test('no sensor: that alone', async (t) => {
    t.same(await firing(), ['Sensor blind: no data']);
  });

  await t.test('six good hours: nothing', async (t) => {
    await write(hours(now, 6, { archive: true }));
    t.same(await firing(), []);
    await again();
  });

  await t.test('an archive that is silent for the last half hour, and a visitor', async (t) => {
    const quiet = hours(now, 6, { archive: true }).filter(
      (line) => !line.includes('PACS_1') || Number(line.slice(-13)) < now - 1_800_000,
    );
    await write([...quiet, deviceLine('VISIT_1', now - 7_200_000)]);
    t.same(await firing(), ['Device silent: PACS_1']);
    await again();
  });

  const cases: readonly (readonly [title: string, fields: string])[] = [
    ['Sensor blind: site', 'light=0i'],
    ['Spool growing: site', 'spool_oldest_seconds=1900i'],
    ['Mirror broken: no traffic: site', 'packets=0i'],
    ['Mirror broken: one direction only: site', 'one_way_percent=45'],
    ['Mirror broken: traffic is missing: site', 'coverage_percent=70'],
  ];
  for (const [expected, fields] of cases) {
    await t.test(expected, async (t) => {
      await write(hours(now, 2, { sensor: fields }));
      t.same(await firing(), [expected]);
      await again();
    });
  }

  await t.test('figures that are lost', async (t) => {
    await write(hours(now, 2, {}));
    await write([`wardwatch_sensor,site=site,run=live spool_dropped_points=7i ${now - 60_000}`]);
    t.same(await firing(), ['Figures lost: site']);
    await again();
  });

  await t.test('a critical incident fires, a high one and one of a replay do not', async (t) => {
    await write(hours(now, 2, {}));
    const incident = (run: string, name: string, rank: number): string =>
      `wardwatch_incident,site=site,run=${run},device=1,name=${name},tier=1 incident="i${name}",risk=90,severity_rank=${rank}i ${now - 3_600_000}`;
    await write([incident('live', 'PUMP_1', 4), incident('live', 'CT_1', 3), incident('demo', 'MR_1', 4)]);
    t.same(await firing(), ['Critical incident: PUMP_1']);
    await again();
  });
});

function deviceLine(name: string, timeMs: number): string {
  return `wardwatch_device,site=site,run=live,device=${name},name=${name},class=pacs,tier=3,zone=none packets_out=9i,online=true ${timeMs}`;
}

/** A point each minute up to now: a sensor that is well (or as `sensor` says), and an archive. */
function hours(now: number, count: number, { archive = false, sensor = '' }): string[] {
  const well: Record<string, string> = {
    light: '2i',
    packets: '900i',
    coverage_percent: '100',
    one_way_percent: '0',
    spool_oldest_seconds: '0i',
    spool_dropped_points: '0i',
    spool_refused_lines: '0i',
  };
  const [field = '', value = ''] = sensor.split('=');
  const fields = Object.entries(sensor === '' ? well : { ...well, [field]: value }).map(
    ([name, one]) => `${name}=${one}`,
  );
  return Array.from({ length: count * 60 }, (_, minute) => now - minute * 60_000).flatMap((timeMs) => [
    `wardwatch_sensor,site=site,run=live ${fields.join(',')} ${timeMs}`,
    ...(archive ? [deviceLine('PACS_1', timeMs)] : []),
  ]);
}

/** The series of a rule whose condition holds, as `title: name`; the last label is the name. */
async function labelsThatFire(rule: Rule, now: number, ask: (query: string) => Promise<Answer>): Promise<string[]> {
  const [first] = rule.data;
  const range: Range = { fromMs: now - (first?.relativeTimeRange.from ?? 0) * 1_000, toMs: now };
  const answer = await ask(macros(first?.model.query ?? '', range, 60_000));
  const frames = framesOf(answer, { refId: 'A', alias: '', format: 'time_series' });
  if (frames.length === 0) return rule.noDataState === 'Alerting' ? [`${rule.title}: no data`] : [];
  return frames.flatMap(({ fields: [, value] }) => {
    const labels = Object.values(value?.labels ?? {});
    return holds(rule, value?.values ?? []) ? [`${rule.title}: ${value?.labels?.name ?? labels.at(-1)}`] : [];
  });
}

function holds({ data }: Rule, values: readonly (string | number | boolean | null)[]): boolean {
  const results = new Map<string, number>();
  for (const { refId, model } of data) {
    if (model.type === 'reduce') {
      const reducer = model.reducer === 'last' ? 'lastNotNull' : (model.reducer ?? '');
      const value = calculated(values, reducer);
      if (value === null) return false;
      results.set(refId, Number(value));
    } else if (model.type === 'threshold') {
      const { type = '', params = [] } = model.conditions?.[0]?.evaluator ?? {};
      const value = results.get(model.expression ?? '') ?? Number.NaN;
      return type === 'lt' ? value < (params[0] ?? Number.NaN) : value > (params[0] ?? Number.NaN);
    } else if (model.type === 'math') {
      return (model.expression ?? '').split(' && ').every((term) => {
        const [name = '', sign = '', limit = ''] = term.split(' ');
        const value = results.get(name.slice(1)) ?? Number.NaN;
        return sign === '<' ? value < Number(limit) : value > Number(limit);
      });
    }
  }
  return false;
}
