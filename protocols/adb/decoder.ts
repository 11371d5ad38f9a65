/**
 * Android Debug Bridge (protocol.txt of the Android sources): a shell and files of an Android device.
 *
 *     command 32 │ argument 32 │ argument 32 │ length 32 │ check 32 │ command ^ FFFFFFFF       all little endian
 *     CNXN "device::ro.product.name=…;ro.product.model=…;…" · AUTH · OPEN "shell:…" · OKAY · WRTE · CLSE · STLS
 *
 * Of what is opened only the service is told, never the command or file; what is written passes unseen.
 */
import { readText, startsWith } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';

const HEADER_BYTES = 24;
const LENGTH = 12;
const MAGIC = 20;
const DATA_BYTES_MAX = 1024 * 1024;
/** Of a connect or open, whose beginning is read. */
const READ_BYTES_MAX = 4_096;

const CNXN = 0x4e584e43;
const AUTH = 0x48545541;
const OPEN = 0x4e45504f;
const COMMANDS = new Map([
  [0x434e5953, 'SYNC'],
  [CNXN, 'CNXN'],
  [AUTH, 'AUTH'],
  [OPEN, 'OPEN'],
  [0x59414b4f, 'OKAY'],
  [0x45534c43, 'CLSE'],
  [0x45545257, 'WRTE'],
  [0x534c5453, 'STLS'],
]);
const SIGNATURE = 2;

/** Services of an OPEN; each gives access to something. */
const SERVICES: readonly string[] = [
  ...['shell', 'exec', 'sync', 'reboot', 'root', 'unroot', 'remount', 'tcp', 'tcpip', 'usb', 'framebuffer'],
  ...['jdwp', 'track-jdwp', 'local', 'dev', 'sideload', 'backup', 'restore', 'install', 'abb', 'abb_exec'],
];
const COLON = 0x3a;
const SEMICOLON = 0x3b;

const PROPERTIES: readonly (readonly [string, string])[] = [
  ['ro.product.model=', 'model'],
  ['ro.product.name=', 'name'],
];

export class AdbFlow {
  isAsked = false;
  isIn = false;
}

const message = new Message();
const login = new Login();
const operation = new Operation();
const identity = new Identity();

export const adb: Protocol<AdbFlow> = {
  name: 'adb',
  transport: 'tcp',
  ports: [5555],
  firstBytes: [0x43, 0x41, 0x4f, 0x57, 0x53],

  recognises({ view, start, end }) {
    if (end - start < 4) return MAYBE;
    if (!COMMANDS.has(view.getUint32(start, true))) return NO;
    if (end - start < HEADER_BYTES) return MAYBE;
    return isMessage(view, start) ? YES : NO;
  },

  open: () => new AdbFlow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    let at = start;
    while (end - at >= HEADER_BYTES) {
      if (!isMessage(view, at)) return GIVE_UP;
      const bytes = HEADER_BYTES + view.getUint32(at + LENGTH, true);
      const command = view.getUint32(at, true);
      const reads = (command === CNXN || command === OPEN) && bytes <= READ_BYTES_MAX;
      if (reads && bytes > end - at) break;
      tell(COMMANDS.get(command) ?? '', segment, records);
      if (command === CNXN) connects(state, segment, at + HEADER_BYTES, reads ? at + bytes : at, records);
      else if (command === AUTH) authenticates(state, segment, view.getUint32(at + 4, true), records);
      else if (command === OPEN && reads) opens(segment, at + HEADER_BYTES, at + bytes, records);
      at += bytes;
    }
    return at - start;
  },
};

function isMessage(view: DataView, at: number): boolean {
  const command = view.getUint32(at, true);
  return (
    COMMANDS.has(command) &&
    view.getUint32(at + MAGIC, true) === ~command >>> 0 &&
    view.getUint32(at + LENGTH, true) <= DATA_BYTES_MAX
  );
}

function connects(state: AdbFlow, segment: Segment, from: number, to: number, records: Records): void {
  // The host connects; the device's answer lets it in.
  if (segment.toServer || state.isIn) return;
  state.isIn = true;
  tellLogin(state.isAsked ? 'certificate' : 'none', 'success', segment, records);
  for (let at = from; at < to; at++) {
    for (let i = 0; i < PROPERTIES.length; i++) {
      const [key, attribute] = PROPERTIES[i]!;
      if (startsWith(segment.view, at, to, key)) identify(segment, attribute, key, at + key.length, to, records);
    }
  }
}

function identify(segment: Segment, attribute: string, key: string, at: number, to: number, records: Records): void {
  let stop = at;
  while (stop < to && stop - at < 64 && segment.view.getUint8(stop) !== SEMICOLON) stop++;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = readText(segment.view, at, stop - at);
  identity.source = `ADB ${key.slice(0, -1)}`;
  identity.confidence = 0.7;
  if (identity.value !== '') records.identity(identity);
}

function authenticates(state: AdbFlow, segment: Segment, kind: number, records: Records): void {
  if (kind < SIGNATURE || state.isAsked) return;
  state.isAsked = true;
  tellLogin('certificate', 'asked', segment, records);
}

function opens(segment: Segment, from: number, to: number, records: Records): void {
  const { view } = segment;
  let verb = 'open other';
  for (const service of SERVICES) {
    const end = from + service.length;
    if (!startsWith(view, from, to, service)) continue;
    const behind = end < to ? view.getUint8(end) : 0;
    // `shell,v2:` names options.
    if (behind === COLON || behind === 0 || behind === 0x2c) verb = `open ${service}`;
  }
  stamp(operation, segment);
  operation.fromClient = segment.toServer;
  operation.protocol = 'adb';
  operation.verb = verb;
  records.operation(operation);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'adb';
  message.kind = kind;
  records.message(message);
}

function tellLogin(method: string, outcome: string, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.protocol = 'adb';
  login.method = method;
  login.outcome = outcome;
  records.login(login);
}
