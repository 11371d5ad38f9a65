/** Captures looked into apart from the sensor: drop a file, replay it under other settings, compare what it raised. */
import { useState } from 'preact/hooks';
import { address, changed, send, useAnswer } from '../client.ts';
import { replayWord } from '../events.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { wordsOf } from '../parts/dialog.tsx';
import { Choice } from '../parts/fields.tsx';
import { SeverityBadge } from '../parts/marks.tsx';
import { Head, Panel } from '../parts/page.tsx';
import { tell } from '../parts/toast.tsx';
import { to } from '../route.ts';
import { useRuns } from '../runs.ts';
import { may } from '../session.ts';
import type { CaptureFile, ReplayJob, RunDifference } from '../shapes.ts';
import { Time } from '../time.tsx';
import { bytes, cardName, some, whole } from '../words.ts';
import { WhoMayDecide } from './decide.tsx';
import { Drop } from './drop.tsx';
import { StartReplay } from './start-replay.tsx';

export function ReplaysPage() {
  const captures = useAnswer<{ captures: CaptureFile[]; uploadBytesMax: number }>(address('captures'));
  const jobs = useAnswer<{ replays: ReplayJob[] }>(address('replays'));
  const [chosen, setChosen] = useState('');
  return (
    <>
      <Head
        title="Replays"
        lead="Look into a capture without touching what the sensor knows: every replay is a run of its own. The same capture under the same settings always gives the same result."
      />
      <div class="grid">
        <Panel title="A capture of your own" size="half">
          <WhoMayDecide />
          <Show of={captures} what="the captures">
            {({ uploadBytesMax, captures: list }) => (
              <>
                <Drop
                  bytesMax={uploadBytesMax}
                  onTaken={(name) => {
                    setChosen(name);
                    changed();
                  }}
                />
                <Captures captures={list} />
              </>
            )}
          </Show>
        </Panel>
        <Panel
          title="Replay"
          size="half"
          about="Of a capture, or once more of what a run was made of, with something changed: what would have happened?"
        >
          <Show of={captures} what="the captures">
            {(list) => <StartReplay key={chosen} captures={list.captures} chosen={chosen} />}
          </Show>
        </Panel>
        <Panel title="Replays and their results" flush>
          <Show of={jobs} what="the replays">
            {({ replays }) =>
              replays.length === 0 ? <Empty>No replay was asked for yet.</Empty> : <Jobs jobs={replays} />
            }
          </Show>
        </Panel>
        <Compare />
      </div>
    </>
  );
}

