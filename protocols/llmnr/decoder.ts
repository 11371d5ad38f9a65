/**
 * Link-local multicast name resolution (RFC 4795): which names are asked for without a server, and who answers.
 *
 *     the message of DNS (src/bytes/domain.ts) on port 5355, sent to 224.0.0.252 or ff02::1:3, answered by one host
 */
import { addressKey } from '../../src/bytes/address.ts';
import {
  DOMAIN_HEADER_BYTES,
  DomainMessage,
  DomainNames,
  isDomainHeader,
  isDomainQuestion,
  TYPE_A,
  TYPE_AAAA,
  typeName,
} from '../../src/bytes/domain.ts';
import type { Limits } from '../../src/limits.ts';
import { NO, type Protocol, YES } from '../../src/protocol.ts';
import { Lookup, type Records, stamp } from '../../src/records.ts';

const PORT = 5355;

export function createLlmnr({ limits }: { readonly limits: Limits }): Protocol<null> {
  const names = new DomainNames(limits.mdnsNamesRemembered, limits.dnsNameJumpsMax);
  const message = new DomainMessage();
  const lookup = new Lookup();
  lookup.protocol = 'llmnr';

  /** The addresses of an answer; how many there were. */
  function tellAddresses(records: Records): number {
    let told = 0;
    for (let i = 0; i < message.answers && told < limits.dnsAddressesMax && message.record(); i++) {
      const bytes = message.type === TYPE_A ? 4 : message.type === TYPE_AAAA ? 16 : 0;
      if (bytes === 0 || message.dataEnd - message.dataAt !== bytes) continue;
      lookup.type = typeName(message.type);
      lookup.address = addressKey(message.view, message.dataAt, bytes);
      records.lookup(lookup);
      told++;
    }
    return told;
  }

  return {
    name: 'llmnr',
    transport: 'udp',
    ports: [PORT],

    recognises({ view, start, end, clientPort, serverPort }) {
      if (clientPort !== PORT && serverPort !== PORT) return NO;
      if (end - start <= DOMAIN_HEADER_BYTES) return NO;
      if (!isDomainHeader(view, start, limits.dnsQuestionsMax, limits.dnsRecordsMax)) return NO;
      return isDomainQuestion(view, start + DOMAIN_HEADER_BYTES, end) ? YES : NO;
    },

    open: () => null,

    decode(_state, segment, records) {
      const { view, start, end, flow, timeUs } = segment;
      const length = end - start;
      // One question and no more (2.1.1).
      if (!message.open(view, start, end) || message.questions !== 1 || !message.question()) {
        records.oddity('llmnr_broken_message', flow, timeUs);
        return length;
      }
      stamp(lookup, segment);
      lookup.fromClient = segment.toServer;
      lookup.kind = message.isResponse ? 'answer' : 'query';
      lookup.responseCode = message.isResponse ? message.responseCode : -1;
      lookup.name = names.read(message, message.nameAt);
      lookup.type = typeName(message.type);
      lookup.address = '';
      lookup.bytes = length;
      if (lookup.name === '') records.oddity('llmnr_broken_message', flow, timeUs);
      else if (!message.isResponse || tellAddresses(records) === 0) records.lookup(lookup);
      if (message.isBroken) records.oddity('llmnr_broken_message', flow, timeUs);
      return length;
    },
  };
}
