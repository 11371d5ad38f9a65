/**
 * Every application protocol, one visible line each, in the order in which they are asked: the surest
 * signs first. A flow on a usual port asks that port's protocol before the others.
 */
import type { Limits } from '../src/limits.ts';
import type { Protocol } from '../src/protocol.ts';
import { dhcp } from './dhcp/decoder.ts';
import { dns, dnsOverTcp } from './dns/decoder.ts';
import { ntp } from './ntp/decoder.ts';
import { rdp } from './rdp/decoder.ts';
import { snmp } from './snmp/decoder.ts';
import { createSsh } from './ssh/decoder.ts';
import { telnet } from './telnet/decoder.ts';
import { createTls } from './tls/decoder.ts';
import { vnc } from './vnc/decoder.ts';

export interface ProtocolOptions {
  readonly limits: Limits;
  /** For keyed hashes of what must not become a string; random at a live site, fixed in a replay. */
  readonly key: Uint8Array;
}

export function createProtocols({ limits }: ProtocolOptions): readonly Protocol<unknown>[] {
  return [createTls({ limits }), createSsh({ limits }), rdp, vnc, telnet, dnsOverTcp, dhcp, dns, snmp, ntp];
}
