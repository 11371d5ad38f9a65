/**
 * tshark is asked the same questions about protected connections and mail: hellos and certificates of TLS, DTLS and
 * QUIC, key exchanges of SSH, commands of SMTP, IMAP and POP3. It is asked once per capture. Where the answers differ,
 * the difference stands here with its reason:
 *
 * - neither the packet inside an ICMP error nor a second copy is a message of its own (`ONCE`);
 * - tshark knows SSH, SMTP, IMAP and POP3 by port, and of an SMTP command four letters: they are compared by four letters;
 * - tshark takes the lines of a POP3 login for commands: only words of letters and digits are compared;
 * - tshark does not read the TLS inside RDP: captures with it are not compared;
 * - a message of DTLS that comes in fragments, or again, is one to us and many to tshark: different ones are compared;
 * - a client without a certificate sends an empty list: tshark counts it as a certificate, we do not (none in here);
 * - a server name that is an address, or has a port behind it, is none to us;
 * - of QUIC versions that have no meaning tshark opens packets that no server would, and it opens all of a session whose
 *   secrets stand in the capture: those captures are not compared;
 * - tshark does not know the TLS that RDP begins behind its negotiation: hellos in RDP are not compared;
 * - DTLS that is sent again is told once: hellos are compared as a set; fragments of a certificate, which tshark counts
 *   one by one, are not compared;
 * - of a client without certificate tshark counts the empty list;
 * - JA4 is not known to this tshark: it is compared with published values in the tests of its own.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import type { Heard } from '../support/protocol.ts';
import { agreement, counted, lacksTshark, recordsOf, tsharkFields } from '../support/tshark.ts';

const shared = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const skip = lacksTshark || (existsSync(shared) ? false : `no ${shared}`);
const AGREED = 0.99;
const ONCE = '!icmp && !icmpv6 && !tcp.analysis.retransmission && !_ws.malformed';

const FILTER = `(tls.handshake || dtls.handshake || ssh || smtp.req || imap.request || pop.request) && ${ONCE}`;
const FIELDS = [
  'frame.protocols',
  'tls.handshake.type',
  'tls.handshake.ja3',
  'tls.handshake.extensions_server_name',
  'tls.handshake.extensions_alpn_str',
  'tls.handshake.ciphersuite',
  'dtls.handshake.type',
  'dtls.handshake.ja3',
  'dtls.handshake.version',
  'dtls.handshake.extensions.supported_version',
  'ssh.protocol',
  'ssh.kex.hassh',
  'ssh.kex.hasshserver',
  'smtp.req.command',
  'imap.request.command',
  'pop.request.command',
] as const;

type Row = Readonly<Record<(typeof FIELDS)[number], string>>;
/** Of several messages in one packet tshark joins the values by commas. */
const split = (cell: string): string[] => (cell === '' ? [] : cell.split(','));

class Answers {
  readonly rows: readonly Row[];
  readonly heard: readonly Heard[];

  constructor(rows: readonly Row[], heard: readonly Heard[]) {
    this.rows = rows;
    this.heard = heard;
  }

  told(kind: string, ...protocols: readonly string[]): Record<string, unknown>[] {
    const all = this.heard.filter((one) => one.kind === kind).map(({ record }) => record);
    return protocols.length === 0 ? all : all.filter((record) => protocols.includes(String(record.protocol)));
  }

  hellos(fromClient: boolean): Record<string, unknown>[] {
    const elsewhere = this.flows('flowProtocol', 'rdp');
    return this.told('handshake', 'tls', 'quic').filter(
      (one) => one.fromClient === fromClient && one.ja3 !== undefined && !elsewhere.has(one.flow),
    );
  }

  flows(kind: string, protocol: string): Set<unknown> {
    return new Set(this.told(kind, protocol).map(({ flow }) => flow));
  }

  certificates(): Record<string, unknown>[] {
    const [dtls, rdp] = [this.flows('handshake', 'dtls'), this.flows('flowProtocol', 'rdp')];
    return this.told('certificate').filter(({ flow }) => !dtls.has(flow) && !rdp.has(flow));
  }

  cells(field: (typeof FIELDS)[number]): string[] {
    return this.rows.flatMap((row) => split(row[field]));
  }
}

const isHostName = (name: string): boolean => /[a-z]/.test(name) && /^[a-z0-9_.-]+$/.test(name);
const filled = (values: readonly unknown[]): string[] => values.map(String).filter((value) => value !== '');

