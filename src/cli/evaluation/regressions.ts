/**
 * Figures on public captures that must not change (detection.md 5.2), for those files that are there. None of them shows
 * medical devices: an address is declared one, or the card needs none.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freshConfiguration } from '../../configuration.ts';
import type { Detector } from '../../detect.ts';
import type { Rhythm } from '../../records.ts';
import { isPacedLikeTyping, isTyped, shortPace, smallPace } from '../../statistics/typing.ts';
import { pass } from './pass.ts';

export interface Regression {
  readonly figure: string;
  readonly file: string;
  readonly wanted: string;
  readonly got: string;
  /** null: the file is not there. */
  readonly isKept: boolean | null;
  /** Card and seconds from the first packet to its first word, where that is a figure. */
  readonly card: string;
  readonly seconds: number | null;
}

interface Asked {
  readonly file: string;
  readonly figure: string;
  readonly wanted: string;
  readonly ask: (path: string) => Promise<{ got: string; isKept: boolean; card?: string; seconds?: number | null }>;
}

const TUNNEL_SECONDS = 60;
const FAKE_WRITE_SECONDS = 289.4;
const tunnels = 'dns-tunnel-graphtunnel';

interface Retargeted {
  readonly devices?: readonly string[];
  readonly class?: string;
  readonly learnSeconds?: number;
  readonly isAllInternal?: boolean;
}

/** Seconds from the first packet to the first word of a card; null when it is silent. */
async function firstWord(path: string, card: string, over: Retargeted = {}): Promise<number | null> {
  const configuration = freshConfiguration();
  configuration.site.devices = (over.devices ?? []).map((match) => ({ match, class: over.class ?? 'infusion-pump' }));
  if (over.isAllInternal === true) configuration.site.internal = ['0.0.0.0/0', '::/0'];
  const first = await pass({ inputs: [path], configuration, learnUntilUs: null });
  const passed =
    over.learnSeconds === undefined
      ? first
      : await pass({ inputs: [path], configuration, learnUntilUs: first.firstUs + over.learnSeconds * 1e6 });
  const starts = passed.findings.filter(({ detector }) => detector === card).map(({ startUs }) => startUs);
  return starts.length === 0 ? null : (Math.min(...starts) - passed.firstUs) / 1e6;
}

const within =
  (card: string, seconds: number, over: Retargeted = {}): Asked['ask'] =>
  async (path) => {
    const said = await firstWord(path, card, over);
    const got = said === null ? 'silent' : `${said.toFixed(1)} s`;
    return { got, isKept: said !== null && said <= seconds, card, seconds: said };
  };

const quiet =
  (card: string, over: Retargeted = {}): Asked['ask'] =>
  async (path) => {
    const said = await firstWord(path, card, over);
    return { got: said === null ? 'silent' : `${said.toFixed(1)} s`, isKept: said === null };
  };

const fakeWrite: Asked['ask'] = async (path) => {
  const said = await firstWord(path, 'RC-09', { devices: ['192.168.1.102'], learnSeconds: 190 });
  const isKept = said !== null && Math.abs(said - FAKE_WRITE_SECONDS) < 0.2;
  return { got: said === null ? 'silent' : `${said.toFixed(1)} s`, isKept, card: 'RC-09', seconds: null };
};

/** Does either direction of any conversation pass two tests, and all three (RC-03)? */
const paced =
  (size: 'small' | 'short', isPaced: boolean, isHuman: boolean | null): Asked['ask'] =>
  async (path) => {
    const pace = size === 'small' ? smallPace : shortPace;
    let [two, three] = [false, false];
    const listen: Detector = {
      ...{
        id: 'rhythms',
        title: 'Rhythms',
        attack: [],
        severity: ['low', 'low', 'low', 'low'],
        weight: 0,
        options: {},
      },
      watch: () => ({
        rhythm: (record: Rhythm) => {
          for (const isToServer of [true, false]) {
            two ||= isPacedLikeTyping(pace(record, isToServer), record.durationUs);
            three ||= isTyped(pace(record, isToServer), record.durationUs);
          }
        },
      }),
    };
    await pass({
      inputs: [path],
      configuration: freshConfiguration(),
      learnUntilUs: null,
      over: () => ({ detectors: [{ detector: listen, options: {} }] }),
    });
    return {
      got: verdictOf(two, isHuman === null ? null : three),
      isKept: two === isPaced && (isHuman ?? three) === three,
    };
  };

