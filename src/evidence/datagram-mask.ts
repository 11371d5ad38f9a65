/**
 * Datagrams: DNS (RFC 1035, 4.1) keeps its structure and short labels, because whom a device asked for is what an alert is
 * about; long labels, which carry data out, and texts become filler. NTP stays. DHCP (RFC 2131) keeps its structure and
 * loses the names that people give their machines. Everything else is free payload.
 */
import { free, likeText, type Masked, zero } from './filler.ts';

const DNS = 53;
const NTP = 123;
const DHCP_SERVER = 67;
const DHCP_CLIENT = 68;
/** Labels of names that people read are shorter; those that carry data are longer. */
const LABEL_BYTES_KEPT = 20;
const LABELS_MAX = 128;
const ENTRIES_MAX = 256;
const DHCP_OPTIONS = 240;
const DHCP_HOST_NAME = 12;
const DHCP_FULL_NAME = 81;
/** Records whose data are an address, a name or numbers: A, NS, CNAME, SOA, PTR, MX, AAAA, SRV. */
const KEPT_TYPES = new Set([1, 28]);
/** Where in the data of a record a name stands, and how many. */
const NAMES_AT: ReadonlyMap<number, readonly [number, number]> = new Map([
  [2, [0, 1]],
  [5, [0, 1]],
  [6, [0, 2]],
  [12, [0, 1]],
  [15, [2, 1]],
  [33, [6, 1]],
]);

export function maskDatagram(
  bytes: Uint8Array,
  from: number,
  to: number,
  ports: readonly [number, number],
  masked: Masked,
): void {
  if (ports.includes(DNS)) maskDns(bytes, from, to, masked);
  else if (ports.includes(NTP) && to - from === 48) return;
  else if (ports.includes(DHCP_SERVER) || ports.includes(DHCP_CLIENT)) maskDhcp(bytes, from, to, masked);
  else free(bytes, from, to, masked);
}

/** What does not read as DNS to its end is masked from there on. */
export function maskDns(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
  if (to - from < 12) {
    zero(bytes, from, to, 'dns', masked);
    return;
  }
  const word = (at: number): number => bytes[at]! * 256 + bytes[at + 1]!;
  const questions = word(from + 4);
  const entries = Math.min(ENTRIES_MAX, questions + word(from + 6) + word(from + 8) + word(from + 10));
  let at = from + 12;
  for (let entry = 0; entry < entries && at < to; entry++) {
    at = maskName(bytes, at, to, masked);
    if (at < 0) return;
    const fixed = entry < questions ? 4 : 10;
    if (at + fixed > to) break;
    const type = word(at);
    const length = entry < questions ? 0 : word(at + 8);
    at += fixed;
    const end = Math.min(to, at + length);
    if (!KEPT_TYPES.has(type)) maskData(bytes, at, end, type, masked);
    at = end;
  }
  zero(bytes, at, to, 'dns rest', masked);
}

function maskData(bytes: Uint8Array, from: number, end: number, type: number, masked: Masked): void {
  const names = NAMES_AT.get(type);
  if (names !== undefined) {
    const [skip, count] = names;
    let at = from + skip;
    for (let name = 0; name < count && at >= 0; name++) at = maskName(bytes, at, end, masked);
    if (at >= 0 && type !== 6) zero(bytes, at, end, 'dns data', masked);
  } else if (type === 16) {
    for (let at = from; at < end; at += 1 + bytes[at]!) {
      likeText(bytes, at + 1, Math.min(end, at + 1 + bytes[at]!), 'dns text', masked);
    }
  } else zero(bytes, from, end, 'dns data', masked);
}

/** Returns where the name ends; -1 when it does not, with everything behind it masked. */
function maskName(bytes: Uint8Array, from: number, to: number, masked: Masked): number {
  let at = from;
  for (let label = 0; label < LABELS_MAX && at < to; label++) {
    const length = bytes[at]!;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return Math.min(to, at + 2);
    if (length > 63 || at + 1 + length > to) break;
    if (length > LABEL_BYTES_KEPT) likeText(bytes, at + 1, at + 1 + length, 'dns long label', masked);
    at += 1 + length;
  }
  zero(bytes, at, to, 'dns rest', masked);
  return -1;
}

function maskDhcp(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
  if (to - from < DHCP_OPTIONS) {
    zero(bytes, from, to, 'dhcp', masked);
    return;
  }
  for (let at = from + DHCP_OPTIONS; at < to && bytes[at] !== 255; ) {
    const code = bytes[at]!;
    const length = code === 0 || at + 1 >= to ? -1 : bytes[at + 1]!;
    const end = Math.min(to, at + 2 + length);
    if (code === DHCP_HOST_NAME) likeText(bytes, at + 2, end, 'dhcp host name', masked);
    if (code === DHCP_FULL_NAME) likeText(bytes, Math.min(end, at + 5), end, 'dhcp host name', masked);
    at = end;
  }
}
