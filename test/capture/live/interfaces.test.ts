import { existsSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { describeInterface, interfaceNames, passiveProblems } from '../../../src/capture/live/interfaces.ts';
import { Ring } from '../../../src/capture/live/ring.ts';
import { cableLab, ip, labHere, runInside, sendFrames, TAP } from '../../support/namespace.ts';

t.test('an interface that does not exist has one problem, and no name leads out of the list', (t) => {
  t.equal(describeInterface('no-such-card').exists, false);
  t.equal(describeInterface('../../class/net/lo').exists, false);
  t.equal(describeInterface('').exists, false);
  t.match(passiveProblems('no-such-card'), [/^Interface no-such-card does not exist; there are: /]);
  t.end();
});

const lab = labHere();
if (lab === null) {
  await runInside(t, import.meta.filename, cableLab, 'tcpreplay');
} else {
  t.test('a mirror port is described as it is', (t) => {
    t.match(describeInterface(TAP), {
      exists: true,
      up: true,
      carrier: true,
      addresses: [],
      arp: false,
      ipv6: false,
      txPackets: 0,
      promiscuous: false,
      mtu: 1500,
    });
    t.ok(interfaceNames().includes(TAP));
    const before = describeInterface(TAP).rxPackets;
    sendFrames(lab.client, [new Uint8Array(60)]);
    t.equal(describeInterface(TAP).rxPackets, before + 1);
    t.end();
  });

  t.test('an open ring makes it promiscuous', (t) => {
    const ring = Ring.open({
      interface: TAP,
      fanoutGroup: null,
      blockBytes: 65_536,
      blocks: 2,
      snapBytes: 65_535,
      promiscuous: true,
    });
    t.equal(describeInterface(TAP).promiscuous, true);
    ring.close();
    t.equal(describeInterface(TAP).promiscuous, false);
    t.end();
  });

  t.test('a silent interface has no problem, and everything that could betray it is said with its remedy', (t) => {
    t.strictSame(passiveProblems(TAP), []);
    const say = (...change: string[]): string[] => {
      ip(...change);
      return passiveProblems(TAP);
    };
    t.match(say('address', 'add', '192.0.2.7/24', 'dev', TAP), [
      `${TAP} has the address 192.0.2.7/24, so others can talk to it: sudo ip address flush dev ${TAP}`,
    ]);
    ip('address', 'flush', 'dev', TAP);
    t.match(say('link', 'set', TAP, 'arp', 'on'), [/answers ARP.*ip link set tap0 arp off$/]);
    ip('link', 'set', TAP, 'arp', 'off');
    t.match(say('link', 'set', TAP, 'down'), [/is down.*ip link set tap0 up$/]);
    const ipv6 = `/proc/sys/net/ipv6/conf/${TAP}/disable_ipv6`;
    if (existsSync(ipv6)) {
      // While it is down nothing is sent.
      writeFileSync(ipv6, '0');
      t.match(passiveProblems(TAP), [/is down/, /speaks IPv6.*sysctl -w net\/ipv6\/conf\/tap0\/disable_ipv6=1$/]);
      writeFileSync(ipv6, '1');
    }
    ip('link', 'set', TAP, 'up');
    t.strictSame(passiveProblems(TAP), [], 'each remedy works');
    t.end();
  });

  t.test('a counter of sent packets that moved is a problem', (t) => {
    const before = describeInterface(TAP).txPackets;
    t.strictSame(passiveProblems(TAP, before), []);
    sendFrames(lab.sensor, [new Uint8Array(60)], TAP);
    t.match(passiveProblems(TAP, before), [/^tap0 sent 1 packets while it should only listen/]);
    t.end();
  });
}
