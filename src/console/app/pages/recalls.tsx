/** Recalls and advisories that concern devices on the wire: what the words say, and what a person decided. */
import { useState } from 'preact/hooks';
import { changed, ofRun, send, useAnswer } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Choice, Words } from '../parts/fields.tsx';
import { REASON_LENGTH_MIN } from '../parts/held-table.tsx';
import { Figure, Panel } from '../parts/page.tsx';
import { tell } from '../parts/toast.tsx';
import { narrow, to } from '../route.ts';
import type { RecallList, RecallMatch, RecallState } from '../shapes.ts';
import { Time } from '../time.tsx';
import { some, whole } from '../words.ts';
import type { PageProps } from './index.tsx';

const stateOptions = [
  ['', 'all'],
  ['confirmed', 'confirmed'],
  ['possible', 'possible: somebody must look'],
  ['dismissed', 'dismissed'],
] as const;

export function Recalls({ query }: Pick<PageProps, 'query'>) {
  const state = query.state ?? '';
  const answer = useAnswer<RecallList>(ofRun('recalls', { limit: 500, state }));
  return (
    <Show of={answer} what="the recalls">
      {(list) =>
        list.read === null ? (
          <Panel title="No notices were read yet">
            <Empty>
              Put recalls (openFDA) and advisories (CSAF 2.0) as files into a folder, and name it as{' '}
              <code>notices</code> under <code>site</code> in the configuration, or run{' '}
              <code>wardwatch recalls --folder FOLDER</code>. Their words are matched here with what devices say of
              themselves; nothing is fetched.
            </Empty>
          </Panel>
        ) : (
          <>
            <Standing list={list} />
            <Matches list={list} state={state} />
          </>
        )
      }
    </Show>
  );
}