/** What lies on the sensor, until somebody removes it. */
function Captures({ captures }: { captures: readonly CaptureFile[] }) {
  const remove = async (name: string): Promise<void> => {
    try {
      await send('DELETE', address(`captures/${encodeURIComponent(name)}`));
      tell(`${name} was removed.`);
      changed();
    } catch (error) {
      tell(wordsOf(error), false);
    }
  };
  if (captures.length === 0) return null;
  return (
    <ul class="lines">
      {captures.map(({ name, bytes: size, changed: time }) => (
        <li key={name} class="spread">
          <span class="wrap-any">
            <b>{name}</b>{' '}
            <span class="muted small">
              {bytes(size)}, <Time at={time} />
            </span>
          </span>
          {may('engineer') ? (
            <button type="button" class="button small" onClick={() => void remove(name)}>
              Remove<span class="sr"> {name}</span>
            </button>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

const states = {
  waiting: 'waits',
  running: 'is being read',
  done: '✓ done',
  failed: '✕ failed',
  stopped: 'stopped',
} as const;

/** Progress comes as events; the list itself is asked for less often. */
function newest(job: ReplayJob): ReplayJob {
  try {
    const word = JSON.parse(replayWord.value) as ReplayJob;
    return word.id === job.id && word.percent >= job.percent ? word : job;
  } catch {
    return job;
  }
}

function Jobs({ jobs }: { jobs: readonly ReplayJob[] }) {
  const stop = async (id: string): Promise<void> => {
    try {
      await send('DELETE', address(`replays/${id}`));
      changed();
    } catch (error) {
      tell(wordsOf(error), false);
    }
  };
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Made of</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Packets
            </th>
            <th scope="col">Begun</th>
            <th scope="col">By</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map(newest).map((job) => (
            <tr key={job.id}>
              <td>
                <b>{job.run}</b>
                {job.changed.length === 0 ? null : <div class="muted small">changed: {job.changed.join(', ')}</div>}
              </td>
              <td>{job.capture || `run ${job.ofRun} once more`}</td>
              <td>
                <span class={`badge ${job.state === 'done' ? 'good' : job.state === 'failed' ? 'high' : ''}`}>
                  {states[job.state]}
                </span>
                {job.state === 'running' ? (
                  <progress max={100} value={job.percent} aria-label={`Progress of ${job.run}`} />
                ) : null}
                {job.error === '' ? null : <div class="small">{job.error}</div>}
              </td>
              <td class="number">{whole(job.packets)}</td>
              <td>
                <Time at={job.started} />
              </td>
              <td>{job.user}</td>
              <td>
                {job.state === 'done' ? (
                  <>
                    <a href={to(['incidents'], { run: job.run, state: 'all' })}>Incidents</a> ·{' '}
                    <a href={to(['devices'], { run: job.run })}>devices</a> ·{' '}
                    <a href={to(['network'], { run: job.run })}>network</a>
                  </>
                ) : null}
                {job.state === 'running' || job.state === 'waiting' ? (
                  <button type="button" class="button small" onClick={() => stop(job.id)}>
                    Stop
                  </button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Compare() {
  const { runs } = useRuns();
  const [from, setFrom] = useState('');
  const [with_, setWith] = useState('');
  const options = [['', 'choose a run'], ...runs.map(({ name, words }) => [name, words] as const)] as const;
  return (
    <Panel
      title="Compare two runs"
      about="Alerts that one run raised and the other did not: what a changed setting or baseline would change."
    >
      <div class="bar">
        <Choice label="Before" value={from} options={options} onChange={setFrom} />
        <Choice label="After" value={with_} options={options} onChange={setWith} />
      </div>
      {from === '' || with_ === '' ? (
        <Empty>Choose two runs.</Empty>
      ) : from === with_ ? (
        <Empty>These are the same run.</Empty>
      ) : (
        <Difference from={from} with_={with_} />
      )}
    </Panel>
  );
}

function Difference({ from, with_ }: { from: string; with_: string }) {
  const answer = useAnswer<RunDifference>(address(`runs/${encodeURIComponent(with_)}/difference`, { from }));
  return (
    <Show of={answer} what="the difference">
      {({ added, removed, changed: other, same }) => (
        <>
          <p>
            <b>{some(added.length, 'alert')} more</b>, <b>{whole(removed.length)} fewer</b>, {whole(other.length)} of
            another severity, {whole(same)} the same.
          </p>
          {added.length + removed.length + other.length === 0 ? null : (
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Difference</th>
                    <th scope="col">Severity</th>
                    <th scope="col">Detector</th>
                    <th scope="col">What happened</th>
                  </tr>
                </thead>
                <tbody>
                  {[
                    ...added.map((alert) => ({ words: '+ only after', alert })),
                    ...removed.map((alert) => ({ words: '− only before', alert })),
                    ...other.map(({ alert, severityBefore }) => ({ words: `was ${severityBefore}`, alert })),
                  ].map(({ words, alert }) => (
                    <tr key={`${words} ${alert.id}`}>
                      <td class="nowrap">{words}</td>
                      <td>
                        <SeverityBadge severity={alert.severity} />
                      </td>
                      <td>{cardName(alert.detector)}</td>
                      <td>{alert.happened}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </>
      )}
    </Show>
  );
}
