/** The frame of every page: its heading, its lead sentence, what can be done on it; and the surfaces on it. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface HeadProps {
  title: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  crumbs?: ComponentChildren;
}

export function Head({ title, lead, actions, crumbs }: HeadProps) {
  useEffect(() => {
    document.title = `${title} · wardwatch`;
  }, [title]);
  return (
    <header class="page-head">
      {crumbs === undefined ? null : (
        <nav class="crumbs" aria-label="Where you are">
          {crumbs}
        </nav>
      )}
      <h1 tabIndex={-1}>{title}</h1>
      {actions === undefined ? null : <div class="actions">{actions}</div>}
      {lead === undefined ? null : <p class="lead">{lead}</p>}
    </header>
  );
}

interface PanelProps {
  title: string;
  about?: ComponentChildren;
  aside?: ComponentChildren;
  /** Width on a wide screen. */
  size?: 'half' | 'third' | 'two-thirds' | '';
  flush?: boolean;
  children: ComponentChildren;
}

export function Panel({ title, about, aside, size = '', flush = false, children }: PanelProps) {
  const id = `panel-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  return (
    <section class={`panel ${size} ${flush ? 'flush' : ''}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside === undefined ? null : <span class="aside">{aside}</span>}
        {about === undefined ? null : <p class="panel-about">{about}</p>}
      </header>
      {children}
    </section>
  );
}

/** A large figure with what it counts. */
export function Figure({ value, label }: { value: string; label: string }) {
  return (
    <div class="figure">
      <b>{value}</b>
      <span>{label}</span>
    </div>
  );
}