const versionsOfDtls = new Map([
  ['0x0100', 'DTLS 1.0'],
  ['0xfeff', 'DTLS 1.0'],
  ['0xfefd', 'DTLS 1.2'],
  ['0xfefc', 'DTLS 1.3'],
]);
const versionOfHello = (row: Row): string => split(row['dtls.handshake.version'])[0] ?? '';

/** Commands by their first four letters. */
function commands(answers: Answers, protocol: string, field: (typeof FIELDS)[number]): [string[], string[]] {
  const short = (word: string): string => word.toUpperCase().slice(0, 4);
  return [
    answers.told('message', protocol).map(({ kind }) => short(String(kind))),
    answers
      .cells(field)
      .filter((word) => /^[a-z0-9]{2,13}$/i.test(word))
      .map(short),
  ];
}

const comparisons: Readonly<Record<string, (answers: Answers) => readonly [readonly string[], readonly string[]]>> = {
  JA3: (answers) => [filled(answers.hellos(true).map(({ ja3 }) => ja3)), answers.cells('tls.handshake.ja3')],
  'server names': (answers) => [
    filled(answers.hellos(true).map(({ serverName }) => serverName)),
    answers
      .cells('tls.handshake.extensions_server_name')
      .map((name) => name.toLowerCase())
      .filter(isHostName),
  ],
  'protocols (ALPN)': (answers) => [
    answers.told('handshake', 'tls', 'quic').flatMap(({ alpn }) => filled(String(alpn).split(' '))),
    answers.cells('tls.handshake.extensions_alpn_str'),
  ],
  'chosen cipher suites': (answers) => [
    answers.hellos(false).map(({ cipher }) => String(cipher)),
    answers.rows
      .filter(
        (row) => split(row['tls.handshake.type']).includes('2') && !split(row['tls.handshake.type']).includes('1'),
      )
      .flatMap((row) => split(row['tls.handshake.ciphersuite']).map((text) => String(Number(text)))),
  ],
  certificates: (answers) => [
    answers.certificates().map(() => 'certificate'),
    answers
      .cells('tls.handshake.type')
      .filter((type) => type === '11')
      .map(() => 'certificate'),
  ],
  'SSH versions': (answers) => [
    answers
      .told('identity')
      .filter(({ attribute }) => attribute === 'ssh-software')
      .map(({ value }) => String(value)),
    answers.cells('ssh.protocol').map((line) => line.replace(/^SSH-[\d.]+-/, '').trim()),
  ],
  'JA3 of DTLS': (answers) => [
    [...new Set(filled(answers.told('handshake', 'dtls').map(({ ja3 }) => ja3)))],
    [...new Set(answers.cells('dtls.handshake.ja3'))],
  ],
  'chosen versions of DTLS': (answers) => [
    [...new Set(answers.told('handshake', 'dtls').flatMap((one) => (one.cipher === -1 ? [] : [String(one.version)])))],
    [
      ...new Set(
        answers.rows
          .filter((row) => split(row['dtls.handshake.type']).includes('2'))
          .map((row) => versionsOfDtls.get(row['dtls.handshake.extensions.supported_version'] || versionOfHello(row))),
      ),
    ].map(String),
  ],
  HASSH: (answers) => [
    filled(answers.told('handshake', 'ssh').map(({ hassh }) => hassh)),
    [...answers.cells('ssh.kex.hassh'), ...answers.cells('ssh.kex.hasshserver')],
  ],
  'SMTP commands': (answers) => commands(answers, 'smtp', 'smtp.req.command'),
  'IMAP commands': (answers) => commands(answers, 'imap', 'imap.request.command'),
  'POP3 commands': (answers) => commands(answers, 'pop3', 'pop.request.command'),
};

const TLS = ['JA3', 'chosen cipher suites'] as const;
const NAMED = [...TLS, 'server names'] as const;
const CERTIFIED = [...TLS, 'certificates'] as const;
const SSH = ['SSH versions', 'HASSH'] as const;
const DTLS = ['JA3 of DTLS', 'chosen versions of DTLS'] as const;

