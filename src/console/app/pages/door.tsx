/** Signing in, and setting up the first administrator with the link that the sensor printed. */
import { useState } from 'preact/hooks';
import { ApiError, address } from '../client.ts';
import { wordsOf } from '../parts/dialog.tsx';
import { Text } from '../parts/fields.tsx';
import { Head } from '../parts/page.tsx';
import { PASSWORD_LENGTH_MIN } from '../parts/password-dialog.tsx';
import { tell } from '../parts/toast.tsx';
import { go } from '../route.ts';
import { session, setUp, signIn } from '../session.ts';
import type { PageProps } from './index.tsx';

export function SignInPage() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const now = session.value;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setTrouble('');
    try {
      await signIn(name, password);
      tell(`Signed in as ${name}.`);
      go([]);
    } catch (error) {
      // Here a refusal is about the name and the password, not about being signed in.
      setTrouble(error instanceof ApiError ? error.message : wordsOf(error));
      setPassword('');
    }
    setBusy(false);
  };
  return (
    <div class="door">
      <Head title="Sign in" lead="Decisions carry the name of whoever makes them." />
      <form class="panel form" onSubmit={submit}>
        {now?.isSetUp === false ? (
          <p class="note">
            <b>Nobody can sign in yet.</b> The sensor printed a link when it was started: open it to make the first
            administrator.
          </p>
        ) : null}
        {now?.user == null ? null : <p class="muted">You are signed in as {now.user}; this makes it somebody else.</p>}
        <Text label="Name" value={name} onInput={setName} required autocomplete="username" />
        <Text
          label="Password"
          type="password"
          value={password}
          onInput={setPassword}
          required
          autocomplete="current-password"
        />
        {trouble === '' ? null : (
          <p class="trouble" role="alert">
            {trouble}
          </p>
        )}
        <div class="row">
          <button type="submit" class="button primary" disabled={busy}>
            Sign in
          </button>
          {now?.signIn.oidc === true ? (
            <a class="button" href={address('session/oidc')}>
              Sign in with the hospital's account
            </a>
          ) : null}
        </div>
      </form>
    </div>
  );
}

export function SetupPage({ query }: PageProps) {
  const secret = query.secret ?? query.token ?? '';
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [trouble, setTrouble] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (password !== again) {
      setTrouble('The two passwords differ.');
      return;
    }
    try {
      await setUp(secret, name, password);
      tell(`${name} is the first administrator, and signed in.`);
      go([]);
    } catch (error) {
      setTrouble(wordsOf(error));
    }
  };
  const done = session.value?.isSetUp === true;
  return (
    <div class="door">
      <Head title="Set up wardwatch" lead="Make the first administrator, who adds the others under Settings." />
      <form class="panel form" onSubmit={submit}>
        {done ? <p class="note">This sensor has been set up already: sign in instead.</p> : null}
        {secret === '' ? (
          <p class="note">
            Open this page by the link that the sensor printed when it was started: it carries a secret.
          </p>
        ) : null}
        <Text label="Your name for signing in" value={name} onInput={setName} required autocomplete="username" />
        <Text
          label="Password"
          type="password"
          value={password}
          onInput={setPassword}
          required
          minLength={PASSWORD_LENGTH_MIN}
          autocomplete="new-password"
          about={`At least ${PASSWORD_LENGTH_MIN} characters; several words are good.`}
        />
        <Text
          label="Password again"
          type="password"
          value={again}
          onInput={setAgain}
          required
          autocomplete="new-password"
        />
        {trouble === '' ? null : (
          <p class="trouble" role="alert">
            {trouble}
          </p>
        )}
        <button type="submit" class="button primary" disabled={secret === '' || done}>
          Make administrator
        </button>
      </form>
    </div>
  );
}
