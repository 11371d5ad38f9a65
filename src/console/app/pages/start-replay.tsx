/** What to replay, and under which changed conditions. */
import { useState } from 'preact/hooks';
import { address, changed, send } from '../client.ts';
import { wordsOf } from '../parts/dialog.tsx';
import { Choice, Text, Words } from '../parts/fields.tsx';
import { tell } from '../parts/toast.tsx';
import { useRuns } from '../runs.ts';
import type { CaptureFile } from '../shapes.ts';
import { bytes, cardNames } from '../words.ts';

export function StartReplay({ captures, chosen }: { captures: readonly CaptureFile[]; chosen: string }) {
  const { runs } = useRuns();
  const [source, setSource] = useState(chosen === '' ? '' : `capture ${chosen}`);
  const [run, setRun] = useState(chosen === '' ? '' : nameFor(chosen));
  const [learnUntil, setLearnUntil] = useState('');
  const [compareWith, setCompareWith] = useState('');
  const [baselineFrom, setBaselineFrom] = useState('');
  const [off, setOff] = useState('');
  const [more, setMore] = useState('');
  const [trouble, setTrouble] = useState('');
  const choose = (value: string): void => {
    setSource(value);
    setRun(nameFor(value.replace(/^\w+ /, '')));
    setCompareWith(value.startsWith('run ') ? value.slice(4) : '');
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setTrouble('');
    try {
      const settings = {
        ...(more.trim() === '' ? {} : parsed(more)),
        ...(off === '' ? {} : { detectors: { [off]: { enabled: false } } }),
      };
      const body = {
        run,
        ...(source.startsWith('capture ') ? { capture: source.slice(8) } : { ofRun: source.slice(4) }),
        ...(compareWith === '' ? {} : { compareWith }),
        ...(learnUntil === '' ? {} : { learnUntil }),
        ...(baselineFrom === '' ? {} : { baselineFrom }),
        ...(Object.keys(settings).length === 0 ? {} : { settings }),
      };
      await send('POST', address('replays'), body);
      tell(`${run} has begun; its result appears in the list below.`);
      changed();
    } catch (error) {
      setTrouble(error instanceof SyntaxError ? 'The other settings are no JSON object.' : wordsOf(error));
    }
  };
  const sources = [
    ['', 'choose'],
    ...captures.map(({ name, bytes: size }) => [`capture ${name}`, `${name} (${bytes(size)})`] as const),
    ...runs
      .filter(({ words }) => !words.startsWith('live'))
      .map(({ name }) => [`run ${name}`, `what run ${name} was made of`] as const),
  ] as const;
  return (
    <form class="form" onSubmit={submit}>
      <div class="row">
        <Choice label="Replay" value={source} options={sources} onChange={choose} />
        <Text label="Name of the new run" value={run} onInput={setRun} required autocomplete="off" />
      </div>
      <div class="row">
        <Text
          label="Counts as usual until"
          value={learnUntil}
          onInput={setLearnUntil}
          placeholder="+90s, +2h or a time"
          autocomplete="off"
        />
        <Choice
          label="Compare with"
          value={compareWith}
          options={[['', 'nothing'], ...runs.map(({ name, words }) => [name, words] as const)]}
          onChange={setCompareWith}
        />
        <Choice
          label="Beginning with the baseline of"
          value={baselineFrom}
          options={[['', 'none: it learns by itself'], ...runs.map(({ name, words }) => [name, words] as const)]}
          onChange={setBaselineFrom}
        />
        <Choice
          label="Without the detector"
          value={off}
          options={[
            ['', 'none: all are on'],
            ...Object.entries(cardNames).map(([id, name]) => [id, `${id} ${name}`] as const),
          ]}
          onChange={setOff}
        />
      </div>
      <details>
        <summary>Other settings</summary>
        <Words
          label="As JSON, as in the configuration file"
          value={more}
          onInput={setMore}
          placeholder='{"learn": {"structureDays": 7}}'
        />
      </details>
      {trouble === '' ? null : (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <div>
        <button type="submit" class="button primary" disabled={source === '' || run === ''}>
          Replay
        </button>
      </div>
    </form>
  );
}

function parsed(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('no object');
  return value as Record<string, unknown>;
}

/** A name that says what it is of, and when it was asked for. */
function nameFor(source: string): string {
  if (source === '') return '';
  const stem = source.replace(/\.(pcap|pcapng|cap)(\.gz)?$/, '').replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  return `${stem.slice(0, 40)}-${new Date()
    .toISOString()
    .slice(5, 16)
    .replaceAll(/[^0-9]/g, '')}`;
}
