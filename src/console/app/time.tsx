/** Times in the zone of the viewer, with UTC where the pointer rests. */
import { span } from './words.ts';

const long = new Intl.DateTimeFormat(undefined, {
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const short = new Intl.DateTimeFormat(undefined, {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

export type TimeForm = 'long' | 'short' | 'clock';

export function timeText(iso: string, form: TimeForm = 'short'): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return (form === 'long' ? long : form === 'clock' ? clock : short).format(date);
}

/** `2026-11-23 14:32:50 UTC`. */
export function utcText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

export function Time({ at, form = 'short' }: { at: string | null | undefined; form?: TimeForm }) {
  if (at === null || at === undefined || at === '' || at.startsWith('1970-01-01T00:00:00'))
    return <span class="muted">–</span>;
  return (
    <time dateTime={at} title={utcText(at)} class="nowrap">
      {timeText(at, form)}
    </time>
  );
}

/** From the first to the last moment, and how long that is. */
export function Between({ start, end }: { start: string; end: string }) {
  const ms = Date.parse(end) - Date.parse(start);
  return (
    <>
      <Time at={start} form="long" />
      {ms >= 1000 ? <span class="muted"> for {span(ms)}</span> : null}
    </>
  );
}

export const zoneName: string = Intl.DateTimeFormat().resolvedOptions().timeZone;
