/** The first page: one sentence on the state of the network, who needs somebody, what changed, how much was seen. */
import { ofRun, useAnswer } from '../client.ts';
import { useDevices } from '../directory.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Figure, Head, Panel } from '../parts/page.tsx';
import { to } from '../route.ts';
import type { Held, Paged, Severity } from '../shapes.ts';
import { stateSentence } from '../weigh.ts';
import { some, whole } from '../words.ts';
import { Queue, standingOf, useIncidents } from './incidents.tsx';

export function NowPage() {
  const devices = useDevices();
  const incidents = useIncidents();
  const held = useAnswer<Paged & { held: Held[] }>(ofRun('held', { limit: 1 }));
  const rows = devices.value?.devices ?? [];
  const open = (incidents.value?.incidents ?? []).filter((incident) => standingOf(incident) !== 'closed');
  const count = (severity: Severity): number => open.filter((incident) => incident.severity === severity).length;
  const ready = devices.state === 'here' && incidents.state === 'here';
  const { words, severity } = stateSentence({
    devices: devices.value?.total ?? 0,
    medical: rows.filter(({ medical }) => medical).length,
    open: { critical: count('critical'), high: count('high'), medium: count('medium'), low: count('low') },
    held: held.value?.total ?? 0,
    coveragePercent: null,
  });
  return (
    <>
      <Head title="Now" />
      <div class="grid">
        <section class={`panel state-line ${severity}`} aria-label="State of the network">
          <p class="say">{ready ? words : 'Looking …'}</p>
        </section>
        <Panel title="Incidents by care impact" flush aside={<a href={to(['incidents'])}>all incidents</a>}>
          <Show of={incidents} what="the incidents">
            {() => (open.length === 0 ? <Empty>No incident is open.</Empty> : <Queue incidents={open} />)}
          </Show>
        </Panel>
        <Panel title="Figures">
          <div class="figures">
            <Figure value={whole(devices.value?.total ?? 0)} label="devices" />
            <Figure value={some(open.length, '', '')} label="open incidents" />
          </div>
        </Panel>
      </div>
    </>
  );
}
