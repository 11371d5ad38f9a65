import fc from 'fast-check';
import t from 'tap';
import { GIVE_UP, MAYBE, NO, type Protocol, YES } from '../../src/protocol.ts';
import { listen, Talk, tape, textOf, type WirePacket } from '../support/wire.ts';

/** What a decoder saw of one direction, gaps shown as stars. */
function said(lines: readonly string[], direction: '>' | '<'): string {
  return lines
    .filter((line) => line.startsWith(direction))
    .map((line) => line.slice(1).replace(/\[(\d+) lost\]/, (_, n) => '*'.repeat(Number(n))))
    .join('');
}

function conversation(): { packets: WirePacket[]; request: string; reply: string } {
  const talk = new Talk();
  const packets = [
    ...talk.open(),
    talk.say(true, 'good '),
    talk.say(true, 'morning '),
    talk.say(false, 'hello '),
    talk.say(true, 'ward'),
    talk.say(false, 'there'),
    ...talk.close(),
  ];
  return { packets, request: 'good morning ward', reply: 'hello there' };
}

t.test('delivers both directions in order', (t) => {
  const { packets, request, reply } = conversation();
  const { protocol, lines } = tape();
  listen(packets, [protocol]);
  t.equal(said(lines, '>'), request);
  t.equal(said(lines, '<'), reply);
  t.equal(lines.at(-1), 'end closed');
  t.end();
});

t.test('says the same in whatever order the packets of one moment arrive', (t) => {
  const { packets, request, reply } = conversation();
  for (let i = 3; i < packets.length - 3; i++) {
    for (let j = i + 1; j < packets.length - 2; j++) {
      const swapped = [...packets];
      const [a, b] = [swapped[i] as WirePacket, swapped[j] as WirePacket];
      swapped[i] = { ...b, timeUs: a.timeUs };
      swapped[j] = { ...a, timeUs: b.timeUs };
      const { protocol, lines } = tape();
      listen(swapped, [protocol]);
      t.equal(said(lines, '>'), request, `${i} and ${j} swapped`);
      t.equal(said(lines, '<'), reply, `${i} and ${j} swapped`);
    }
  }
  t.end();
});

t.test('sees the client even when the answer to its SYN is captured first', (t) => {
  const { packets } = conversation();
  const [syn, answer, ...rest] = packets as [WirePacket, WirePacket, ...WirePacket[]];
  const ward = listen(
    [{ ...answer, timeUs: syn.timeUs }, { ...syn, timeUs: answer.timeUs }, ...rest],
    [tape().protocol],
  );
  t.match(ward.of('flowStart'), [{ clientPort: 40_000, serverPort: 7_777, midstream: false }]);
  t.end();
});

t.test('tells of a gap where packets were lost, and goes on behind it', (t) => {
  const { packets, reply } = conversation();
  const { protocol, lines } = tape();
  const ward = listen(
    packets.filter((_, i) => i !== 4),
    [protocol],
  );
  t.equal(said(lines, '>'), 'good ********ward');
  t.equal(said(lines, '<'), reply);
  t.match(ward.of('flowEnd'), [{ gapBytes: 8 }]);
  t.end();
});

t.test('does not wait for ever: a hole is declared after a second of packet time', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, 'one ')];
  talk.say(true, 'lost ');
  packets.push(talk.say(true, 'two '));
  talk.timeUs += 3_000_000;
  packets.push(talk.say(false, 'late'));
  const { protocol, lines } = tape();
  listen(packets, [protocol], { finish: false });
  t.strictSame(lines, ['>one ', '>[5 lost]', '>two ', '<late']);
  t.end();
});

t.test('of two copies that differ the first wins, and the repetition is counted', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, 'abcdef'), talk.again(true, 'ABCDEFgh', 6), ...talk.close()];
  const { protocol, lines } = tape();
  const ward = listen(packets, [protocol]);
  t.equal(said(lines, '>'), 'abcdefgh');
  t.match(ward.of('flowEnd'), [{ retransmits: 1 }]);
  t.end();
});

t.test('a keep-alive is no retransmission', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, 'abc'), talk.again(true, 'x', 1)];
  const ward = listen(packets, [tape().protocol]);
  t.match(ward.of('flowEnd'), [{ retransmits: 0 }]);
  t.end();
});

t.test('a packet that was cut short by the capture leaves a gap of what is missing', (t) => {
  const talk = new Talk();
  const whole = [...talk.open(), talk.say(true, 'abcdefgh'), talk.say(true, 'ij')];
  const packets = whole.map((packet, i) => (i === 3 ? { ...packet, captured: packet.bytes.length - 5 } : packet));
  const { protocol, lines } = tape();
  listen(packets, [protocol]);
  t.equal(said(lines, '>'), 'abc*****ij');
  t.end();
});

t.test('picks up a conversation in the middle', (t) => {
  const { packets } = conversation();
  const { protocol, lines } = tape();
  const ward = listen(packets.slice(4), [protocol]);
  t.equal(said(lines, '>'), 'morning ward');
  t.match(ward.of('flowStart'), [{ clientPort: 40_000, midstream: true }]);
  t.end();
});

