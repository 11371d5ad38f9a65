/** What every conversation of `captures/protocols` must pass: each cut, noise, damage, everybody else, and no secrets. */
import type { Test } from 'tap';
import type { Conversation } from '../../captures/protocols/pcap-conversation.ts';
import { createProtocols } from '../../protocols/index.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, type Protocol, YES } from '../../src/protocol.ts';
import { openings, sameForEveryCut, survivesDamage, survivesNoise } from './conversations.ts';
import { bytesOf, heard, segment, type Turn } from './protocol.ts';

const all = createProtocols({ limits, key: new Uint8Array(32) });

/** Words that stand where a name, a secret or content stands. */
const SECRET = /canary/i;

export function checkConversations(t: Test, conversations: Readonly<Record<string, Conversation>>): void {
  for (const [title, conversation] of Object.entries(conversations)) {
    const { name = title, port, isDatagram = false, said } = conversation;
    const protocol = all.find((one) => one.name === name && (one.transport === 'udp') === isDatagram);
    t.test(`${title} over ${isDatagram ? 'UDP' : 'TCP'}`, (t) => {
      t.ok(protocol !== undefined);
      if (protocol === undefined) {
        t.end();
        return;
      }
      const over = { serverPort: port, clientPort: 41_000 };
      const turns = said.map(({ toServer, bytes }): Turn => ({ toServer, bytes: bytesOf(bytes) }));
      begins(t, protocol, turns, over);
      standsAlone(t, protocol, conversation);
      if (isDatagram) datagrams(t, protocol, turns, over);
      else {
        t.notMatch(JSON.stringify(sameForEveryCut(t, protocol, turns, over)), SECRET);
        survivesNoise(t, protocol, turns);
      }
      t.end();
    });
  }
}

/** The first bytes are known, and whoever has seen fewer of them never says no. */
function begins(t: Test, protocol: Protocol<unknown>, turns: readonly Turn[], over: object): void {
  const [first] = turns;
  const bytes = first?.bytes ?? new Uint8Array();
  const { firstBytes } = protocol;
  t.ok(firstBytes === undefined || firstBytes.includes(bytes[0] ?? -1), 'its first byte is one of those it names');
  const answer = protocol.recognises(segment(bytes, { ...over, toServer: first?.toServer ?? true }));
  // A request in two parts may want the second.
  t.ok(answer === YES || (answer === MAYBE && protocol.transport === 'tcp'), 'it is known');
  if (protocol.transport === 'udp') return;
  for (let cut = 0; cut < bytes.length; cut++) {
    const early = protocol.recognises(segment(bytes.subarray(0, cut), { ...over, toServer: first?.toServer ?? true }));
    if (early === NO) t.fail(`no after ${cut} of ${bytes.length} bytes`);
  }
}

/** Nobody else says yes to it, and it says yes to nobody else. */
function standsAlone(t: Test, protocol: Protocol<unknown>, { port, said }: Conversation): void {
  const [first] = said;
  const bytes = bytesOf(first?.bytes ?? []);
  const spoken = { toServer: first?.toServer ?? true, serverPort: port, clientPort: 41_000 };
  const others = all.filter(
    (one) =>
      one.name !== protocol.name &&
      one.transport === protocol.transport &&
      (one.firstBytes === undefined || one.firstBytes.includes(bytes[0] ?? -1)) &&
      one.recognises(segment(bytes, spoken)) === YES,
  );
  t.same(
    others.map((one) => one.name),
    [],
    'nobody else takes it for their own',
  );
  // These open connections; nobody says them in a datagram.
  if (protocol.transport === 'udp') return;
  for (const [name, opening] of Object.entries(openings)) {
    if (name.startsWith(`${protocol.name} `)) continue;
    for (const toServer of [true, false])
      if (protocol.recognises(segment(opening, { toServer, serverPort: port })) === YES) t.fail(`takes ${name}`);
  }
}

function datagrams(t: Test, protocol: Protocol<unknown>, turns: readonly Turn[], over: object): void {
  const { records, list } = heard();
  const state = protocol.open();
  for (const { toServer, bytes = new Uint8Array() } of turns) {
    protocol.decode(state, segment(bytes, { ...over, toServer }), records);
    survivesDamage(t, protocol, bytes);
  }
  t.notMatch(JSON.stringify(list), SECRET);
}
