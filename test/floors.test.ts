/**
 * Who may import whom (docs/architecture.md). Imports go down, never sideways, never up; only the edges know
 * `node:` modules and packages.
 */
import { dirname, join } from 'node:path';
import t from 'tap';
import { importsOf, sourcesBelow } from './support/sources.ts';

/** Each folder with its floor; `protocols/*` has as many folders as there are protocols. */
const floors: Readonly<Record<string, number>> = {
  'src/bytes': 0,
  'src/statistics': 0,
  'src/wire': 1,
  'src/capture': 1,
  'src/output': 1,
  'src/detectors': 1,
  protocols: 1,
  'src/flow': 2,
  'src/device': 2,
  'src/baseline': 2,
  'src/alert': 2,
  'src/evidence': 2,
  'src/foreign': 2,
  'src/inventory': 2,
  'src/store': 2,
  'src/pipeline': 3,
  'src/api': 3,
  // The page in the browser: it talks to the API and to nobody else.
  'src/console/app': 0,
  'src/console': 3,
  'src/cli': 4,
};

const contracts = new Set(
  ['protocol', 'records', 'detect', 'limits', 'model', 'model-json'].map((name) => `src/${name}.ts`),
);

/** Folders that do input and output. `bytes` wraps two modules so that nobody else below has to. */
const edges = ['capture/', 'output/', 'store/', 'pipeline/', 'api/', 'cli/', 'configuration', 'main.ts'];
const edgeFiles = new Set(['src/bytes/digest.ts', 'src/bytes/inflate.ts', 'src/console/build.ts']);
const browserPackages = new Set([
  'preact',
  'preact/hooks',
  '@preact/signals',
  'uplot',
  'uplot/dist/uPlot.min.css',
  'd3-force',
]);

interface Place {
  /** `contracts`, `configuration`, or a folder. */
  area: string;
  floor: number;
}

function placeOf(path: string): Place {
  if (contracts.has(path)) return { area: 'contracts', floor: 0.5 };
  // Defaults are those of the schema that is published, the version is the package's.
  if (path === 'docs/configuration.schema.json' || path === 'package.json') return { area: path, floor: 0 };
  if (path.startsWith('src/configuration')) return { area: 'configuration', floor: 2.5 };
  if (path === 'src/main.ts') return { area: path, floor: 4.5 };
  const protocol = /^protocols\/[^/]+(?=\/)/.exec(path)?.[0];
  if (protocol !== undefined) return { area: protocol, floor: 1 };
  // The list of the protocols stands above them.
  if (path === 'protocols/index.ts') return { area: path, floor: 1.5 };
  const area = Object.keys(floors).find((folder) => path.startsWith(`${folder}/`));
  if (area === undefined) throw new Error(`${path} is in no folder that has a floor`);
  return { area, floor: floors[area] ?? 0 };
}

/** '' or what is wrong with this import. */
function trouble(from: string, target: string, type: boolean): string {
  if (!target.startsWith('.')) {
    if (from.startsWith('src/console/app/'))
      return browserPackages.has(target) ? '' : `is no part of the page: ${target}`;
    const edge = edgeFiles.has(from) || edges.some((folder) => from.startsWith(`src/${folder}`));
    return edge ? '' : `does no input or output and needs no package: ${target}`;
  }
  if (target.endsWith('.css') && from.startsWith('src/console/app/')) return '';
  if (!/\.(tsx?|json)$/.test(target)) return `names its ending: ${target}`;
  const to = join(dirname(from), target).replaceAll('\\', '/');
  const here = placeOf(from);
  const there = placeOf(to);
  if (here.area === there.area || there.floor < here.floor) {
    // A contract knows bytes and other contracts, and bytes know no contract.
    return here.area === 'contracts' && there.area !== 'contracts' && there.area !== 'src/bytes' ? `imports ${to}` : '';
  }
  // What the settings look like is known to whoever is given them; nobody below reads them.
  if (type && there.area === 'configuration' && here.floor >= 1) return '';
  return `may not import ${to}`;
}

for (const path of sourcesBelow('src', 'protocols')) {
  t.test(`${path} looks only downwards`, (t) => {
    const wrong = importsOf(path).map(({ target, type }) => trouble(path, target, type));
    t.same(
      wrong.filter((text) => text !== ''),
      [],
    );
    t.end();
  });
}

t.test('an import upwards, sideways or out of the house is seen', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['src/bytes/text.ts', '../limits.ts'],
    ['src/bytes/text.ts', 'node:fs'],
    ['src/wire/tcp.ts', '../capture/source.ts'],
    ['protocols/http/decoder.ts', '../hl7/decoder.ts'],
    ['src/flow/table.ts', '../device/device.ts'],
    ['src/flow/table.ts', 'undici'],
    ['src/api/api.ts', '../pipeline/replay.ts'],
    ['src/store/store.ts', '../pipeline/replay.ts'],
    ['src/records.ts', './wire/frame.ts'],
    ['src/detectors/index.ts', '../configuration.ts'],
    ['src/wire/tcp.ts', '../bytes/text'],
    ['src/console/app/client.ts', '../../api/shapes.ts'],
    ['src/console/app/client.ts', 'node:fs'],
  ];
  for (const [from, target] of cases) t.not(trouble(from, target, false), '', `${from} imports ${target}`);
  t.equal(trouble('src/wire/tcp.ts', '../bytes/text.ts', false), '');
  t.equal(trouble('src/baseline/baseline.ts', '../configuration.ts', true), '');
  t.equal(trouble('src/cli/replay.ts', '../pipeline/replay.ts', false), '');
  t.end();
});