t.test('numbers may pass through zero', (t) => {
  const talk = new Talk({ first: 0xffff_fffa });
  const packets = [...talk.open(), talk.say(true, 'abcd'), talk.say(true, 'efgh')];
  const { protocol, lines } = tape();
  listen(packets, [protocol]);
  t.equal(said(lines, '>'), 'abcdefgh');
  t.end();
});

t.test('what a decoder leaves undone comes back with more behind it', (t) => {
  const seen: string[] = [];
  const byFour: Protocol<null> = {
    ...tape().protocol,
    decode(_state, { view, start, end, toServer }) {
      if (!toServer) return end - start;
      seen.push(textOf(view, start, end));
      return Math.floor((end - start) / 4) * 4;
    },
  };
  const talk = new Talk();
  listen([...talk.open(), talk.say(true, 'ab'), talk.say(true, 'cde'), talk.say(true, 'fghi')], [byFour]);
  t.strictSame(seen, ['ab', 'abcde', 'efghi']);
  t.end();
});

t.test('what a decoder does not want is dropped unseen, and lost bytes of it are no gap', (t) => {
  const seen: string[] = [];
  const lost: number[] = [];
  const impatient: Protocol<null> = {
    ...tape().protocol,
    decode(_state, { view, start, end }) {
      seen.push(textOf(view, start, end));
      return seen.length === 1 ? 10 : end - start;
    },
    gap: (_state, _segment, bytes) => lost.push(bytes),
  };
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, '01234')];
  talk.say(true, '567');
  packets.push(talk.say(true, '89abc'));
  listen(packets, [impatient]);
  t.strictSame(seen, ['01234', 'abc']);
  t.strictSame(lost, []);
  t.end();
});

t.test('a flow that was given up is not offered again', (t) => {
  let calls = 0;
  const once: Protocol<null> = {
    ...tape().protocol,
    decode() {
      calls++;
      return GIVE_UP;
    },
  };
  listen(conversation().packets, [once]);
  t.equal(calls, 1);
  t.end();
});

t.test('a decoder that throws is kept away from that flow, counted, and its message not repeated', (t) => {
  const broken: Protocol<null> = {
    ...tape().protocol,
    decode() {
      throw new Error('CANARY of a patient');
    },
  };
  const ward = listen(conversation().packets, [broken]);
  t.strictSame(ward.of('oddity'), [{ name: 'decoder_failed' }]);
  t.equal(ward.shard.tracker.streams.failed, 1);
  t.notMatch(JSON.stringify(ward.shard.tracker.streams.failures), /CANARY/);
  t.end();
});

t.test('asks again while somebody is unsure, and shows the decoder everything from the start', (t) => {
  const { protocol, lines } = tape('greeting', (text) =>
    text.startsWith('good m') ? YES : 'good m'.startsWith(text) ? MAYBE : NO,
  );
  const ward = listen(conversation().packets, [protocol]);
  t.match(ward.of('flowProtocol'), [{ protocol: 'greeting' }]);
  t.equal(said(lines, '>'), 'good morning ward');
  t.end();
});

t.test('bytes that nobody knows are counted and left alone', (t) => {
  const { protocol, lines } = tape('other', () => NO);
  const ward = listen(conversation().packets, [protocol]);
  t.strictSame(lines, []);
  t.match(ward.of('flowEnd'), [{ payloadToServer: 17, payloadToClient: 11 }]);
  t.end();
});

t.test('the holding area is bounded: what does not fit is a gap, never a wait', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, 'start')];
  talk.say(true, 'lost');
  for (let i = 0; i < 20; i++) packets.push(talk.say(true, `${i}.`.padEnd(50, 'x')));
  const { protocol, lines } = tape();
  const ward = listen(packets, [protocol], { limits: { streamHoldSegmentsMax: 4 }, finish: false });
  t.ok(ward.of('oddity').some(({ name }) => name === 'stream_hold_full'));
  t.equal(said(lines, '>').length, 'start'.length + 4 + 20 * 50);
  t.end();
});

t.test('any cutting, doubling and shuffling of a stream: the decoder reads the same text', (t) => {
  const text = Array.from({ length: 120 }, (_, i) => String.fromCharCode(33 + (i % 90))).join('');
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(100), { maxLength: 12 }),
      fc.array(fc.boolean(), { maxLength: 12 }),
      (sizes, moves, doubles) => {
        const talk = new Talk();
        const opening = talk.open();
        const pieces: WirePacket[] = [];
        let sent = '';
        for (const [i, size] of sizes.entries()) {
          const piece = text.slice(sent.length, sent.length + size);
          if (piece === '') break;
          pieces.push(talk.say(true, piece));
          sent += piece;
          if (doubles[i] === true) pieces.push(talk.again(true, piece, piece.length));
        }
        for (const [i, move] of moves.entries()) {
          const from = i % pieces.length;
          const to = move % pieces.length;
          const [a, b] = [pieces[from] as WirePacket, pieces[to] as WirePacket];
          [pieces[from], pieces[to]] = [
            { ...b, timeUs: a.timeUs },
            { ...a, timeUs: b.timeUs },
          ];
        }
        const { protocol, lines } = tape();
        listen([...opening, ...pieces], [protocol]);
        return said(lines, '>') === sent;
      },
    ),
    { numRuns: 300 },
  );
  t.end();
});
