/** Rules that hide findings for a while: what each hides, until when, and whom to ask when it has ended. */
import { changed, ofRun, send, useAnswer } from '../client.ts';
import { directoryOf, nameOf, useDevices } from '../directory.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { wordsOf } from '../parts/dialog.tsx';
import { Panel } from '../parts/page.tsx';
import { tell } from '../parts/toast.tsx';
import type { Suppression } from '../shapes.ts';
import { Time } from '../time.tsx';
import { cardName, serviceName, some } from '../words.ts';

export function Rules() {
  const answer = useAnswer<{ suppressions: Suppression[] }>(ofRun('suppressions'));
  return (
    <Panel
      title="Rules that hide findings"
      flush
      about="Made on the page of an incident. Each ends by itself; what it hides stays counted and can be shown under Incidents."
    >
      <Show of={answer} what="the rules">
        {({ suppressions }) =>
          suppressions.length === 0 ? <Empty>Nothing is hidden.</Empty> : <RuleTable rules={suppressions} />
        }
      </Show>
    </Panel>
  );
}

function RuleTable({ rules }: { rules: readonly Suppression[] }) {
  const devices = directoryOf(useDevices());
  const end = async (number: number): Promise<void> => {
    try {
      await send('DELETE', ofRun(`suppressions/${number}`));
      tell(`Rule ${number} has ended: what it hid is to be seen again.`);
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
            <th scope="col">What it hides</th>
            <th scope="col" class="number">
              Hidden
            </th>
            <th scope="col">Until</th>
            <th scope="col">Whom to ask</th>
            <th scope="col">Reason</th>
            <th scope="col">
              <span class="sr">End it</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.number}>
              <td>
                {rule.detector === '' ? 'every finding' : cardName(rule.detector)}
                {rule.device === '' ? '' : ` about ${nameOf(devices, rule.device)}`}
                {rule.peer === '' ? '' : ` with ${nameOf(devices, rule.peer)}`}
                {rule.service === '' ? '' : ` over ${serviceName(rule.service)}`}
              </td>
              <td class="number">{some(rule.hides, 'finding')}</td>
              <td>
                {rule.over ? <span class="badge">over</span> : null} <Time at={rule.expires} />
                {rule.endedBy === '' ? null : <div class="muted small">ended by {rule.endedBy}</div>}
              </td>
              <td>{rule.owner}</td>
              <td>
                {rule.reason} <span class="muted small">made by {rule.user}</span>
              </td>
              <td>
                {rule.over ? null : (
                  <button type="button" class="button small" onClick={() => end(rule.number)}>
                    End rule {rule.number}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
