import t from 'tap';
import { ethernet, icmp, ipv4, ipv6 } from '../support/packet.ts';
import { datagram, feed, listen, START_US, Talk, tape } from '../support/wire.ts';

const SECOND = 1_000_000;

t.test('one conversation is one flow, with its sums and how it ended', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, 'abc'), talk.say(false, 'defgh'), ...talk.close()];
  const ward = listen(packets, [tape().protocol]);
  t.equal(ward.shard.counters().flows, 1);
  t.match(ward.of('flowEnd'), [
    { how: 'closed', packetsToServer: 4, packetsToClient: 3, payloadToServer: 3, payloadToClient: 5, rttUs: 1_000 },
  ]);
  t.end();
});

t.test('is established when both ends were heard and one said something, not by a SYN alone', (t) => {
  const talk = new Talk();
  t.equal(listen(talk.open(), []).of('flowEstablished').length, 0);
  const other = new Talk();
  t.equal(listen([...other.open(), other.say(true, 'x')], []).of('flowEstablished').length, 1);
  t.end();
});

t.test('ports that are used again are a new conversation', (t) => {
  const first = new Talk();
  const packets = [...first.open(), first.say(true, 'a'), ...first.close()];
  const second = new Talk({ first: 900_000, timeUs: first.timeUs });
  packets.push(...second.open(), second.say(true, 'b'), second.reset());
  const ward = listen(packets, [tape().protocol]);
  t.equal(ward.shard.counters().flows, 2);
  t.strictSame(
    ward.of('flowEnd').map(({ how }) => how),
    ['closed', 'reset'],
  );
  t.end();
});

t.test('an answer that overtakes its SYN belongs to the same conversation', (t) => {
  for (const flags of [0x14, 0x12]) {
    const talk = new Talk();
    const syn = talk.packet(true, '', { flags: 0x02 });
    const answer = talk.packet(false, '', { flags });
    const ward = listen([answer, syn], [tape().protocol]);
    t.equal(ward.shard.counters().flows, 1);
    t.match(ward.of('flowStart'), [{ serverPort: 7_777 }]);
  }
  t.end();
});

t.test('a SYN that is sent again is the same conversation', (t) => {
  const talk = new Talk();
  const [syn, ...rest] = talk.open();
  const again = { ...(syn as { bytes: Uint8Array }), timeUs: START_US + 3 * SECOND };
  const later = rest.map((packet) => ({ ...packet, timeUs: packet.timeUs + 3 * SECOND }));
  const ward = listen([syn as never, again, ...later], []);
  t.equal(ward.shard.counters().flows, 1);
  t.end();
});

t.test('ends a silent conversation of datagrams after its time, and starts another', (t) => {
  const say = (atSeconds: number) =>
    datagram(START_US + atSeconds * SECOND, '10.1.0.1', '10.1.0.2', 5_000, 161, `q${atSeconds}`);
  const ward = listen([say(0), say(10), say(400)], []);
  t.strictSame(
    ward.of('flowEnd').map(({ how }) => how),
    ['timeout', 'open'],
  );
  t.end();
});

t.test('says that a conversation is still open after 10 minutes, 30 minutes and an hour', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, 'hello')];
  for (let minute = 1; minute <= 61; minute++) {
    talk.timeUs = START_US + minute * 60 * SECOND;
    packets.push(talk.say(true, 'still here'));
  }
  const ward = listen(packets, [tape().protocol]);
  t.strictSame(
    ward.of('flowOpen').map(({ stepSeconds }) => stepSeconds),
    [600, 1800, 3600],
  );
  t.end();
});

t.test('a full partition gives up an old flow, counts it, and goes on', (t) => {
  const packets = Array.from({ length: 100 }, (_, i) =>
    datagram(START_US + i * 1000, '10.1.0.1', '10.1.0.2', 1_000 + i, 9_999, `n${i}`),
  );
  const ward = listen(packets, [], { limits: { flowsMax: 64 * 8 } });
  t.equal(ward.shard.counters().flowsEvicted, 92);
  t.equal(ward.of('flowEnd').filter(({ how }) => how === 'evicted').length, 92);
  t.equal(ward.of('flowEnd').length, 100);
  t.end();
});

t.test('echo and its answer are one flow, and no transport conversation', (t) => {
  const ping = (source: string, target: string, type: number, timeUs: number) => ({
    timeUs,
    bytes: ethernet(ipv4(icmp('abcdefgh', { type }), { source, target, protocol: 1, identification: timeUs & 0xffff })),
  });
  const ward = listen([ping('10.1.0.1', '10.1.0.2', 8, START_US), ping('10.1.0.2', '10.1.0.1', 0, START_US + 500)], []);
  t.equal(ward.of('flowStart').length, 1);
  t.equal(ward.shard.counters().flows, 0);
  t.match(ward.of('message'), [
    { protocol: 'icmp', kind: 'echo request', fromClient: true },
    { protocol: 'icmp', kind: 'echo reply', fromClient: false },
  ]);
  t.end();
});

t.test('ICMP messages are counted by their names, in IPv6 by others', (t) => {
  const kinds = (type: number, six: boolean): unknown[] => {
    const message = icmp('abcdefgh', { type });
    const bytes = ethernet(six ? ipv6(message, { next: 58 }) : ipv4(message, { protocol: 1 }));
    return listen([{ timeUs: START_US, bytes }], [])
      .of('message')
      .map(({ protocol, kind }) => `${protocol} ${kind}`);
  };
  t.same(kinds(5, false), ['icmp redirect']);
  t.same(kinds(99, false), ['icmp other']);
  t.same(kinds(137, true), ['icmpv6 redirect']);
  t.same(kinds(5, true), ['icmpv6 other']);
  t.end();
});

