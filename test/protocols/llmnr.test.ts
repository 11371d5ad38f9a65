import t from 'tap';
import { createLlmnr } from '../../protocols/llmnr/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { domain, header, lookups, question, record, toFirst } from '../support/names.ts';
import { bytes } from '../support/packet.ts';
import { converse, type Heard, segment } from '../support/protocol.ts';

const llmnr = createLlmnr({ limits });
const told = (datagram: Uint8Array): Heard[] => converse(llmnr, [{ toServer: false, bytes: datagram }]);

const asked = question(domain('PACS-Old'), 1);
const answer = bytes(header(0x8000, 1, 1, 0, 0), asked, record(toFirst, 1, [10, 1, 0, 66]));

t.test('a question and an answer', (t) => {
  t.same(lookups(told(bytes(header(0, 1, 0, 0, 0), asked))), ['query pacs-old A']);
  t.same(lookups(told(answer)), ['answer pacs-old A 10.1.0.66']);
  t.same(lookups(told(bytes(header(0x8000, 1, 0, 0, 0), asked))), ['answer pacs-old A'], 'without address');
  t.end();
});

t.test('everything broken has one name', (t) => {
  const broken = [
    answer.subarray(0, 11),
    bytes(header(0, 2, 0, 0, 0), asked, asked),
    bytes(header(0, 1, 0, 0, 0), question(toFirst, 1)),
    answer.subarray(0, -1),
  ];
  for (const datagram of broken) t.same(odd(told(datagram)), ['llmnr_broken_message']);
  t.end();
});

t.test('is known by its content on its port, and nobody else is', (t) => {
  for (const toServer of [true, false]) {
    t.equal(llmnr.recognises(segment(answer, { toServer, serverPort: 5355, clientPort: 40_000 })), YES);
    t.equal(llmnr.recognises(segment(answer, { toServer, serverPort: 53, clientPort: 40_000 })), NO);
  }
  refusesOthers(t, llmnr);
  survivesDamage(t, llmnr, answer);
  t.end();
});
