/** People who may use the sensor, and tokens for programs. */
import { useState } from 'preact/hooks';
import { address, changed, send, useAnswer } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import { Dialog, wordsOf } from '../parts/dialog.tsx';
import { Choice, Text } from '../parts/fields.tsx';
import { Panel } from '../parts/page.tsx';
import { PasswordDialog } from '../parts/password-dialog.tsx';
import { tell } from '../parts/toast.tsx';
import { may, session } from '../session.ts';
import { Time } from '../time.tsx';

interface User {
  name: string;
  role: string;
  disabled: boolean;
  signsIn: 'password' | 'oidc';
  created: string;
  seen: string;
}

const roleOptions = [
  ['viewer', 'viewer: looks'],
  ['engineer', 'engineer: looks and decides'],
  ['administrator', 'administrator: also people and settings'],
] as const;

/** Does it, tells it, and asks for everything anew. */
async function doing(action: Promise<unknown>, done: string): Promise<void> {
  try {
    await action;
    tell(done);
    changed();
  } catch (error) {
    tell(wordsOf(error), false);
  }
}

export function People() {
  const answer = useAnswer<{ users: User[] }>(address('users'));
  const [adding, setAdding] = useState(false);
  return (
    <Panel
      title="People"
      size="half"
      flush
      aside={
        may('administrator') ? (
          <button type="button" class="button small" onClick={() => setAdding(true)}>
            Add somebody …
          </button>
        ) : undefined
      }
    >
      <Show of={answer} what="the people">
        {({ users }) => (users.length === 0 ? <Empty>Nobody has been set up yet.</Empty> : <UserTable users={users} />)}
      </Show>
      {adding ? <AddUser onClose={() => setAdding(false)} /> : null}
    </Panel>
  );
}

function UserTable({ users }: { users: readonly User[] }) {
  const [changing, setChanging] = useState('');
  const url = (name: string): string => address(`users/${encodeURIComponent(name)}`);
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Role</th>
            <th scope="col">Last seen</th>
            <th scope="col">
              <span class="sr">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map(({ name, role, disabled, seen, signsIn }) => (
            <tr key={name}>
              <td>
                {name} {disabled ? <span class="badge medium">shut out</span> : null}
              </td>
              <td>
                <select
                  aria-label={`Role of ${name}`}
                  value={role}
                  onChange={({ currentTarget: { value } }) =>
                    doing(send('PATCH', url(name), { role: value }), `${name} is ${value} now.`)
                  }
                >
                  {roleOptions.map(([value]) => (
                    <option key={value} value={value}>
                      {value}
                    </option>
                  ))}
                </select>
              </td>
              <td>
                <Time at={seen} />
              </td>
              <td>
                {signsIn === 'password' ? (
                  <button type="button" class="button small" onClick={() => setChanging(name)}>
                    New password …<span class="sr"> for {name}</span>
                  </button>
                ) : null}{' '}
                <button
                  type="button"
                  class="button small"
                  onClick={() =>
                    doing(
                      send('PATCH', url(name), { disabled: !disabled }),
                      disabled ? `${name} may sign in again.` : `${name} is shut out.`,
                    )
                  }
                >
                  {disabled ? 'Let in again' : 'Shut out'}
                  <span class="sr"> {name}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {changing === '' ? null : <PasswordDialog name={changing} onClose={() => setChanging('')} />}
    </div>
  );
}

function AddUser({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('viewer');
  const [password, setPassword] = useState('');
  const act = async (): Promise<void> => {
    await send('POST', address('users'), { name, role, password });
    tell(`${name} may sign in now.`);
    changed();
  };
  return (
    <Dialog title="Add somebody" act="Add" canAct={name !== '' && password !== ''} onAct={act} onClose={onClose}>
      <Text label="Name" value={name} onInput={setName} required autocomplete="off" />
      <Choice label="Role" value={role} options={roleOptions} onChange={setRole} />
      <Text
        label="First password"
        type="password"
        value={password}
        onInput={setPassword}
        required
        autocomplete="new-password"
        about="At least 12 characters. It can be changed after signing in."
      />
    </Dialog>
  );
}

interface Token {
  id: string;
  name: string;
  user: string;
  role: string;
  subjects: string[];
  expires: string;
  lastUsed: string | null;
}

export function Tokens() {
  const signedIn = session.value?.how === 'session';
  const answer = useAnswer<{ tokens: Token[] }>(signedIn ? address('tokens') : null);
  const [adding, setAdding] = useState(false);
  const [fresh, setFresh] = useState('');
  return (
    <Panel
      title="Tokens for programs"
      size="half"
      flush
      aside={
        signedIn ? (
          <button type="button" class="button small" onClick={() => setAdding(true)}>
            Make a token …
          </button>
        ) : undefined
      }
    >
      {fresh === '' ? null : (
        <p class="inset" role="status">
          The token, shown this once: <code class="wrap-any">{fresh}</code>
        </p>
      )}
      {!signedIn ? (
        <Empty>Whoever has signed in can make tokens for programs that ask the sensor.</Empty>
      ) : (
        <Show of={answer} what="the tokens">
          {({ tokens }) => (tokens.length === 0 ? <Empty>There are none.</Empty> : <TokenTable tokens={tokens} />)}
        </Show>
      )}
      {adding ? <AddToken onMade={setFresh} onClose={() => setAdding(false)} /> : null}
    </Panel>
  );
}

function TokenTable({ tokens }: { tokens: readonly Token[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">For</th>
            <th scope="col">Role</th>
            <th scope="col">Ends</th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span class="sr">End it</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map(({ id, name, user, role, expires, lastUsed }) => (
            <tr key={id}>
              <td>
                {name} <span class="muted small">of {user}</span>
              </td>
              <td>{role}</td>
              <td>
                <Time at={expires} />
              </td>
              <td>
                <Time at={lastUsed} />
              </td>
              <td>
                <button
                  type="button"
                  class="button small"
                  onClick={() => doing(send('DELETE', address(`tokens/${id}`)), `The token for ${name} has ended.`)}
                >
                  End<span class="sr"> the token for {name}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AddToken({ onMade, onClose }: { onMade: (token: string) => void; onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('viewer');
  const [days, setDays] = useState('90');
  const act = async (): Promise<void> => {
    const { token } = await send<{ token: string }>('POST', address('tokens'), { name, role, days: Number(days) });
    onMade(token);
    changed();
  };
  return (
    <Dialog title="Make a token" act="Make it" canAct={name !== '' && Number(days) >= 1} onAct={act} onClose={onClose}>
      <Text label="What it is for" value={name} onInput={setName} required autocomplete="off" />
      <Choice
        label="It may do as much as a"
        value={role}
        options={roleOptions.map(([value]) => [value, value] as const)}
        onChange={setRole}
      />
      <Text label="Days until it ends" type="number" value={days} onInput={setDays} required />
    </Dialog>
  );
}