function verdictOf(two: boolean, three: boolean | null): string {
  if (!two) return 'not paced';
  return three === null ? 'paced' : three ? 'paced, a person' : 'paced, a machine';
}

const paces: readonly (readonly [file: string, size: 'small' | 'short', isPaced: boolean, isHuman: boolean | null])[] =
  [
    ['telnet.pcap', 'short', true, true],
    ['modbus.pcap', 'small', true, false],
    ['dnp3.pcap', 'small', true, false],
    ['coap_mqtt.pcap', 'short', true, false],
    ['vnc.pcap', 'small', false, false],
    ['opc-ua.pcap', 'small', false, false],
    ['hl7.pcap', 'small', false, false],
    ['s7comm.pcap', 'small', false, false],
    ['anydesk.pcapng', 'small', false, false],
  ];

const asked: readonly Asked[] = [
  {
    file: 'modbus-cset2016/send_a_fake_command_modbus_6RTU_with_operate.pcap',
    figure: 'Modbus: one false write among 11,166 packets (RC-09)',
    wanted: `${FAKE_WRITE_SECONDS} s`,
    ask: fakeWrite,
  },
  ...['dnscat2-cname_00001_20230903170247.pcap', 'iodine-cname.pcap'].map((name) => ({
    file: `${tunnels}/tunnel/${name}`,
    figure: 'DNS tunnel (EX-05)',
    wanted: '< 60 s',
    ask: within('EX-05', TUNNEL_SECONDS),
  })),
  ...['dns-tunnel-iodine.pcap', 'dns_exfiltration.pcap', 'bad-dns-traffic.pcap'].map((name) => ({
    file: `ndpi-pcaps/${name}`,
    figure: 'DNS tunnel (EX-05)',
    wanted: '< 60 s',
    ask: within('EX-05', TUNNEL_SECONDS),
  })),
  ...['normal_00000_20230805150331.pcap', 'normal_00032_20230806103352.pcap'].map((name) => ({
    file: `${tunnels}/normal/${name}`,
    figure: 'usual DNS (EX-05)',
    wanted: 'silent',
    ask: quiet('EX-05'),
  })),
  {
    file: 'ndpi-pcaps/icmp-tunnel.pcap',
    figure: 'ICMP tunnel (EX-07)',
    wanted: '< 60 s',
    ask: within('EX-07', TUNNEL_SECONDS),
  },
  {
    file: 'ndpi-pcaps/synscan.pcap',
    figure: 'SYN scan (BL-07)',
    wanted: 'speaks',
    ask: within('BL-07', Number.POSITIVE_INFINITY),
  },
  ...(
    [
      ['anydesk.pcapng', '192.168.149.129'],
      ['teamviewer.pcap', '10.0.2.15'],
    ] as const
  ).map(([name, device]) => ({
    file: `ndpi-pcaps/${name}`,
    figure: 'remote support relay (RC-02)',
    wanted: '≤ 5 s',
    ask: within('RC-02', 5, { devices: [device], class: 'ultrasound', learnSeconds: 0 }),
  })),
  ...paces.map(([name, size, isPaced, isHuman]) => ({
    file: `ndpi-pcaps/${name}`,
    figure: 'hands and machines (RC-03)',
    wanted: verdictOf(isPaced, isHuman),
    ask: paced(size, isPaced, isHuman),
  })),
];

export const regressionCount = asked.length;

export async function regressions(folder: string, say: (what: string) => void): Promise<Regression[]> {
  const rows: Regression[] = [];
  for (const { file, figure, wanted, ask } of asked) {
    say(file);
    const path = join(folder, file);
    const none = { file, figure, wanted, card: '', seconds: null };
    if (!existsSync(path)) rows.push({ ...none, got: 'the file is not there', isKept: null });
    else rows.push({ ...none, ...(await ask(path)) });
  }
  return rows;
}
