/** What a person can do about an incident: take it, close it with a verdict, open it again, add words. */
import { useState } from 'preact/hooks';
import { changed, ofRun, send } from '../client.ts';
import { wordsOf } from '../parts/dialog.tsx';
import { Radios, Text, Words } from '../parts/fields.tsx';
import { tell } from '../parts/toast.tsx';
import { to } from '../route.ts';
import { may, session } from '../session.ts';
import type { IncidentAnswer } from '../shapes.ts';

const verdicts = [
  ['true', 'True', 'it was what it said, and not wanted'],
  ['benign', 'Benign', 'it was noticed wrongly: nothing of the kind happened'],
  ['expected', 'Expected', 'it happened and was planned or wanted'],
] as const;

interface StepBody {
  action: 'acknowledge' | 'close' | 'reopen' | 'comment' | 'assign';
  text?: string;
  disposition?: string;
  assignee?: string;
}

export function Decide({ found }: { found: IncidentAnswer }) {
  const { incident } = found;
  const [verdict, setVerdict] = useState('');
  const [text, setText] = useState('');
  const [assignee, setAssignee] = useState('');
  const [trouble, setTrouble] = useState('');
  const step = async (body: StepBody, done: string): Promise<void> => {
    setTrouble('');
    try {
      await send('POST', ofRun(`incidents/${encodeURIComponent(incident.id)}/steps`, { run: found.run }), body);
      setText('');
      setVerdict('');
      tell(done);
      changed();
    } catch (error) {
      setTrouble(wordsOf(error));
    }
  };
  const isClosed = incident.state === 'closed';
  return (
    <div class="form no-print">
      <WhoMayDecide />
      {isClosed ? (
        <p>This incident is closed. Opening it again keeps what was said before.</p>
      ) : (
        <Radios label="It was" name="verdict" value={verdict} options={verdicts} onChange={setVerdict} />
      )}
      <Words
        label={isClosed ? 'Words' : 'Why (needed to close)'}
        value={text}
        onInput={setText}
        placeholder="what you found, the number of the work order …"
      />
      {trouble === '' ? null : (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <div class="row">
        {isClosed ? (
          <button
            type="button"
            class="button primary"
            onClick={() => step({ action: 'reopen', text }, 'The incident is open again.')}
          >
            Open again
          </button>
        ) : (
          <button
            type="button"
            class="button primary"
            disabled={verdict === '' || text.trim() === ''}
            onClick={() => step({ action: 'close', text, disposition: verdict }, `Closed as ${verdict}.`)}
          >
            Close
          </button>
        )}
        {incident.state === 'open' || incident.state === 'reopened' ? (
          <button
            type="button"
            class="button"
            onClick={() => step({ action: 'acknowledge', text }, 'Others see that you look into it.')}
          >
            I am looking into it
          </button>
        ) : null}
        <button
          type="button"
          class="button"
          disabled={text.trim() === ''}
          onClick={() => step({ action: 'comment', text }, 'Your words were added.')}
        >
          Add words only
        </button>
      </div>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void step({ action: 'assign', assignee }, `${assignee} has it now.`);
        }}
      >
        <Text label="Hand over to" value={assignee} onInput={setAssignee} wide />
        <button type="submit" class="button bottom" disabled={assignee.trim() === ''}>
          Hand over
        </button>
      </form>
    </div>
  );
}

/** Says before somebody writes a page of reasons that it cannot be sent. */
export function WhoMayDecide() {
  if (may('engineer')) return null;
  const name = session.value?.user ?? null;
  return (
    <p class="muted">
      {name === null ? (
        <>
          <a href={to(['sign-in'])}>Sign in</a> to decide: each step carries the name of whoever took it.
        </>
      ) : (
        <>You are signed in as {name}, who may look but not decide. Ask an administrator for the role of an engineer.</>
      )}
    </p>
  );
}
