/** What is usual for one device, layer by layer, with the connections that wait for a person. */
import { useState } from 'preact/hooks';
import { address, changed, ofRun, send, useAnswer } from '../client.ts';
import { directoryOf, nameOf, useDevices } from '../directory.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Choice, Words } from '../parts/fields.tsx';
import { HeldTable, REASON_LENGTH_MIN } from '../parts/held-table.tsx';
import { Panel } from '../parts/page.tsx';
import { tell } from '../parts/toast.tsx';
import type { BaselineAnswer, DeviceAnswer, LayerState, Relation } from '../shapes.ts';
import { Time } from '../time.tsx';
import { deviceName, layerNames, serviceName, stateWord, whole } from '../words.ts';
import { PolicyLinks } from './baseline.tsx';

export function DeviceBaseline({ device }: { device: DeviceAnswer }) {
  const { id, run, held, decided, peers } = device;
  const answer = useAnswer<BaselineAnswer>(ofRun(`baseline/devices/${encodeURIComponent(id)}`));
  const names = Object.fromEntries(peers.map((peer) => [peer.id, peer.name]));
  const [restarting, setRestarting] = useState(false);
  const [signing, setSigning] = useState(false);
  return (
    <Panel
      title="Baseline"
      about="What this device may do without anybody being called."
      aside={
        <span class="no-print">
          <button type="button" class="button small" onClick={() => setRestarting(true)}>
            Learn again …
          </button>{' '}
          <button type="button" class="button small" onClick={() => setSigning(true)}>
            Sign off …
          </button>{' '}
          <PolicyLinks id={id} name={deviceName(device)} />
        </span>
      }
    >
      {held.length === 0 ? null : (
        <>
          <h3>Waiting for a decision</h3>
          <HeldTable list={{ run, held, decided, names }} withDevice={false} />
        </>
      )}
      <Show of={answer} what="its baseline">
        {({ layers, relations }) => (
          <>
            <Layers layers={layers} inForce={device.state} />
            <Relations relations={relations} />
          </>
        )}
      </Show>
      {signing ? <SignOffDialog id={id} run={run} onClose={() => setSigning(false)} /> : null}
      {restarting ? <RestartDialog id={id} run={run} onClose={() => setRestarting(false)} /> : null}
    </Panel>
  );
}

interface LayersProps {
  layers: Readonly<Record<string, LayerState>>;
  /** States as alerts go by them: a replay may count what came before a set time as learnt. */
  inForce: Readonly<Record<string, string>>;
}

export function Layers({ layers, inForce }: LayersProps) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">What is learnt</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col">Why it is not further</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(layers).map(([layer, { state, since, reason, signedBy }]) => {
            const real = inForce[layer] ?? state;
            const early = real === 'watch' && state !== 'watch';
            return (
              <tr key={layer}>
                <td>{layerNames[layer] ?? layer}</td>
                <td>
                  <span class={`badge ${real === 'watch' ? 'good' : ''}`}>{stateWord(real)}</span>
                </td>
                <td>
                  <Time at={since} />
                </td>
                <td>
                  {early
                    ? `this replay counts what came before a set time as learnt (otherwise: ${stateWord(state)}, ${reason})`
                    : reason || (signedBy === '' ? '' : `signed off by ${signedBy}`)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const stateWords = {
  accepted: 'usual',
  rejected: 'rejected',
  held: 'held back',
  candidate: 'seen, not usual yet',
} as const;

function Relations({ relations }: { relations: readonly Relation[] }) {
  const devices = directoryOf(useDevices());
  if (relations.length === 0) return <Empty>No connection of it is known yet.</Empty>;
  return (
    <details class="finding">
      <summary>
        <b>All {whole(relations.length)} connections it knows</b>
      </summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Direction</th>
              <th scope="col">Partner</th>
              <th scope="col">What</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Days
              </th>
              <th scope="col" class="number">
                Times
              </th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {relations.map((row) => (
              <tr key={`${row.role} ${row.peer} ${row.service} ${row.verb}`} title={row.words}>
                <td>{row.role === 'client' ? 'it asks' : 'it answers'}</td>
                <td>{nameOf(devices, row.peer)}</td>
                <td>
                  {serviceName(row.service)} {row.verb}
                </td>
                <td>{stateWords[row.state]}</td>
                <td class="number">{whole(row.days)}</td>
                <td class="number">{whole(row.count)}</td>
                <td>
                  <Time at={row.last} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function SignOffDialog({ id, run, onClose }: { id: string; run: string; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const act = async (): Promise<void> => {
    await send('POST', address('decisions', { run }), { reason, decisions: [{ action: 'sign-off', device: id }] });
    tell('It is signed off: what it does now is what it is held against.');
    changed();
  };
  return (
    <Dialog
      title="Sign off this device"
      act="Sign off"
      canAct={reason.trim().length >= REASON_LENGTH_MIN}
      onAct={act}
      onClose={onClose}
    >
      <p>
        All connections that it has now count as usual, except those that somebody rejected; every layer is watched from
        here on, and later drift is measured from here. Look through the list of its connections first.
      </p>
      <Words label="Reason" value={reason} onInput={setReason} required placeholder="acceptance test, go-live …" />
    </Dialog>
  );
}

function RestartDialog({ id, run, onClose }: { id: string; run: string; onClose: () => void }) {
  const [layer, setLayer] = useState('');
  const [reason, setReason] = useState('');
  const act = async (): Promise<void> => {
    const decision = { action: 'restart', device: id, layer };
    await send('POST', address('decisions', { run }), { reason, decisions: [decision] });
    tell('It is learnt again from now on.');
    changed();
  };
  return (
    <Dialog
      title="Learn this device again"
      act="Learn again"
      canAct={reason.trim().length >= REASON_LENGTH_MIN}
      onAct={act}
      onClose={onClose}
    >
      <p>
        After a repair, an upgrade or a move, what was usual may be so no longer. What it does while it is learnt again
        is listed for you, not alarmed about, except for what is never accepted in silence.
      </p>
      <Choice
        label="What"
        value={layer}
        options={[['', 'everything'], ...Object.entries(layerNames)]}
        onChange={setLayer}
      />
      <Words label="Reason" value={reason} onInput={setReason} required placeholder="work order, upgrade, move …" />
    </Dialog>
  );
}
