/** Fields of forms, each with its label. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, words: string])[];
  onChange: (value: string) => void;
}

export function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {options.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TextProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'search' | 'password' | 'date' | 'number';
  placeholder?: string;
  wide?: boolean;
  required?: boolean;
  autocomplete?: string;
  about?: ComponentChildren;
  minLength?: number;
}

export function Text({ label, value, onInput, type = 'text', wide = false, about, ...rest }: TextProps) {
  const id = useId();
  return (
    <div class={`field ${wide ? 'wide' : ''}`}>
      <label for={id}>{label}</label>
      {/* The types know a kind of input each; all of these are one with text in it. */}
      <input
        {...rest}
        id={id}
        type={type as 'text'}
        value={value}
        aria-describedby={about === undefined ? undefined : `${id}-about`}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      {about === undefined ? null : (
        <small class="muted" id={`${id}-about`}>
          {about}
        </small>
      )}
    </div>
  );
}

interface WordsProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  required?: boolean;
  placeholder?: string;
}

/** More than a line. */
export function Words({ label, value, onInput, ...rest }: WordsProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <textarea
        {...rest}
        maxLength={1_000}
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </label>
  );
}

interface RadiosProps {
  label: string;
  name: string;
  value: string;
  options: readonly (readonly [value: string, words: string, about: string])[];
  onChange: (value: string) => void;
}

export function Radios({ label, name, value, options, onChange }: RadiosProps) {
  return (
    <fieldset class="radios">
      <legend>{label}</legend>
      {options.map(([one, words, about]) => (
        <label key={one} class="check">
          <input type="radio" name={name} value={one} checked={value === one} onChange={() => onChange(one)} />
          <span>
            <b>{words}</b> <span class="muted">{about}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
