/**
 * Every capacity of the program: name, unit (last word of the name) and reason.
 *
 * Reaching a limit is counted and visible; none of them is silent. `limits:` in the configuration
 * overrides any of them by name.
 */
export const limits = {
  // capture
  /** Arena of one file: holds thousands of packets, small enough to stay in the second-level cache's reach. */
  fileArenaBytes: 4 * 1024 * 1024,
  /** Longest captured packet taken at its word; tcpdump's own maximum snap length. */
  packetBytesMax: 262_144,
  /** Longest pcapng block that is parsed; longer ones of unknown type are stepped over unseen. */
  pcapngBlockBytesMax: 1024 * 1024,
  /** Interfaces of one pcapng section. */
  pcapngInterfacesMax: 1024,
  /** Files that may be open at once while their packets are merged in time order. */
  mergeFilesMax: 512,
  /** Open files that get an arena of full size; the others begin with the small one, which also finds a file's first packet. */
  fileArenasLarge: 32,
  fileArenaBytesSmall: 256 * 1024,
  /** Capture files of one run, and how deep they are looked for in a folder. */
  inputFilesMax: 65_536,
  folderDepthMax: 8,
  /** Compressed bytes inflated in one go: at most a thousand times as many come out. */
  gzipStepBytes: 16 * 1024,
  /** Live ring: one block, and blocks per interface and worker (no loss at 259 k packets/s, test/bench/live.md). */
  ringBlockBytes: 4 * 1024 * 1024,
  ringBlocks: 64,

  // wire
  /** Headers below headers: VLAN tags, MPLS labels, tunnels. Deeper nesting is an attack on the decoder. */
  vlanTagsMax: 4,
  mplsLabelsMax: 16,
  tunnelDepthMax: 4,
  ipv6ExtensionsMax: 8,
  /** Headers of one packet in all, whatever their kind: real ones have fewer than ten. */
  headersMax: 32,
  /** Datagrams being put together, their bytes in all, and how long one may wait for its missing part. */
  fragmentDatagramsMax: 1024,
  fragmentBytesMax: 16 * 1024 * 1024,
  fragmentWaitSeconds: 30,
  /** Fragments of one datagram: 64 KiB in 500-byte pieces, and room. */
  fragmentPartsMax: 256,

  // flow
  /** Virtual partitions of every per-flow table. Fixed, so that capacity does not depend on the workers. */
  flowPartitions: 64,
  /** Flows that are open at once; the oldest of the partition gives way. */
  flowsMax: 131_072,
  /** Packets remembered to drop a mirror's second copy, and how far apart two copies may be. */
  duplicatesMax: 65_536,
  duplicateWindowMs: 50,
  /** The same without an IP identification to rely on (IPv6, UDP with identification 0, ARP). */
  duplicateWindowBlindMs: 1,
  /** Out-of-order and undecoded bytes held for one direction of one flow, and for all of them. */
  streamHoldBytesMax: 1024 * 1024,
  streamHoldBytesTotal: 64 * 1024 * 1024,
  /** Segments held out of order for one direction. */
  streamHoldSegmentsMax: 512,
  /** How long a hole may stay open before it is declared a gap. */
  streamHoleMs: 1_000,
  /** Bytes of each direction that are shown to the recognisers before a flow stays unknown. */
  recogniseBytesMax: 2_048,
  /** Segments of each direction of a mid-stream flow that are tried before it stays unknown. */
  recogniseSegmentsMax: 64,
  /** Idle times after which a flow has ended. Medical sockets stay silent for hours. */
  tcpOpeningSeconds: 60,
  tcpIdleSeconds: 4 * 3600,
  tcpClosedSeconds: 10,
  udpIdleSeconds: 180,
  otherIdleSeconds: 60,

  // clock
  /** Forward jumps above this are taken in one step; nobody waits for a forged year 2106. */
  clockJumpSeconds: 3600,
  /** Packets older than the clock by more than this set it back; the merge of two mirrors is far below. */
  clockBackSeconds: 3600,

  // dicom
  dicomControlPduBytesMax: 1024 * 1024,
  dicomDataPduBytesMax: 128 * 1024 * 1024,
  dicomContextsMax: 128,
  /** One command set: a handful of elements; PS3.7 gives no bound. */
  dicomCommandBytesMax: 16_384,
  /** How far into a data set the device attributes are looked for. */
  dicomDataSetBytesMax: 65_536,
  /** Compressed bytes kept to look into a deflated data set. */
  dicomDeflatedBytesMax: 8_192,
  /** What they may inflate to: pixels in them shrink a hundredfold. */
  dicomInflatedBytesMax: 1024 * 1024,
  dicomNestingMax: 8,
  /** Longest attribute value that is read; device attributes are at most 64 characters (PS3.5 6.2). */
  dicomValueBytesMax: 128,
  /** Requests of one direction that wait for a response; an asynchronous window is rarely above 8. */
  dicomPendingMax: 64,
  /** Distinct device attributes told in one association; a multi-frame sender has about ten. */
  dicomIdentitiesMax: 64,

  // hl7
  /** One message; documents in base64 are larger and are then counted, not read. */
  hl7MessageBytesMax: 8 * 1024 * 1024,
  /** One segment that is looked into: MSH, MSA, ERR, OBX identity fields stand in its beginning. */
  hl7SegmentBytesMax: 2_048,
  hl7FieldCharactersMax: 128,
  /** Messages of one connection that wait for their acknowledgement. */
  hl7PendingMax: 256,
  /** Statements about devices that one direction of one connection may make; a gateway speaks for many. */
  hl7IdentitiesMax: 16,

  // http
  httpHeaderBytesMax: 16_384,
  httpBodyBytesMax: 1024 * 1024,
  /** A compressed body that is kept to be inflated for a reader; clinical messages are far smaller. */
  httpEncodedBytesMax: 256 * 1024,
  /** Bodies from this size on are told as transfers, whatever they are. */
  httpTransferBytesMin: 64 * 1024,
  /** Requests of one connection that wait for their response; nobody pipelines more. */
  httpPipelineMax: 64,
  /** Size line of one chunk with its extensions, which are hardly ever used. */
  httpChunkLineBytesMax: 256,
  /** One block of fields of HTTP/2, packed or not; browsers stay below 16 KiB. */
  http2BlockBytesMax: 32_768,
  /** Table of fields of one direction of HTTP/2; browsers ask for this much, the default is 4 096. */
  http2TableBytesMax: 65_536,
  /** Requests of one HTTP/2 connection that are open at once; servers allow 100 to 256. */
  http2StreamsMax: 256,

  // bedside and laboratory
  /** One tag of a POCT1-A document; a note in its attribute is a line or two. */
  poct1aTagBytesMax: 4_096,
  /** One POCT1-A document; operator lists of a large hospital stay below. */
  poct1aMessageBytesMax: 256 * 1024,
  /** One ASTM frame: 240 by the standard, up to 64 000 in the manuals of some makers. */
  astmFrameBytesMax: 65_536,
  /** One line of the Alaris text protocol; the longest known is half of it. */
  alarisFrameBytesMax: 256,
  /** One record of a Contec monitor; the longest known has 176 bytes. */
  contecRecordBytesMax: 1_024,
  /** One record of the S/5 interface; its document says about 1 490. */
  geS5RecordBytesMax: 2_048,
  /** One MEDIBUS command or answer: 251 bytes of arguments, answers of trends are a few times longer. */
  medibusMessageBytesMax: 2_000,
  /** One XML document of an NKV-550; a waveform of some seconds is the longest. */
  nihonKohdenBodyBytesMax: 262_144,

  // names and addresses
  /** Questions and records of one DNS message; real ones have one question, and a zone transfer some hundred records. */
  dnsQuestionsMax: 32,
  dnsRecordsMax: 512,
  /** Addresses of one answer that are told; a round robin of sixteen is rare. */
  dnsAddressesMax: 64,
  /** Compression pointers followed in one name; the deepest real one has a handful. */
  dnsNameJumpsMax: 32,
  /** Names that need not be made again, a power of two. */
  dnsNamesRemembered: 2_048,
  mdnsNamesRemembered: 512,
  /** Lines of one SSDP message, and how much of a value is told. */
  ssdpLinesMax: 64,
  ssdpValueBytesMax: 128,

  // remote access, tunnels, databases
  /** What a terminal shows before a login is no longer waited for: banner, prompts, message of the day. */
  telnetLoginBytesMax: 16_384,
  /** One line of a mining pool; work for a block with many transactions has a few thousand characters. */
  stratumLineBytesMax: 8_192,
  /** Head of one SIP or RTSP message; cookies do not exist here. */
  sipHeadBytesMax: 16_384,

  // files and what moves through a site
  /** Of one SMB command that is looked at: headers, names, tokens of a login, the beginning of a file. */
  smbLookBytesMax: 2_048,
  /** Requests of one connection that wait for their answer; servers grant up to 8 192 credits, clients use some dozen. */
  smbPendingMax: 512,
  /** Files open at once and shares connected of one connection. */
  smbFilesMax: 1_024,
  smbTreesMax: 64,
  /** Of one DCE/RPC PDU that is looked at: a bind with its contexts and token. */
  dcerpcLookBytesMax: 2_048,
  /** One line of an FTP control connection: paths of some systems have up to 4 096 characters. */
  ftpLineBytesMax: 8_192,
  /** One Kerberos message over TCP: tickets with the groups of Windows grow to about 64 kB. */
  kerberosMessageBytesMax: 65_536,
  /** Of one LDAP message that is looked at: a bind with its name and token. */
  ldapLookBytesMax: 4_096,
  /** Of one Sun RPC record that is looked at: credentials, names and handles of NFS. */
  sunrpcLookBytesMax: 2_048,
  /** Calls of one connection that wait for their answer; Linux sends up to 65 536, and usually some dozen. */
  sunrpcPendingMax: 1_024,
  /** Files of one connection whose bytes are counted. */
  sunrpcFilesMax: 1_024,

  // sdc and what else is XML
  /** Elements in elements; a containment tree of a device is about a dozen deep. */
  xmlDepthMax: 64,
  /** Of one attribute or text that is read; lists of addresses and types are the longest. */
  xmlValueBytesMax: 1_024,

  /** Stations that announced themselves before anybody knew their address, and statements of each. */
  stationsWaitingMax: 1_024,
  stationRowsMax: 16,
  /** Addresses outside that DNS has named and nobody has spoken to yet. */
  answeredNamesMax: 8_192,

  // personal health devices
  /** One APDU of a personal health device: 63 KiB for one that sends (IEEE 11073-20601, 8.4.1), and its header. */
  phdApduBytesMax: 64_516,
  /** Attributes of one answer, entries of one list; a device has about a dozen. */
  phdAttributesMax: 64,

  // mqtt, coap
  /** Of one packet what is read: names, topics, a password; the payload behind a topic is stepped over. */
  mqttHeadBytesMax: 4_096,
  /** Options of one message; a path has a part in each. */
  coapOptionsMax: 64,

  // mail
  /** One command or reply of SMTP, IMAP or POP3: 512 to 1 000 bytes by the standards, tokens in logins are longer. */
  mailLineBytesMax: 8_192,
  /** Commands of POP3 whose answer has not come: clients ask for a whole mailbox at once. */
  pop3PendingMax: 256,

  // ssh, tls
  /** Text lines a server may send before its SSH version (RFC 4253 4.2 gives no bound). */
  sshPreambleBytesMax: 2_048,
  /** One ClientHello or ServerHello put together from records; post-quantum ones exceed a packet, not this. */
  tlsHelloBytesMax: 16_384,
  /** Of a Certificate message: the end certificate stands first; the largest (post-quantum keys) have about 8 KiB. */
  tlsCertificateBytesMax: 16_384,
  /** Initial packets of one direction of QUIC that are opened to find a hello; browsers spread it over a handful. */
  quicInitialsMax: 64,
  /** Pieces that one hello may come in (QUIC, DTLS); browsers cut it into some dozen on purpose. */
  quicPiecesMax: 256,

  // names and texts kept for one device or one run
  devicesMax: 16_384,
  /** Addresses that one device has had and is still known by; IPv6 gives a new one every day. */
  deviceAddressesMax: 64,
  deviceNamesMax: 8,
  deviceAeTitlesMax: 16,
  deviceEvidenceMax: 64,
  /** Distinct keys in one counted map of the report (pairs, message types, oddities); the rest is `other`. */
  reportKeysMax: 4_096,

  // posture
  /** Lines about standing weaknesses of all devices. */
  postureRowsMax: 16_384,
  /** Peers of one device and rule that are kept apart; the others share a line. */
  posturePeersMax: 16,
  /** Listening services of one device whose use is watched. */
  postureServicesMax: 64,

  // points
  /** Series of one run in InfluxDB: 5,000 devices with what they speak; each takes about 1 to 1.5 kB of its memory. */
  pointSeriesMax: 60_000,

  // baseline and alerts
  tuplesPerDeviceMax: 512,
  verbsPerDeviceMax: 256,
  /** Rings of quantities and rhythms of all devices; who was silent longest gives way. */
  measuresBytesTotal: 1024 * 1024 * 1024,
  heldMax: 16_384,
  findingsMax: 16_384,
  evidencePacketsMax: 32,
  /** Masked slices of one run, and what of each conversation is kept at its beginning and its end: room for the longest DICOM association. */
  evidenceSlicesMax: 1_024,
  evidenceFlowPackets: 64,
  /** What a live sensor keeps of the beginning of every conversation, before anybody asks for it. */
  evidenceFirstPackets: 24,
  /** Masked packets of all slices, in memory until they are written. */
  evidenceBytesMax: 128 * 1024 * 1024,

  // what a site hands over
  /** The equipment list: its file, rows, columns, one field. Large hospitals list some 30,000 devices. */
  equipmentBytesMax: 32 * 1024 * 1024,
  equipmentRowsMax: 50_000,
  equipmentColumnsMax: 256,
  equipmentFieldCharactersMax: 4_096,
  /** Recalls and advisories: files of the folder, one file (a year of openFDA has about 20 MB), what is nested in it, notices in all. */
  noticeFilesMax: 4_096,
  noticeFileBytesMax: 64 * 1024 * 1024,
  noticeJsonDepthMax: 64,
  noticesMax: 20_000,
  /** Products of one notice, and one text of it; lists of serial numbers are the longest. */
  noticeTargetsMax: 2_000,
  noticeTextCharactersMax: 65_536,
  /** Decisions of people about notices; each is kept. */
  noticeDecisionsMax: 100_000,
  /** Alerts of other programs: one line, distinct alerts of one run, and what is read before the rest of the program has its turn. */
  foreignLineBytesMax: 1024 * 1024,
  foreignAlertsMax: 16_384,
  foreignReadBytes: 1024 * 1024,
};

export type Limits = typeof limits;
