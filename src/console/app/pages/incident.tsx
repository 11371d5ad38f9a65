/** One incident: what happened in four sentences, in order of time, as a picture, with evidence; and the decision. */
import { directoryOf, nameOf, useDevices } from '../directory.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Head } from '../parts/page.tsx';
import { to } from '../route.ts';
import { useIncidents } from './incidents.tsx';
import type { PageProps } from './index.tsx';

export function IncidentPage({ parts }: PageProps) {
  const [id = ''] = parts;
  const devices = directoryOf(useDevices());
  return (
    <Show of={useIncidents()} what="this incident">
      {({ incidents }) => {
        const incident = incidents.find((one) => one.id === id);
        if (incident === undefined) return <Empty>The run has no incident of this number.</Empty>;
        return <Head title={nameOf(devices, incident.device)} crumbs={<a href={to(['incidents'])}>Incidents</a>} />;
      }}
    </Show>
  );
}
