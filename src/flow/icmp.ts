/**
 * What ICMP messages are called (RFC 792, RFC 4443, RFC 4861): counted by kind, for the pair of hosts is their flow.
 * Echoes show who is looked for, redirects and router advertisements who wants to be passed through.
 */
import { ICMP } from '../wire/frame.ts';

const KINDS: ReadonlyMap<number, string> = new Map([
  [0, 'echo reply'],
  [3, 'destination unreachable'],
  [4, 'source quench'],
  [5, 'redirect'],
  [8, 'echo request'],
  [9, 'router advertisement'],
  [10, 'router solicitation'],
  [11, 'time exceeded'],
  [12, 'parameter problem'],
  [13, 'timestamp request'],
  [14, 'timestamp reply'],
  [17, 'address mask request'],
  [18, 'address mask reply'],
]);

const KINDS_6: ReadonlyMap<number, string> = new Map([
  [1, 'destination unreachable'],
  [2, 'packet too big'],
  [3, 'time exceeded'],
  [4, 'parameter problem'],
  [128, 'echo request'],
  [129, 'echo reply'],
  [130, 'listener query'],
  [131, 'listener report'],
  [132, 'listener done'],
  [133, 'router solicitation'],
  [134, 'router advertisement'],
  [135, 'neighbour solicitation'],
  [136, 'neighbour advertisement'],
  [137, 'redirect'],
  [143, 'listener report'],
]);

/** `other` for a type that none of these documents names. */
export function icmpKind(transport: number, type: number): string {
  return (transport === ICMP ? KINDS : KINDS_6).get(type) ?? 'other';
}
