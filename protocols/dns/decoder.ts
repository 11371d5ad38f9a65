/**
 * DNS (RFC 1035) over UDP and TCP: who asks for which name, and what it is told.
 *
 *     UDP  one message · TCP  length, 16 bit, then the message (4.2.2), again and again
 *
 * A `lookup` per question; of an answer one per address in it, or one without an address. Messages of the other
 * operations (notify, update …) are counted. The message itself is pictured in src/bytes/domain.ts.
 */
import {
  DOMAIN_HEADER_BYTES,
  DOMAIN_NAME_BYTES_MAX,
  isDomainHeader,
  isDomainQuestion,
} from '../../src/bytes/domain.ts';
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { Messages } from './messages.ts';

const PORT = 53;
const LENGTH_BYTES = 2;
const TYPE_AND_CLASS_BYTES = 4;

export function createDns({ limits }: { readonly limits: Limits }): Protocol<null> {
  const messages = new Messages(limits);
  const { dnsQuestionsMax, dnsRecordsMax } = limits;
  return {
    name: 'dns',
    transport: 'udp',
    ports: [PORT],

    recognises({ view, start, end }) {
      if (end - start <= DOMAIN_HEADER_BYTES || !isDomainHeader(view, start, dnsQuestionsMax, dnsRecordsMax)) return NO;
      return isDomainQuestion(view, start + DOMAIN_HEADER_BYTES, end) ? YES : NO;
    },

    open: () => null,

    decode(_state, segment, records) {
      messages.tell(segment, segment.start, segment.end, records);
      return segment.end - segment.start;
    },
  };
}

/** Directions whose next message has to be found: bytes were lost. */
class DnsFlow {
  lostToServer = false;
  lostToClient = false;
}

export function createDnsOverTcp({ limits }: { readonly limits: Limits }): Protocol<DnsFlow> {
  const messages = new Messages(limits);
  const { dnsQuestionsMax, dnsRecordsMax } = limits;

  function begins(view: DataView, start: number, end: number): number {
    if (end - start < LENGTH_BYTES) return MAYBE;
    const length = view.getUint16(start);
    if (length <= DOMAIN_HEADER_BYTES) return NO;
    const message = start + LENGTH_BYTES;
    if (end - message < DOMAIN_HEADER_BYTES) return MAYBE;
    if (!isDomainHeader(view, message, dnsQuestionsMax, dnsRecordsMax)) return NO;
    // The first name is at most 255 bytes long: no need to wait for the whole of a long answer.
    const enough = Math.min(length, DOMAIN_HEADER_BYTES + DOMAIN_NAME_BYTES_MAX + TYPE_AND_CLASS_BYTES);
    if (end - message < enough) return MAYBE;
    const question = message + DOMAIN_HEADER_BYTES;
    return isDomainQuestion(view, question, message + Math.min(length, end - message)) ? YES : NO;
  }

  /** Where the next believable message may begin. */
  function resume(view: DataView, from: number, end: number): number {
    let at = from;
    while (at < end && begins(view, at, end) === NO) at++;
    return at;
  }

  function decode(flow: DnsFlow, segment: Segment, records: Records): number {
    const { view, start, end, toServer } = segment;
    let at = start;
    if (toServer ? flow.lostToServer : flow.lostToClient) {
      at = resume(view, start, end);
      if (at === end || begins(view, at, end) === MAYBE) return at - start;
      if (toServer) flow.lostToServer = false;
      else flow.lostToClient = false;
    }
    while (end - at >= LENGTH_BYTES) {
      const length = view.getUint16(at);
      if (length < DOMAIN_HEADER_BYTES) {
        records.oddity('dns_short_message', segment.flow, segment.timeUs);
        return GIVE_UP;
      }
      const message = at + LENGTH_BYTES;
      if (end - message < length) break;
      messages.tell(segment, message, message + length, records);
      at = message + length;
    }
    return at - start;
  }

  return {
    name: 'dns',
    transport: 'tcp',
    ports: [PORT],
    recognises: ({ view, start, end }) => begins(view, start, end),
    open: () => new DnsFlow(),
    decode,
    gap(flow, { toServer }) {
      if (toServer) flow.lostToServer = true;
      else flow.lostToClient = true;
    },
  };
}
