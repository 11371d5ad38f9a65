/** The committed dashboards, as Grafana reads them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plans } from '../../dashboards/index.ts';
import type { Dashboard } from './emulator/dashboard.ts';

export const dashboards: ReadonlyMap<string, Dashboard> = new Map(
  plans.map(({ key }) => [key, JSON.parse(readFileSync(join('dashboards', 'generated', `${key}.json`), 'utf8'))]),
);