function Standing({ list }: { list: RecallList }) {
  const { counts, notices, withoutModel, read, troubles } = list;
  return (
    <Panel title="How it stands">
      <div class="figures">
        <Figure value={whole(counts.confirmed)} label="confirmed" />
        <Figure value={whole(counts.possible)} label="possible: somebody must look" />
        <Figure value={whole(counts.dismissed)} label="dismissed" />
        <Figure value={whole(notices)} label={notices === 1 ? 'notice read' : 'notices read'} />
        <Figure value={whole(withoutModel)} label="medical devices of unknown model" />
      </div>
      <p class="muted small">
        The folder was read on <Time at={read} form="long" />. A device whose model nobody knows is matched with
        nothing: an equipment list helps.
      </p>
      {troubles.length === 0 ? null : (
        <details>
          <summary>{some(troubles.length, 'file')} could not be used</summary>
          <ul class="lines small">
            {troubles.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </details>
      )}
    </Panel>
  );
}

function Matches({ list, state }: { list: RecallList; state: string }) {
  return (
    <Panel
      title="Devices concerned"
      flush
      aside={
        <Choice label="State" value={state} options={stateOptions} onChange={(value) => narrow({ state: value })} />
      }
    >
      {list.recalls.length === 0 ? (
        <Empty>{state === '' ? 'No notice fits a device that was heard.' : 'None is in this state.'}</Empty>
      ) : (
        <div class="inset">
          <MatchList matches={list.recalls} withDevice />
        </div>
      )}
      {list.total > list.recalls.length ? (
        <p class="note">
          The first {list.recalls.length} of {whole(list.total)} are shown.
        </p>
      ) : null}
    </Panel>
  );
}

const colours: Readonly<Record<RecallState, string>> = { confirmed: 'high', possible: 'medium', dismissed: '' };

export function MatchList({ matches, withDevice }: { matches: readonly RecallMatch[]; withDevice: boolean }) {
  const [deciding, setDeciding] = useState<{ match: RecallMatch; state: RecallState } | null>(null);
  return (
    <>
      {matches.map((match) => (
        <details key={`${match.device} ${match.notice}`} class="finding">
          <summary>
            <span class={`badge ${colours[match.state]}`}>{match.state}</span> <b>{match.title}</b>{' '}
            <span class="muted small">
              {withDevice ? `${match.name} · ` : ''}
              {match.publisher} · {match.notice}
              {match.date === '' ? '' : ` · ${match.date.slice(0, 10)}`}
            </span>
          </summary>
          <Notice match={match} withDevice={withDevice} />
          <div class="bar no-print">
            {(['confirmed', 'dismissed', 'possible'] as const)
              .filter((state) => state !== match.state)
              .map((state) => (
                <button key={state} type="button" class="button small" onClick={() => setDeciding({ match, state })}>
                  {acts[state]} …
                </button>
              ))}
          </div>
        </details>
      ))}
      {deciding === null ? null : <DecideDialog {...deciding} onClose={() => setDeciding(null)} />}
    </>
  );
}

const acts: Readonly<Record<RecallState, string>> = {
  confirmed: 'Confirm',
  dismissed: 'Dismiss',
  possible: 'Take the decision back',
};

function Notice({ match, withDevice }: { match: RecallMatch; withDevice: boolean }) {
  return (
    <div class="form">
      <dl class="dl">
        {withDevice ? (
          <>
            <dt>Device</dt>
            <dd>
              <a href={to(['devices', match.device])}>{match.name}</a> {match.address}
            </dd>
          </>
        ) : null}
        {match.hazard === '' ? null : (
          <>
            <dt>Why it matters</dt>
            <dd>{match.hazard}</dd>
          </>
        )}
        {match.action === '' ? null : (
          <>
            <dt>What to do</dt>
            <dd>{match.action}</dd>
          </>
        )}
        <dt>Why it fits</dt>
        <dd>
          {match.why.join('; ')}
          {match.units === '' ? '' : ` (${match.units})`}
        </dd>
        <dt>State</dt>
        <dd>
          {match.state}, by {match.by}
          {match.reason === '' ? '' : `: ${match.reason}`}
          {match.isChanged ? ' The notice was changed since: look again.' : ''}
        </dd>
        {match.vulnerabilities.length === 0 ? null : (
          <>
            <dt>Vulnerabilities</dt>
            <dd class="wrap-any">{match.vulnerabilities.join(', ')}</dd>
          </>
        )}
      </dl>
      {match.text === '' ? null : <p class="quote small">{match.text}</p>}
    </div>
  );
}

interface DecideProps {
  match: RecallMatch;
  state: RecallState;
  onClose: () => void;
}

function DecideDialog({ match, state, onClose }: DecideProps) {
  const [reason, setReason] = useState('');
  const act = async (): Promise<void> => {
    await send('POST', ofRun('recalls/decisions'), { device: match.device, notice: match.notice, state, reason });
    tell(`${match.notice} for ${match.name}: ${state}.`);
    changed();
  };
  return (
    <Dialog
      title={`${acts[state]}: ${match.notice}`}
      act={acts[state]}
      canAct={state === 'possible' || reason.trim().length >= REASON_LENGTH_MIN}
      onAct={act}
      onClose={onClose}
    >
      <p>
        {match.title}, for {match.name}.
      </p>
      <Words
        label="Reason"
        value={reason}
        onInput={setReason}
        required={state !== 'possible'}
        placeholder="what the plate on the device says, which work order …"
      />
    </Dialog>
  );
}

/** On the page of a device; nothing where nothing concerns it. */
export function RecallsOf({ device }: { device: string }) {
  const answer = useAnswer<RecallList>(ofRun('recalls', { device, limit: 50 }));
  const recalls = answer.value?.recalls ?? [];
  if (recalls.length === 0) return null;
  return (
    <Panel title="Recalls and advisories" about="Notices whose words fit this device.">
      <MatchList matches={recalls} withDevice={false} />
    </Panel>
  );
}
