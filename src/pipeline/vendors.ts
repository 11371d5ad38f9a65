/** Makers by hardware address, from the IEEE registry as packaged by `oui-data`. Loaded when first asked. */
import { createRequire } from 'node:module';

let makers: Readonly<Record<string, string>> | null = null;

/** First line of the registry's entry for a MAC in text; '' for unknown and locally administered addresses. */
export function vendorOf(mac: string): string {
  makers ??= createRequire(import.meta.url)('oui-data') as Readonly<Record<string, string>>;
  const digits = mac.replaceAll(':', '').toUpperCase();
  if ((Number.parseInt(digits.slice(0, 2), 16) & 2) !== 0) return '';
  return makers[digits.slice(0, 6)]?.split('\n')[0] ?? '';
}
