import t from 'tap';
import { parseAddress } from '../../src/bytes/address.ts';
import { communityId } from '../../src/wire/community-id.ts';

const id = (transport: number, source: string, target: string, sourcePort: number, targetPort: number): string =>
  communityId(transport, parseAddress(source), parseAddress(target), sourcePort, targetPort);

/** Published vectors: transport, source, port, target, port, id. */
const published: readonly [number, string, number, string, number, string][] = [
  [6, '128.232.110.120', 34855, '66.35.250.204', 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [17, '192.168.1.52', 54585, '8.8.8.8', 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [132, '192.168.170.8', 7, '192.168.170.56', 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
  [1, '192.168.0.89', 8, '192.168.0.1', 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  [1, '10.0.0.1', 11, '10.0.0.2', 0, '1:YHxtAirCG//0OzkcVAukqKQN9xM='],
  [46, '10.1.12.1', 0, '10.1.12.2', 0, '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw='],
  [6, '2001:470:e5bf:dead:4957:2174:e82c:4887', 63943, '2607:f8b0:400c:c03::1a', 25, '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4='],
  [58, 'fe80::200:86ff:fe05:80da', 133, 'ff02::2', 0, '1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0='],
];

t.test('the published ids come out', (t) => {
  for (const [transport, source, sourcePort, target, targetPort, expected] of published) {
    t.equal(id(transport, source, target, sourcePort, targetPort), expected);
  }
  t.end();
});

t.test('both directions of a conversation have one id', (t) => {
  for (const [transport, source, sourcePort, target, targetPort, expected] of published) {
    if (transport === 1 || transport === 58) continue;
    t.equal(id(transport, target, source, targetPort, sourcePort), expected);
  }
  t.equal(
    id(6, '10.0.0.1', '10.0.0.1', 5, 9),
    id(6, '10.0.0.1', '10.0.0.1', 9, 5),
    'ports decide between equal addresses',
  );
  t.equal(id(1, '192.168.0.1', '192.168.0.89', 0, 0), published[3]?.[5], 'echo reply and echo request');
  t.equal(id(58, 'fe80::2', 'fe80::1', 129, 0), id(58, 'fe80::1', 'fe80::2', 128, 0));
  t.end();
});

t.test('an ICMP error keeps its direction', (t) => {
  t.not(id(1, '10.0.0.1', '10.0.0.2', 11, 0), id(1, '10.0.0.2', '10.0.0.1', 11, 0));
  t.end();
});

t.test('no id without two addresses of one kind', (t) => {
  t.equal(communityId(6, '', '', 1, 2), '');
  t.equal(id(6, '10.0.0.1', 'fe80::1', 1, 2), '');
  t.end();
});
