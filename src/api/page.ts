/** The start page: what this is and where to go on. Static text; nothing in it comes from the network. */
import { createHash } from 'node:crypto';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1d2730}code{background:#eef2f5;padding:0 .25rem}';

export const styleHash: string = `sha256-${createHash('sha256').update(style).digest('base64')}`;

const links: readonly (readonly [string, string])[] = [
  ['/api/v1/health', 'Is the sensor well? Version, latest run, size of the store'],
  ['/api/v1/devices', 'Devices: what they are, and how that is known'],
  ['/api/v1/alerts', 'Alerts: what is usual, what happened, why it matters, what to do first'],
  ['/api/v1/incidents', 'Incidents: alerts that belong together'],
  ['/api/v1/held', 'Held relations that wait for a decision'],
  ['/api/v1/runs', 'Runs'],
  ['/openapi.json', 'The whole interface (OpenAPI 3.1)'],
];

export function page(version: string): string {
  const items = links.map(([to, text]) => `<li><a href="${to}"><code>${to}</code></a><br>${text}</li>`).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>wardwatch</title>
<style>${style}</style>
</head>
<body>
<h1>wardwatch ${version}</h1>
<p>A passive sensor for the network traffic of medical devices. It sends nothing on the mirrored port and keeps no
patient data. It is not for clinical alarms and not for diagnosis.</p>
<ul>
${items}
</ul>
</body>
</html>
`;
}
