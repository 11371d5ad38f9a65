/** What stands around every page: navigation, the run that is shown, light and dark, who is signed in. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { NotThere, pages } from './pages/index.tsx';
import { Icon, Logo } from './parts/icons.tsx';
import { PasswordDialog } from './parts/password-dialog.tsx';
import { Toasts } from './parts/toast.tsx';
import { go, narrow, route, to } from './route.ts';
import { useRuns } from './runs.ts';
import { session, signOut } from './session.ts';
import { applyTheme, theme, themes } from './theme.ts';
import { zoneName } from './time.tsx';

export function Shell() {
  const { parts, query } = route.value;
  const [first = ''] = parts;
  const page = pages.find(({ path }) => path === first);
  const main = useRef<HTMLElement>(null);
  const opened = useRef('');
  const here = parts.join('/');
  useEffect(() => {
    // Who listens to the page instead of looking hears its heading after each step.
    if (opened.current !== '' && opened.current !== here) {
      main.current?.querySelector('h1')?.focus();
      scrollTo(0, 0);
    }
    opened.current = here === '' ? '/' : here;
  }, [here]);
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <div class="frame">
        <header class="side">
          <a class="brand" href={to([])}>
            <Logo /> wardwatch
          </a>
          <nav class="nav" aria-label="Pages">
            <ul>
              {pages
                .filter(({ icon }) => icon !== undefined)
                .map(({ path, name, icon }) => (
                  <li key={path}>
                    <a href={to(path === '' ? [] : [path])} aria-current={path === first ? 'page' : undefined}>
                      {icon === undefined ? null : <Icon name={icon} />}
                      {name}
                    </a>
                  </li>
                ))}
            </ul>
          </nav>
          <div class="foot">
            <Who />
            <RunChoice chosen={query.run ?? ''} />
            <ThemeChoice />
            <span class="muted small" title="Rest on a time to see it in UTC">
              Times: {zoneName}
            </span>
          </div>
        </header>
        <main class="main" id="main" ref={main}>
          {page === undefined ? (
            <NotThere />
          ) : (
            <page.View key={`${here}?${query.run ?? ''}`} parts={parts.slice(1)} query={query} />
          )}
        </main>
      </div>
      <Toasts />
    </>
  );
}

function skip(): void {
  document.querySelector<HTMLElement>('main h1')?.focus();
}

function RunChoice({ chosen }: { chosen: string }) {
  const { runs, latest } = useRuns();
  if (runs.length === 0) return null;
  return (
    <label class="field">
      <span>Shown run</span>
      <select
        value={chosen === '' ? latest : chosen}
        onChange={({ currentTarget: { value } }) => {
          const run = value === latest ? '' : value;
          // A device or incident of one run is not there in the other.
          if (route.value.parts.length > 1) go([route.value.parts[0] ?? ''], { run });
          else narrow({ run });
        }}
      >
        {runs.map(({ name, words }) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function ThemeChoice() {
  return (
    <label class="field">
      <span>Appearance</span>
      <select
        value={theme.value}
        onChange={({ currentTarget: { value } }) => applyTheme(themes.find((one) => one === value) ?? 'system')}
      >
        <option value="system">as the system</option>
        <option value="light">light</option>
        <option value="dark">dark</option>
      </select>
    </label>
  );
}

function Who() {
  const now = session.value;
  const [changing, setChanging] = useState(false);
  if (now === null) return null;
  if (now.user === null) {
    return (
      <a class="button" href={to(['sign-in'])}>
        Sign in
      </a>
    );
  }
  return (
    <span class="who">
      <span>
        <b>{now.user}</b> <span class="muted small">{now.role}</span>
      </span>
      <span class="row">
        <button type="button" class="button small" onClick={() => void signOut()}>
          Sign out
        </button>{' '}
        {now.how === 'session' ? (
          <button type="button" class="button plain small" onClick={() => setChanging(true)}>
            Password …
          </button>
        ) : null}
      </span>
      {changing ? <PasswordDialog name="" onClose={() => setChanging(false)} /> : null}
    </span>
  );
}
