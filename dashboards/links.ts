/**
 * Where one can go from where one stands: to the other dashboards with the same time and choice, and to the sensor's
 * own console (address in the variable `console`).
 *
 * Addresses of dashboards begin with `/d/`: Grafana puts its own path before them. Console addresses stand behind `#`,
 * as the console itself writes them.
 */

/** As Grafana keeps a link of a field. */
export interface Link {
  readonly title: string;
  readonly url: string;
  readonly targetBlank?: boolean;
}

export const uids = {
  ward: 'wardwatch-ward',
  device: 'wardwatch-device',
  imaging: 'wardwatch-imaging',
  messages: 'wardwatch-messages',
  bedside: 'wardwatch-bedside',
  security: 'wardwatch-security',
  planning: 'wardwatch-planning',
  sensor: 'wardwatch-sensor',
} as const;

const chosen = `var-datasource=\${datasource}&\${site:queryparam}&var-run=\${run:percentencode}&\${__url_time_range}`;

export function toDashboard(key: keyof typeof uids, title: string): Link {
  return { title, url: `/d/${uids[key]}?${chosen}` };
}

/** The device of the row of a table whose query has the tag `name`. */
export const deviceOfRow: Link = {
  title: 'Open the device',
  url: `/d/${uids.device}?${chosen}&var-name=\${__data.fields.name:percentencode}`,
};

/** The same where another column holds the name. */
export function deviceNamedIn(column: string): Link {
  return {
    title: 'Open the device',
    url: `/d/${uids.device}?${chosen}&var-name=\${__data.fields.${column}:percentencode}`,
  };
}

/** The device after which a series is named. */
export const deviceOfSeries: Link = {
  title: `Open the device \${__field.labels.name}`,
  url: `/d/${uids.device}?${chosen}&var-name=\${__field.labels.name:percentencode}`,
};

/** Console pages; `run` keeps a replay a replay. */
const inRun = `?run=\${run:percentencode}`;

export const consoleDeviceOfRow: Link = {
  title: 'Show it in the console',
  url: `\${console}/#/devices/\${__data.fields.device:percentencode}${inRun}`,
  targetBlank: true,
};

export const consoleIncidentOfRow: Link = {
  title: 'Read the incident in the console',
  url: `\${console}/#/incidents/\${__data.fields.incident:percentencode}${inRun}`,
  targetBlank: true,
};

export function toConsole(page: string, title: string): Link {
  return { title, url: `\${console}/#/${page}${inRun}`, targetBlank: true };
}
