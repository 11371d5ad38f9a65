/** The list of pages: one line each, in the order of the navigation; those without an icon are reached from others. */
import type { ComponentType } from 'preact';
import { Empty } from '../parts/answer.tsx';
import type { IconName } from '../parts/icons.tsx';
import { Head } from '../parts/page.tsx';
import { to } from '../route.ts';
import { BaselinePage } from './baseline.tsx';
import { ClinicalPage } from './clinical.tsx';
import { DevicePage } from './device.tsx';
import { DevicesPage } from './devices.tsx';
import { SetupPage, SignInPage } from './door.tsx';
import { IncidentPage } from './incident.tsx';
import { IncidentsPage } from './incidents.tsx';
import { InventoryPage } from './inventory.tsx';
import { NetworkPage } from './network.tsx';
import { NowPage } from './now.tsx';
import { ReplaysPage } from './replays.tsx';
import { SensorPage } from './sensor.tsx';
import { SettingsPage } from './settings.tsx';

export interface PageProps {
  /** What follows in the address. */
  parts: readonly string[];
  query: Readonly<Record<string, string>>;
}

interface Page {
  path: string;
  name: string;
  icon?: IconName;
  View: ComponentType<PageProps>;
}

export const pages: readonly Page[] = [
  { path: '', name: 'Now', icon: 'now', View: NowPage },
  { path: 'incidents', name: 'Incidents', icon: 'incidents', View: Incidents },
  { path: 'devices', name: 'Devices', icon: 'devices', View: Devices },
  { path: 'inventory', name: 'Equipment', icon: 'inventory', View: InventoryPage },
  { path: 'network', name: 'Network', icon: 'network', View: NetworkPage },
  { path: 'clinical', name: 'Clinical work', icon: 'clinical', View: ClinicalPage },
  { path: 'baseline', name: 'Baseline', icon: 'baseline', View: BaselinePage },
  { path: 'replays', name: 'Replays', icon: 'replays', View: ReplaysPage },
  { path: 'sensor', name: 'Sensor', icon: 'sensor', View: SensorPage },
  { path: 'settings', name: 'Settings and audit', icon: 'settings', View: SettingsPage },
  { path: 'sign-in', name: 'Sign in', View: SignInPage },
  { path: 'setup', name: 'Set up', View: SetupPage },
];

function Incidents(props: PageProps) {
  return props.parts.length === 0 ? <IncidentsPage {...props} /> : <IncidentPage {...props} />;
}

function Devices(props: PageProps) {
  return props.parts.length === 0 ? <DevicesPage {...props} /> : <DevicePage {...props} />;
}

export function NotThere() {
  return (
    <>
      <Head title="No such page" />
      <Empty>
        The console has no page at this address. <a href={to([])}>Go to Now</a>.
      </Empty>
    </>
  );
}
