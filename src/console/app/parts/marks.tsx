/** Small marks: severity, tier, state. Each is a shape and a word; the colour only repeats them. */
import type { Severity } from '../shapes.ts';
import { className, stateWord, tierWord } from '../words.ts';

const shapes: Readonly<Record<Severity, string>> = {
  critical: 'M6 0 12 6 6 12 0 6Z',
  high: 'M6 1 12 11.500H0Z',
  medium: 'M1 1h10v10H1Z',
  low: 'M6 1.500a4.500 4.500 0 1 0 .01 0Z',
};

export function SeverityBadge({ severity }: { severity: Severity }) {
  return (
    <span class={`badge ${severity}`}>
      <svg width="10" height="10" viewBox="0 0 12 12" aria-hidden="true">
        <path d={shapes[severity]} fill="currentColor" />
      </svg>
      {severity}
    </span>
  );
}

export function TierBadge({ tier }: { tier: number }) {
  return (
    <span class="badge" title={`Care tier ${tier} of 4: 1 is nearest to the patient`}>
      {tier} · {tierWord(tier)}
    </span>
  );
}

export function ClassText({ device }: { device: { class: string; external: boolean } }) {
  if (device.external) return <span class="muted">outside the hospital</span>;
  return <span class={device.class === '' ? 'muted' : ''}>{className(device.class)}</span>;
}

/** Where a finding or incident stands with the people. */
export function StandingBadge({ state, disposition = '' }: { state: string; disposition?: string | undefined }) {
  if (state === 'closed') return <span class="badge good">✓ closed{disposition === '' ? '' : `: ${disposition}`}</span>;
  if (state === 'acknowledged') return <span class="badge low">being looked into</span>;
  return <span class="badge">{state}</span>;
}

/** The states of the layers in one line: how far it is learnt. */
export function LearningText({ state }: { state: Readonly<Record<string, string>> }) {
  const names = Object.values(state);
  if (names.length === 0) return <span class="muted">not learnt</span>;
  const [first = ''] = names;
  if (names.every((name) => name === first)) return <>{stateWord(first)}</>;
  const watched = names.filter((name) => name === 'watch').length;
  return (
    <>
      {watched} of {names.length} watched
    </>
  );
}

export function Risk({ risk }: { risk: number }) {
  return (
    <span class="nowrap" title="Risk from 0 to 100, from how sure each detector is">
      risk <b>{Math.round(risk)}</b>
    </span>
  );
}
