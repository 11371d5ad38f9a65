/** What Suricata said of a device. Its alerts stay its own: they make no incident here. */
import { ofRun, useAnswer } from '../client.ts';
import { directoryOf, nameOf, useDevices } from '../directory.ts';
import { Panel } from '../parts/page.tsx';
import type { ForeignAlert, Paged } from '../shapes.ts';
import { Time } from '../time.tsx';
import { some } from '../words.ts';

const SHOWN_MAX = 50;

export function ForeignAlerts({ device }: { device: string }) {
  const answer = useAnswer<Paged & { alerts: ForeignAlert[] }>(ofRun('foreign-alerts', { device, limit: SHOWN_MAX }));
  const devices = directoryOf(useDevices());
  const { alerts = [], total = 0 } = answer.value ?? {};
  if (alerts.length === 0) return null;
  return (
    <Panel
      title="Alerts of Suricata"
      about="Raised by another program about this device or its partner. They are shown, and not weighed."
      aside={total > alerts.length ? `${alerts.length} of ${total}` : some(total, 'alert')}
    >
      <ul class="lines">
        {alerts.map((alert) => (
          <li key={alert.id}>
            <b>{alert.text}</b>{' '}
            <span class={`badge ${alert.severity === 1 ? 'high' : ''}`}>priority {alert.severity}</span>
            <div class="muted small">
              {alert.category === '' ? '' : `${alert.category} · `}
              {alert.device === device
                ? partner(alert.peer === '' ? '' : nameOf(devices, alert.peer), alert.toAddress)
                : partner(nameOf(devices, alert.device), alert.fromAddress)}{' '}
              · {some(alert.count, 'time')}, last <Time at={alert.last} /> · rule {alert.generator}:{alert.signature}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function partner(name: string, address: string): string {
  return `with ${name === '' || name === address ? address : `${name} (${address})`}`;
}
