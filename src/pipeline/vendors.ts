/** Makers by hardware address, from the IEEE registry as packaged by `oui-data`. Loaded when first asked. */
import { createRequire } from 'node:module';

/** Makers of this many addresses are remembered as they are asked for. */
const REMEMBERED_MAX = 65_536;

let makers: Readonly<Record<string, string>> | null = null;
const remembered = new Map<string, string>();

/** First line of the registry's entry for a MAC in text; '' for unknown and locally administered addresses. */
export function vendorOf(mac: string): string {
  const known = remembered.get(mac);
  if (known !== undefined) return known;
  makers ??= createRequire(import.meta.url)('oui-data') as Readonly<Record<string, string>>;
  const digits = mac.replaceAll(':', '').toUpperCase();
  const isLocal = (Number.parseInt(digits.slice(0, 2), 16) & 2) !== 0;
  const vendor = isLocal ? '' : (makers[digits.slice(0, 6)]?.split('\n')[0] ?? '');
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(mac, vendor);
  return vendor;
}
