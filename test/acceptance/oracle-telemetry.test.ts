/** tshark is asked the same questions about MQTT and CoAP. Where the answers differ, the difference stands here by name. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { agreement, lacksTshark, recordsOf, tsharkFields } from '../support/tshark.ts';

const shared = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const skip = lacksTshark || (existsSync(shared) ? false : `no ${shared}`);
const AGREED = 0.99;
/** Neither a second copy nor a packet inside an ICMP error is a message. */
const ONCE = '!icmp && !tcp.analysis.retransmission && !_ws.malformed';

const pathsOf = (...names: readonly string[]): string[] =>
  names.map((name) => join(shared, name)).filter((path) => existsSync(path));
/** Of several packets in one segment tshark joins the values by commas. */
const split = (cell: string | undefined): string[] => (cell === undefined || cell === '' ? [] : cell.split(','));

const mqttCaptures = pathsOf(
  ...['mqtt_big', 'mqtt_synthetic'].map((name) => `third-party/background/arkime__${name}.pcap`),
  ...['31-pub-userpass-auto-clientid', '31-unsub-qos2'].map((name) => `third-party/background/sv__mqtt${name}.pcap`),
  ...['311-pub-qos2', '311-pub-userpass', '311-unsub-qos1', '5-pub-qos1'].map(
    (name) => `third-party/background/sv__mqtt${name}.pcap`,
  ),
  'third-party/background/ndpi__mqtt.pcapng',
  'third-party/malformed/sv__mqtt-events-missing-connect.pcap',
  'lab/public/p21_file_print_telemetry.pcap',
  'third-party/background/zeek__Traces-mqtt.pcap',
);
const TYPES = [
  ...['', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK'],
  ...['UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH'],
];

for (const path of skip === false ? mqttCaptures : ['']) {
  t.test(`MQTT in ${basename(path)}`, { skip }, async (t) => {
    const fields = ['frame.number', 'mqtt.msgtype', 'mqtt.conflag.passwd', 'tcp.dstport'];
    // Else tshark waits for ever for what the capture has lost.
    const settings = ['-o', 'tcp.reassemble_out_of_order:FALSE'];
    const rows = await tsharkFields(path, `mqtt && ${ONCE}`, fields, settings);
    const told = (await recordsOf(path, 'message', 'login')).filter(({ record }) => record.protocol === 'mqtt');
    // Behind the type we add how a connection was answered and two kinds of topics.
    const ours = told
      .filter(({ kind }) => kind === 'message')
      .map(({ record }) => `${record.fromClient} ${String(record.kind).split(' ')[0]}`);
    // A message that takes several segments is told where its topic has passed, by tshark where it ends: so without
    // packet numbers.
    const theirs = rows.flatMap(([, types, , port]) =>
      split(types).map((type) => `${port === '1883'} ${TYPES[Number(type)]}`),
    );
    t.ok(theirs.length > 0);
    t.ok(agreement(ours, theirs) >= AGREED, 'packets by type');
    const asked = told.filter(({ kind, record }) => kind === 'login' && record.outcome === 'asked');
    t.ok(
      agreement(
        asked.map(({ record }) => `${record.packet} ${record.isClear}`),
        rows
          .filter(([, types]) => split(types).includes('1'))
          .map(([packet, , password]) => `${packet} ${/1|True/.test(password ?? '')}`),
      ) >= AGREED,
      'passwords in clear',
    );
  });
}

const coapCaptures = pathsOf('datasets/ndpi-pcaps/coap_mqtt.pcap');
const METHODS = ['', 'GET', 'POST', 'PUT', 'DELETE', 'FETCH', 'PATCH', 'iPATCH'];
const kindOf = (code: number): string =>
  code === 0 ? 'empty' : code < 32 ? (METHODS[code] ?? '') : `${Math.floor(code / 32)}.xx`;

for (const path of skip === false ? coapCaptures : ['']) {
  t.test(`CoAP in ${basename(path)}`, { skip }, async (t) => {
    // tshark calls option numbers of a draft malformed; the datagrams fit to their end all the same.
    const rows = await tsharkFields(path, 'coap && udp && !icmp', ['frame.number', 'coap.code']);
    const told = (await recordsOf(path, 'message')).filter(({ record }) => record.protocol === 'coap');
    t.ok(rows.length > 0);
    t.ok(
      agreement(
        told.map(({ record }) => `${record.packet} ${record.kind}`),
        rows.map(([packet, code]) => `${packet} ${kindOf(Number(code))}`),
      ) >= AGREED,
      'messages by method and class',
    );
  });
}