/** Captures, and what must be found in each so that the comparison says something. */
const captures: readonly [path: string, ...found: string[]][] = [
  ['lab/public/p04_dicom_tls.pcap', ...TLS],
  ['lab/public/p07_hl7_tls.pcap', ...TLS],
  ['lab/public/p22_tls_versions.pcap', ...CERTIFIED],
  ['third-party/background/zeek__tls-hrr.pcap', ...TLS],
  ['third-party/background/zeek__tls-chrome-34-google.pcap', ...NAMED, 'certificates', 'protocols (ALPN)'],
  ['third-party/background/ndpi__tls_client_certificate_with_missing_server_one.pcapng', ...CERTIFIED],
  ['third-party/background/zeek__tls-ml-dsa-44-cert.pcap', ...CERTIFIED],
  ['third-party/malformed/ndpi__tls_certificate_too_long.pcap', ...CERTIFIED],
  ['third-party/malformed/arkime__tls-split-client-hello.pcap', ...TLS],
  ['third-party/remote/nfstream__anydesk-2.pcapng', ...CERTIFIED],
  ['third-party/background/zeek__quic-quic_win11_firefox_google.pcap', ...NAMED, 'protocols (ALPN)'],
  ['third-party/background/zeek__quic-quicv2-http3-443.pcap', ...TLS],
  ['third-party/background/sv__quic-retry.pcap', ...TLS],
  ['third-party/malformed/ndpi__quic_frags_ch_out_of_order_same_packet_craziness.pcapng', 'JA3', 'server names'],
  ['third-party/background/arkime__wireshark-dtls12.pcap', 'JA3 of DTLS'],
  ['third-party/background/ndpi__dtls.pcapng', 'JA3 of DTLS'],
  ['third-party/background/zeek__quic-quic-multiple-initial-fragmented-crypto.pcap', ...NAMED.slice(0, 1)],
  ['third-party/background/sv__quic-frag-unordered.pcap', ...NAMED],
  ['third-party/background/sv__quic-frag-middle-gap.pcap', ...NAMED],
  ['third-party/background/ndpi__quic-28.pcap', ...NAMED],
  ['third-party/attack/zeek__quic-merlinc2_Zeek_example.pcapng', ...TLS],
  ['third-party/background/zeek__tls-dtls1_0.pcap', ...DTLS],
  ['third-party/background/zeek__tls-dtls1_2.pcap', ...DTLS],
  ['third-party/background/zeek__tls-dtls-sequence-number-jumps.pcap', ...DTLS],
  ['third-party/background/ndpi__dtls_session_id_and_coockie_both.pcap', ...DTLS],
  ['third-party/background/ndpi__dtls_old_version.pcapng', ...DTLS],
  ['third-party/background/arkime__wireshark-dtls12.pcap', ...DTLS],
  ['third-party/background/zeek__tls-webrtc-stun.pcap', ...DTLS],
  ['third-party/remote/zeek__ssh-sshguess.pcap', ...SSH],
  ['third-party/remote/zeek__ssh-ssh_version_199.pcap', ...SSH],
  ['third-party/remote/zeek__ssh-reverse-ssh.pcap', 'HASSH'],
  ['third-party/remote/sv__ssh-hassh.pcap', ...SSH],
  ['third-party/remote/zeek__ssh-ssh_kex_curve25519.pcap', ...SSH],
  ['third-party/exfil/ndpi__smtp.pcap', 'SMTP commands'],
  ['third-party/background/zeek__smtp-smtp-many-addresses.pcap', 'SMTP commands'],
  ['third-party/background/zeek__tls-smtp-starttls.pcap', 'SMTP commands', ...CERTIFIED],
  ['third-party/background/zeek__pop3-pop3.pcap', 'POP3 commands'],
  ['third-party/background/ndpi__pop3_stls.pcap', 'POP3 commands', ...CERTIFIED],
];

const KINDS = ['handshake', 'certificate', 'identity', 'message', 'flowProtocol'];

for (const [path, ...found] of captures) {
  const full = join(shared, path);
  t.test(
    `${basename(path)}: tshark and we agree`,
    { skip: skip || (existsSync(full) ? false : `no ${path}`) },
    async (t) => {
      const rows = await tsharkFields(full, FILTER, FIELDS);
      const named = rows.map((row) => Object.fromEntries(FIELDS.map((field, i) => [field, row[i] ?? ''])) as Row);
      const answers = new Answers(named, await recordsOf(full, ...KINDS));
      for (const [what, compare] of Object.entries(comparisons)) {
        const [ours, theirs] = compare(answers);
        if (found.includes(what)) t.ok(theirs.length > 0, `there is ${what}`);
        const share = agreement(ours, theirs);
        t.ok(share >= AGREED, `${what}: ${(share * 100).toFixed(2)} % of ${theirs.length}`, {
          ours: [...counted(ours)].sort(),
          theirs: [...counted(theirs)].sort(),
        });
      }
    },
  );
}
