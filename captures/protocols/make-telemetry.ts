/** Makes the captures of telemetry of small devices: `node captures/protocols/make-telemetry.ts`. */
import { connack, connect, packet, publish, subscribe5 } from '../../test/support/mqtt.ts';
import { bytesOf } from '../../test/support/protocol.ts';
import { connection, datagrams, pcap, write } from './pcap.ts';

const sensor = { host: 41, port: 40_701 };
const desk = { host: 42, port: 40_702 };

/** A sensor that tells, and somebody who listens to everything and gives it an order. */
function mqtt(): Uint8Array {
  const broker = { host: 3, port: 1883 };
  return pcap([
    ...connection(sensor, broker, [
      { toServer: true, bytes: connect({ id: 'DVES_001B2120061A', user: 'sensor', password: 'admin' }) },
      { toServer: false, bytes: connack(0) },
      { toServer: true, bytes: publish('ward/3/temperature', '21') },
      { toServer: true, bytes: packet(0xe0) },
    ]),
    ...connection(desk, broker, [
      { toServer: true, bytes: connect({ level: 5, id: 'desk' }) },
      { toServer: false, bytes: connack(0, 5) },
      { toServer: true, bytes: publish('ward/3/lamp/set', 'on') },
      { toServer: true, bytes: subscribe5('#') },
    ]),
  ]);
}

function coap(): Uint8Array {
  const server = { host: 43, port: 5683 };
  return pcap(
    datagrams(desk, server, [
      { toServer: true, bytes: bytesOf([0x42, 1, 0, 1, 7, 7, 0xbb], '.well-known', [4], 'core') },
      { toServer: false, bytes: bytesOf([0x62, 0x45, 0, 1, 7, 7, 0xff], '</lamp>') },
      { toServer: true, bytes: bytesOf([0x42, 3, 0, 2, 8, 8, 0xb4], 'lamp', [0xff], 'on') },
      { toServer: false, bytes: bytesOf([0x62, 0x44, 0, 2, 8, 8]) },
    ]),
  );
}

export const captures: Readonly<Record<string, Uint8Array>> = { coap: coap(), mqtt: mqtt() };

if (import.meta.main) write(captures);
