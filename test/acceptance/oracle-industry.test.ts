/**
 * tshark is asked the same questions about building automation and industry: functions and services of Modbus, BACnet,
 * DNP3 and S7. Where the answers differ, the difference stands here by name, with the reason.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { SERVICES, UNCONFIRMED } from '../../protocols/bacnet/services.ts';
import { KINDS as MODBUS } from '../../protocols/modbus/functions.ts';
import { agreement, counted, lacksTshark, recordsOf, tsharkFields } from '../support/tshark.ts';

const shared = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const skip = lacksTshark || (existsSync(shared) ? false : `no ${shared}`);
const AGREED = 0.99;
/** Neither the packet inside an ICMP error nor a second copy is a message. */
const ONCE = '!icmp && !tcp.analysis.retransmission';

const background = (...names: readonly string[]): string[] =>
  names.map((name) => join(shared, 'third-party/background', name)).filter((path) => existsSync(path));
/** Of several messages in one packet tshark joins the values by commas. */
const split = (cell: string | undefined): string[] => (cell === undefined || cell === '' ? [] : cell.split(','));

async function kindsOf(path: string, protocol: string): Promise<string[]> {
  const list = await recordsOf(path, 'message');
  return list.filter(({ record }) => record.protocol === protocol).map(({ record }) => String(record.kind));
}

function compare(t: Test, what: string, ours: readonly string[], theirs: readonly string[]): void {
  const share = agreement(ours, theirs);
  t.ok(share >= AGREED, `${what}: ${(share * 100).toFixed(2)} % of ${theirs.length}`, {
    ours: [...counted(ours)].sort(),
    theirs: [...counted(theirs)].sort(),
  });
}

const modbusCaptures = [
  ...background(
    'iti__ModbusTCP-ModbusTCP.pcap',
    'iti__Modbus-modbus_test.pcap',
    'arkime__modbus.pcap',
    'ndpi__modbus.pcap',
    'ndpi__umas.pcap',
    'sv__modbus-modbus.pcap',
  ),
  ...['lab/public/p16_default_creds_control.pcap', 'lab/public/p21_file_print_telemetry.pcap'].map((name) =>
    join(shared, name),
  ),
];
for (const path of skip === false ? modbusCaptures : ['']) {
  t.test(`Modbus functions in ${basename(path)}`, { skip }, async (t) => {
    const rows = await tsharkFields(path, `modbus && ${ONCE}`, ['modbus.func_code', 'modbus.exception_code']);
    const theirs = rows.flatMap(([codes, exceptions]) => {
      const wrong = split(exceptions);
      // An exception has the function as well: it counts as exception only.
      const kinds = split(codes)
        .slice(wrong.length)
        .map((code) => MODBUS[Number(code)] ?? 'other function');
      return [...kinds, ...wrong.map(() => 'exception')];
    });
    const ours = (await kindsOf(path, 'modbus')).map((kind) => kind.replace(/^exception:.*/, 'exception'));
    compare(t, 'functions and exceptions', ours, theirs);
  });
}

const bacnetCaptures = background(
  'icsnppbacnet__bacnet_example.pcap',
  'iti__BACnet-bacnet_test.pcap',
  'ndpi__bacnet.pcapng',
);
const bacnetTypes = ['', '', 'ack', 'ack', 'segment ack', 'error', 'reject', 'abort'];
for (const path of skip === false ? bacnetCaptures : ['']) {
  t.test(`BACnet services in ${basename(path)}`, { skip }, async (t) => {
    const fields = ['bacapp.type', 'bacapp.confirmed_service', 'bacapp.unconfirmed_service'];
    const theirs = (await tsharkFields(path, `bacapp && ${ONCE}`, fields)).map(([type, confirmed, unconfirmed]) => {
      const name = SERVICES[Number(confirmed)] ?? 'other';
      if (Number(type) === 0) return name;
      if (Number(type) === 1) return UNCONFIRMED[Number(unconfirmed)] ?? 'other';
      const answer = bacnetTypes[Number(type)] ?? 'other';
      return answer === 'ack' ? `${name} ack` : answer;
    });
    // Link and network messages have no service.
    const ours = (await kindsOf(path, 'bacnet')).filter((kind) => !/link|foreign|broadcast|network/.test(kind));
    compare(t, 'services', ours, theirs);
  });
}

/** Function code → kind, as far as these captures hold it. */
const dnp3Kinds: Readonly<Record<number, string>> = {
  0: 'confirm',
  1: 'read',
  2: 'write',
  3: 'select',
  13: 'cold restart',
  14: 'warm restart',
  18: 'stop application',
  20: 'enable unsolicited',
  21: 'disable unsolicited',
  23: 'delay measurement',
  27: 'delete file',
  129: 'response',
  130: 'unsolicited response',
};
const dnp3Captures = background(
  'zeek__dnp3-dnp3.pcap',
  'zeek__dnp3-dnp3_file_del.pcap',
  'sv__dnp3-dnp3-eve.pcap',
  'ndpi__dnp3.pcapng',
);
for (const path of skip === false ? dnp3Captures : ['']) {
  t.test(`DNP3 functions in ${basename(path)}`, { skip }, async (t) => {
    const rows = await tsharkFields(path, `dnp3.al.func && ${ONCE}`, ['dnp3.al.func']);
    const theirs = rows.flatMap(([codes]) => split(codes).map((code) => dnp3Kinds[Number(code)] ?? `function ${code}`));
    compare(t, 'functions', await kindsOf(path, 'dnp3'), theirs);
  });
}

const s7Kinds: Readonly<Record<number, string>> = {
  4: 'read variable',
  5: 'write variable',
  26: 'request download',
  27: 'download block',
  28: 'download ended',
  40: 'PLC control',
  41: 'PLC stop',
  240: 'setup communication',
};
const s7Groups: Readonly<Record<number, string>> = {
  2: 'cyclic data',
  3: 'block functions',
  4: 'CPU functions',
  7: 'time functions',
};
const s7Captures = background(
  'iti__s7-s7comm_program_blocklist_onlineview.pcap',
  'iti__s7-s7comm_reading_plc_status.pcap',
  'iti__s7-s7comm_varservice_libnodavedemo_bench.pcap',
  'iti__s7-wincc_s300_setup-alarm-read.pcap',
  'iti__s7-wincc_s400_production.pcap',
  'ndpi__s7comm.pcap',
);
for (const path of skip === false ? s7Captures : ['']) {
  t.test(`S7 functions in ${basename(path)}`, { skip }, async (t) => {
    // The panels' captures lack packets: tshark waits for them for ever, and takes what follows a hole for a repetition.
    const inOrder = ['-o', 'tcp.reassemble_out_of_order:FALSE'];
    const rows = await tsharkFields(path, 's7comm', ['s7comm.param.func', 's7comm.param.userdata.funcgroup'], inOrder);
    const theirs = rows.flatMap(([codes, groups]) => [
      ...split(codes).map((code) => s7Kinds[Number(code)] ?? `function ${code}`),
      ...split(groups).map((group) => s7Groups[Number(group)] ?? `group ${group}`),
    ]);
    // tshark calls a connect COTP, and the newer variant something else.
    const ours = (await kindsOf(path, 's7comm')).filter((kind) => !/^connect|S7-plus/.test(kind));
    compare(t, 'functions and groups', ours, theirs);
  });
}
