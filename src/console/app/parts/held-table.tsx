/** Connections that wait for a person: one by one or many at once. */
import { useState } from 'preact/hooks';
import { address, changed, send } from '../client.ts';
import { directoryOf, useDevices } from '../directory.ts';
import { to } from '../route.ts';
import type { Decided, Held, HeldList } from '../shapes.ts';
import { Time } from '../time.tsx';
import { called, cardName, serviceName, some, whole } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { Choice, Text, Words } from './fields.tsx';
import { tell } from './toast.tsx';

/** The sensor takes no shorter reasons. */
export const REASON_LENGTH_MIN = 3;

type Action = 'accept' | 'accept-group' | 'reject';

const keyOf = ({ card, device, peer, service, verb }: Held): string => [card, device, peer, service, verb].join('\n');

export function HeldTable({
  list,
  withDevice,
}: {
  list: Pick<HeldList, 'run' | 'held' | 'decided' | 'names'>;
  withDevice: boolean;
}) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [action, setAction] = useState<Action | null>(null);
  const devices = directoryOf(useDevices());
  const rows = list.held.map((held, index) => ({ held, decided: list.decided[index] }));
  const waiting = rows.filter(({ decided }) => (decided?.decision ?? '') === '').map(({ held }) => held);
  const picked = waiting.filter((held) => chosen.has(keyOf(held)));
  const toggle = (key: string): void => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setChosen(next);
  };
  const all = waiting.length > 0 && picked.length === waiting.length;
  return (
    <>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">
                <label class="check">
                  <input
                    type="checkbox"
                    checked={all}
                    disabled={waiting.length === 0}
                    onChange={() => setChosen(all ? new Set() : new Set(waiting.map(keyOf)))}
                  />
                  <span class="sr">Choose all that wait</span>
                </label>
              </th>
              {withDevice ? <th scope="col">Device</th> : null}
              <th scope="col">Partner</th>
              <th scope="col">What</th>
              <th scope="col">Why it waits</th>
              <th scope="col">First seen</th>
              <th scope="col" class="number">
                Times
              </th>
              <th scope="col">Decision</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ held, decided }) => (
              <Row
                key={keyOf(held)}
                held={held}
                decided={decided}
                names={list.names}
                classOf={(id) => devices.get(id)?.class ?? ''}
                withDevice={withDevice}
                chosen={chosen.has(keyOf(held))}
                onToggle={() => toggle(keyOf(held))}
              />
            ))}
          </tbody>
        </table>
      </div>
      <div class="bar under">
        <span class="muted">
          {picked.length === 0 ? 'Tick what you want to decide about.' : `${some(picked.length, 'connection')} ticked.`}
        </span>
        <button type="button" class="button primary" disabled={picked.length === 0} onClick={() => setAction('accept')}>
          Accept …
        </button>
        <button type="button" class="button" disabled={picked.length === 0} onClick={() => setAction('accept-group')}>
          Accept for all of its kind …
        </button>
        <button type="button" class="button" disabled={picked.length === 0} onClick={() => setAction('reject')}>
          Reject …
        </button>
      </div>
      {action === null ? null : (
        <DecideDialog
          action={action}
          held={picked}
          run={list.run}
          onClose={() => {
            setAction(null);
            setChosen(new Set());
          }}
        />
      )}
    </>
  );
}

interface RowProps {
  held: Held;
  decided: Decided | undefined;
  names: Readonly<Record<string, string>>;
  classOf: (id: string) => string;
  withDevice: boolean;
  chosen: boolean;
  onToggle: () => void;
}

function Row({ held, decided, names, classOf, withDevice, chosen, onToggle }: RowProps) {
  const what = `${serviceName(held.service)}${held.verb === '' ? '' : `: ${held.verb}`}`;
  const decision = decided?.decision ?? '';
  const device = called(names[held.device] ?? (held.deviceAddress || held.device), classOf(held.device));
  const peer = called(names[held.peer] ?? (held.peerAddress || held.peer), classOf(held.peer));
  return (
    <tr>
      <td>
        {decision === '' ? (
          <label class="check">
            <input type="checkbox" checked={chosen} onChange={onToggle} />
            <span class="sr">{`${device} with ${peer}, ${what}`}</span>
          </label>
        ) : null}
      </td>
      {withDevice ? (
        <td>
          <a class="name" href={to(['devices', held.device])}>
            {device}
          </a>
          {device.includes(held.deviceAddress) ? null : <div class="muted small">{held.deviceAddress}</div>}
        </td>
      ) : null}
      <td>
        {peer}
        {peer.includes(held.peerAddress) ? null : <div class="muted small">{held.peerAddress}</div>}
      </td>
      <td>{what}</td>
      <td>{cardName(held.card)}</td>
      <td>
        <Time at={held.firstSeen} />
      </td>
      <td class="number">{whole(held.count)}</td>
      <td>
        {decision === '' ? <span class="badge medium">waits</span> : null}
        {decided === undefined || decision === '' ? null : (
          <>
            <span class={`badge ${decision === 'reject' ? 'high' : 'good'}`} title={decided.reason}>
              {decision === 'reject' ? '✕ rejected' : '✓ accepted'}
            </span>
            <div class="muted small">by {decided.user}</div>
          </>
        )}
      </td>
    </tr>
  );
}

const titles = { accept: 'Accept', 'accept-group': 'Accept for all devices of the kind', reject: 'Reject' } as const;
const explained = {
  accept: 'From now on this is usual for the device and raises no alert.',
  'accept-group':
    'From now on this is usual for the device and for every other of its class and model, also for those that have not done it yet.',
  reject: 'It stays unusual: the next time it raises an alert at once.',
} as const;

function DecideDialog({
  action,
  held,
  run,
  onClose,
}: {
  action: Action;
  held: readonly Held[];
  run: string;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const [end, setEnd] = useState('never');
  const [until, setUntil] = useState('');
  const act = async (): Promise<void> => {
    const decisions = held.map(({ device, peer, service, verb }) => ({
      action,
      device,
      peer,
      service,
      verb,
      ...(action !== 'reject' && end === 'until' ? { until: `${until}T00:00:00Z` } : {}),
    }));
    await send('POST', address('decisions', { run }), { reason, decisions });
    tell(`${titles[action]}: ${some(held.length, 'connection')}. A new version of the baseline was kept.`);
    changed();
  };
  return (
    <Dialog
      title={`${titles[action]}: ${some(held.length, 'connection')}`}
      act={action === 'reject' ? 'Reject' : 'Accept'}
      canAct={reason.trim().length >= REASON_LENGTH_MIN && (end === 'never' || until !== '')}
      onAct={act}
      onClose={onClose}
    >
      <p>{explained[action]}</p>
      {action === 'reject' ? null : (
        <div class="row">
          <Choice
            label="For how long"
            value={end}
            options={[
              ['never', 'for good'],
              ['until', 'until a day'],
            ]}
            onChange={setEnd}
          />
          {end === 'until' ? <Text label="Day" type="date" value={until} onInput={setUntil} required /> : null}
        </div>
      )}
      <Words
        label="Reason"
        value={reason}
        onInput={setReason}
        required
        placeholder="who confirmed it, which work order …"
      />
    </Dialog>
  );
}
