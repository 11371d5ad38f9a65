/** Light, dark, or as the machine says. Kept in this browser only. */
import { signal } from '@preact/signals';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
const KEY = 'wardwatch-theme';

function kept(): Theme {
  const text = localStorage.getItem(KEY);
  return themes.find((theme) => theme === text) ?? 'system';
}

export const theme = signal<Theme>(kept());

export function applyTheme(next: Theme): void {
  theme.value = next;
  localStorage.setItem(KEY, next);
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}
