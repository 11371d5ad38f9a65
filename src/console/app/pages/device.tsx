/** One device: who it is and how that is known, whom it talks to, how it is used, what changed, what is suspicious. */
import { ofRun, useAnswer } from '../client.ts';
import { Show } from '../parts/answer.tsx';
import { Head } from '../parts/page.tsx';
import { to } from '../route.ts';
import type { Device } from '../shapes.ts';
import { className, deviceName } from '../words.ts';
import type { PageProps } from './index.tsx';

export function DevicePage({ parts }: PageProps) {
  const [id = ''] = parts;
  const answer = useAnswer<Device>(ofRun(`devices/${encodeURIComponent(id)}`));
  return (
    <Show of={answer} what="this device">
      {(device) => (
        <Head
          title={deviceName(device)}
          crumbs={<a href={to(['devices'])}>Devices</a>}
          lead={className(device.class)}
        />
      )}
    </Show>
  );
}
