/** Handing in an equipment list: the file, which column holds what, and what of it could not be read. */
import { useState } from 'preact/hooks';
import { address, ask, changed, writeHeaders } from '../client.ts';
import { decodedHead, headingsOf, listKeys } from '../list-head.ts';
import { wordsOf } from '../parts/dialog.tsx';
import { Choice } from '../parts/fields.tsx';
import { tell } from '../parts/toast.tsx';
import type { KeptList } from '../shapes.ts';
import { some } from '../words.ts';
import { WhoMayDecide } from './decide.tsx';

const HEAD_BYTES = 16_384;
const LEFT_OUT = '\u0000';

export function ImportList({ before }: { before: boolean }) {
  const [file, setFile] = useState<File | null>(null);
  const [headings, setHeadings] = useState<readonly string[]>([]);
  const [said, setSaid] = useState<Readonly<Record<string, string>>>({});
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [trouble, setTrouble] = useState('');
  const choose = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    setFile(chosen);
    setSaid({});
    setTrouble('');
    setProblems([]);
    setHeadings(headingsOf(decodedHead(new Uint8Array(await chosen.slice(0, HEAD_BYTES).arrayBuffer()))));
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (file === null) return;
    setTrouble('');
    try {
      const { list, problems: left } = await handIn(file, said);
      setProblems(left);
      setFile(null);
      tell(`${some(list.rows, 'row')} of ${list.file} were taken over.`);
      changed();
    } catch (error) {
      setTrouble(wordsOf(error));
    }
  };
  return (
    <form class="form" onSubmit={submit}>
      <WhoMayDecide />
      <div class="row">
        <label class="button">
          {file === null ? 'Choose a CSV file' : file.name}
          <input
            type="file"
            class="sr"
            accept=".csv,.txt,text/csv"
            onChange={({ currentTarget }) => void choose(currentTarget.files?.[0])}
          />
        </label>
        <button type="submit" class="button primary" disabled={file === null}>
          Take it over
        </button>
      </div>
      <p class="muted small">
        As a spreadsheet or the equipment database (CMMS) writes it, with one line of headings.
        {before ? ' It replaces the list before.' : ''}
      </p>
      {file === null ? null : <Columns headings={headings} said={said} onSay={setSaid} />}
      {trouble === '' ? null : (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      {problems.length === 0 ? null : (
        <details open>
          <summary>{some(problems.length, 'value')} left out</summary>
          <ul class="lines small">
            {problems.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </details>
      )}
    </form>
  );
}

interface ColumnsProps {
  headings: readonly string[];
  said: Readonly<Record<string, string>>;
  onSay: (said: Readonly<Record<string, string>>) => void;
}

function Columns({ headings, said, onSay }: ColumnsProps) {
  return (
    <details>
      <summary>
        {some(headings.length, 'column')}: which holds what is told by the headings; say it here where they do not
      </summary>
      <div class="columns-of-list">
        {listKeys.map(([key, name]) => (
          <Choice
            key={key}
            label={name}
            value={said[key] ?? ''}
            options={[
              ['', 'by its heading'],
              [LEFT_OUT, 'leave out'],
              ...headings.map((heading) => [heading, heading] as const),
            ]}
            onChange={(value) => onSay({ ...said, [key]: value })}
          />
        ))}
      </div>
    </details>
  );
}

function handIn(
  file: File,
  said: Readonly<Record<string, string>>,
): Promise<{ list: KeptList; problems: readonly string[] }> {
  const query = new URLSearchParams({ name: file.name });
  for (const [key, heading] of Object.entries(said)) {
    if (heading !== '') query.append('columns', `${key}=${heading === LEFT_OUT ? '' : heading}`);
  }
  return ask(`${address('inventory')}?${query}`, {
    method: 'POST',
    headers: { ...writeHeaders.value, 'content-type': 'text/csv' },
    body: file,
  });
}
