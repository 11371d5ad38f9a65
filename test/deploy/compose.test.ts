/** What `docker compose` would read: every file it mounts is there, nothing listens beyond this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';

const FILE = 'deploy/compose.yaml';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly command?: readonly string[];
  readonly cap_drop?: readonly string[];
}

const compose: { services: Record<string, Service>; volumes: Record<string, null> } = parse(readFileSync(FILE, 'utf8'));
const services = Object.entries(compose.services);

t.test('what is mounted or built from is there', (t) => {
  for (const [name, { build, volumes = [] }] of services) {
    if (build !== undefined) t.ok(existsSync(normalize(join(dirname(FILE), build.context, build.dockerfile))), name);
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('.')) t.ok(existsSync(normalize(join(dirname(FILE), source))), `${name}: ${source}`);
      else t.ok(source in compose.volumes, `${name}: ${source}`);
    }
  }
  t.end();
});

t.test('nothing listens beyond this machine', (t) => {
  for (const [name, { ports = [], command = [] }] of services) {
    for (const port of ports) t.match(port, /^127\.0\.0\.1:/, name);
    const listen = command[command.indexOf('--listen') + 1];
    if (command.includes('--listen')) t.match(listen, /^127\.0\.0\.1:/, name);
  }
  t.end();
});

t.test('one waits for what it needs, and what is waited for can say that it is well', (t) => {
  for (const [name, { depends_on: needs = {} }] of services) {
    for (const [needed, { condition }] of Object.entries(needs)) {
      t.equal(condition, 'service_healthy', name);
      t.ok(compose.services[needed]?.healthcheck !== undefined, needed);
    }
  }
  t.same(compose.services.sensor?.cap_drop, ['ALL']);
  t.end();
});

t.test('Grafana gets what the files of provisioning ask for', (t) => {
  const given = Object.keys(compose.services.grafana?.environment ?? {});
  const source = readFileSync('dashboards/provisioning/datasources/wardwatch.yaml', 'utf8');
  for (const [, name = ''] of source.matchAll(/\$(WARDWATCH_\w+)/g)) t.ok(given.includes(name), name);
  const { providers } = parse(readFileSync('dashboards/provisioning/dashboards/wardwatch.yaml', 'utf8'));
  const mounts = (compose.services.grafana?.volumes ?? []).map((volume) => volume.split(':')[1]);
  t.ok(mounts.includes(providers[0].options.path), 'the folder of the dashboards');
  const home = compose.services.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
  t.equal(dirname(home), providers[0].options.path);
  t.ok(existsSync(join('dashboards/generated', home.split('/').at(-1) ?? '')), 'the first page');
  t.end();
});

t.test('the image is made of what is in the tree', (t) => {
  const ignored = readFileSync('deploy/Dockerfile.dockerignore', 'utf8').split('\n');
  for (const needed of ['src', 'protocols', 'captures', 'bin', 'docs', 'package.json', 'package-lock.json']) {
    t.notOk(ignored.includes(needed), needed);
  }
  t.match(readFileSync('deploy/Dockerfile', 'utf8'), /^USER node$/m, 'it is not root');
  t.end();
});
