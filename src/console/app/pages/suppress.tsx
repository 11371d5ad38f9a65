/** A rule that hides findings for a while. Before it is made it shows what it would have hidden, and whether any was true. */
import { useEffect, useState } from 'preact/hooks';
import { changed, ofRun, send } from '../client.ts';
import { Dialog, wordsOf } from '../parts/dialog.tsx';
import { Text, Words } from '../parts/fields.tsx';
import { REASON_LENGTH_MIN } from '../parts/held-table.tsx';
import { tell } from '../parts/toast.tsx';
import { session } from '../session.ts';
import type { Finding } from '../shapes.ts';
import { cardName, serviceName, some } from '../words.ts';

interface Preview {
  hides: number;
  /** Of them closed as true. */
  confirmed: number;
}

const DAYS_USUAL = 30;
const DAY_MS = 86_400_000;

export function SuppressDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const { detector, device, peer, service, deviceAddress, peerAddress } = finding;
  const [parts, setParts] = useState({ device: true, peer: peer !== '', service: service !== '' });
  const [owner, setOwner] = useState(session.value?.user ?? '');
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState(new Date(Date.now() + DAYS_USUAL * DAY_MS).toISOString().slice(0, 10));
  const [preview, setPreview] = useState<Preview | string | null>(null);
  const scope = {
    detector,
    device: parts.device ? device : '',
    peer: parts.peer ? peer : '',
    service: parts.service ? service : '',
  };
  const key = JSON.stringify(scope);
  useEffect(() => {
    setPreview(null);
    let stale = false;
    send<Preview>('POST', ofRun('suppressions/preview'), JSON.parse(key)).then(
      (value) => stale || setPreview(value),
      (error: unknown) => stale || setPreview(wordsOf(error)),
    );
    return () => {
      stale = true;
    };
  }, [key]);
  const act = async (): Promise<void> => {
    await send('POST', ofRun('suppressions'), { ...scope, owner, reason, until: `${until}T00:00:00Z` });
    tell('The rule is in force. It stands on the page of settings, and ends by itself.');
    changed();
  };
  const tick = (name: 'device' | 'peer' | 'service', words: string) => (
    <label class="check">
      <input type="checkbox" checked={parts[name]} onChange={() => setParts({ ...parts, [name]: !parts[name] })} />
      {words}
    </label>
  );
  return (
    <Dialog
      title="Hide findings like this"
      act="Hide them"
      canAct={
        owner.trim() !== '' &&
        reason.trim().length >= REASON_LENGTH_MIN &&
        typeof preview === 'object' &&
        preview !== null
      }
      onAct={act}
      onClose={onClose}
    >
      <p>
        Findings of the kind “{cardName(detector)}” are hidden when they are
        <span class="muted"> (each tick makes the rule narrower)</span>:
      </p>
      <div class="form">
        {tick('device', `about this device, ${deviceAddress || device}`)}
        {peer === '' ? null : tick('peer', `with this partner, ${peerAddress || peer}`)}
        {service === '' ? null : tick('service', `over ${serviceName(service)}`)}
      </div>
      <p class="preview" role="status">
        <PreviewWords preview={preview} />
      </p>
      <div class="row">
        <Text label="Until" type="date" value={until} onInput={setUntil} required />
        <Text label="Whom to ask when it ends" value={owner} onInput={setOwner} required wide />
      </div>
      <Words label="Reason" value={reason} onInput={setReason} required />
    </Dialog>
  );
}

function PreviewWords({ preview }: { preview: Preview | string | null }) {
  if (preview === null) return <>Counting what this would hide …</>;
  if (typeof preview === 'string') return <>{preview}</>;
  const { hides, confirmed } = preview;
  return (
    <>
      It would hide <b>{some(hides, 'finding')}</b> of this run.{' '}
      {confirmed === 0
        ? 'None of them was closed as true.'
        : `Careful: ${some(confirmed, 'of them was', 'of them were')} closed as true.`}
    </>
  );
}