t.test('drops the second copy of a mirrored packet, routed or not, and counts it', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, 'abc'), talk.say(false, 'def'), ...talk.close()];
  const copies = packets.flatMap((packet) => {
    const routed = packet.bytes.slice();
    routed.set([2, 0, 0, 0, 0, 0x77], 6);
    routed[14 + 8] = (routed[14 + 8] as number) - 1;
    return [packet, { timeUs: packet.timeUs + 15, bytes: packet.bytes }, { timeUs: packet.timeUs + 30, bytes: routed }];
  });
  const { protocol, lines } = tape();
  const ward = listen(copies, [protocol]);
  t.equal(ward.shard.counters().duplicates, 2 * packets.length);
  t.strictSame(lines, ['>abc', '<def', 'end closed']);
  t.match(ward.of('flowEnd'), [{ retransmits: 0, packetsToServer: 4 }]);
  t.end();
});

t.test('knows every copy of a burst that comes behind the whole burst', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), ...Array.from({ length: 80 }, () => talk.say(true, 'abc'))];
  const burst = packets.map(({ bytes }, i) => ({ bytes, timeUs: START_US + i }));
  const copies = burst.map(({ bytes, timeUs }) => ({ bytes, timeUs: timeUs + 100 }));
  const rounds = Array.from({ length: 40 }, (_, round) =>
    [...burst, ...copies].map(({ bytes, timeUs }) => ({ bytes, timeUs: timeUs + round * 1_000_000 })),
  );
  const ward = listen(rounds.flat(), [tape().protocol]);
  t.equal(ward.shard.counters().duplicates, 40 * packets.length);
  t.end();
});

t.test('knows the copy of a datagram whatever came between the two', (t) => {
  const talk = new Talk();
  const one = datagram(START_US, '10.1.0.1', '10.1.0.2', 5000, 514, 'abcdefghij');
  const ward = listen(
    [...talk.open(), one, talk.say(false, 'abc'), { ...one, timeUs: START_US + 4_000 }],
    [tape().protocol],
  );
  t.equal(ward.shard.counters().duplicates, 1);
  t.end();
});

t.test('a retransmission later than the window is no copy', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, 'abc')];
  const last = packets.at(-1) as { bytes: Uint8Array; timeUs: number };
  const ward = listen([...packets, { bytes: last.bytes, timeUs: last.timeUs + 200_000 }], [tape().protocol]);
  t.equal(ward.shard.counters().duplicates, 0);
  t.match(ward.of('flowEnd'), [{ retransmits: 1 }]);
  t.end();
});

t.test('reports what a flow carried, interval by interval, and nothing twice', (t) => {
  const talk = new Talk();
  const packets = [...talk.open(), talk.say(true, 'abc')];
  talk.timeUs += 70 * SECOND;
  packets.push(talk.say(true, 'defgh'));
  talk.timeUs += 70 * SECOND;
  packets.push(talk.say(false, 'x'));
  const ward = listen(packets, [tape().protocol]);
  const updates = [...ward.of('flowUpdate'), ...ward.of('flowEnd')];
  t.strictSame(
    updates.map(({ payloadToServer }) => payloadToServer),
    [3, 5, 0],
  );
  t.equal(
    updates.reduce((sum, { payloadToClient }) => sum + Number(payloadToClient), 0),
    1,
  );
  t.end();
});

t.test('the clock ticks every second of packet time and takes a leap in one step', (t) => {
  const say = (atSeconds: number) =>
    datagram(START_US + atSeconds * SECOND, '10.1.0.1', '10.1.0.2', 5_000, 161, `q${atSeconds}`);
  const ward = listen([say(0), say(3), say(4_000_000), say(4_000_001)], []);
  t.equal(ward.ticks.length, 3 + 1 + 1);
  t.end();
});

t.test('a packet from long ago sets the clock back and is said', (t) => {
  const say = (atSeconds: number) =>
    datagram(START_US + atSeconds * SECOND, '10.1.0.1', '10.1.0.2', 5_000, 161, `q${atSeconds}`);
  const ward = listen([say(1_000_000), say(0), say(1)], []);
  t.strictSame(ward.of('oddity'), [{ name: 'clock_backwards' }]);
  t.end();
});

t.test('two workers share the flows and see the same clock', (t) => {
  const packets = Array.from({ length: 200 }, (_, i) =>
    datagram(START_US + i * 50_000, `10.1.${i % 20}.1`, '10.1.0.2', 5_000 + i, 161, `n${i}`),
  );
  const whole = listen(packets, []);
  const parts = [0, 1].map((worker) => listen(packets, [], { worker, workers: 2 }));
  t.equal(parts[0]?.shard.counters().packets, 200);
  t.equal(
    parts.reduce((sum, { shard }) => sum + shard.counters().flows, 0),
    whole.shard.counters().flows,
  );
  t.strictSame(parts[0]?.ticks, whole.ticks);
  t.ok(parts.every(({ shard }) => shard.counters().flows > 20));
  t.end();
});

t.test('memory does not grow with the number of packets of a flow', (t) => {
  const talk = new Talk();
  const ward = listen([...talk.open(), talk.say(true, 'a')], [tape().protocol], { finish: false });
  for (let i = 0; i < 200; i++) feed(ward.shard, [talk.say(true, 'more')]);
  t.equal(ward.shard.counters().flowsOpen, 1);
  t.end();
});
