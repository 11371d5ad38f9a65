/**
 * SPICE (The SPICE Protocol, "Link Message"; spice-protocol): the screen of a virtual machine.
 *
 *     "REDQ"  major 32 LE  minor 32 LE  size 32 LE │ client: connection 32, channel 8 …   server: error 32 …
 *
 * The opening of every channel is told: whoever opens the channel of inputs can operate the machine. The ticket is
 * encrypted; it and everything behind it pass unseen.
 */
import { begins, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Message, type Records, stamp } from '../../src/records.ts';

const HEADER_BYTES = 16;
const CHANNEL = 20;
const LINK_BYTES = 21;
const MAJOR = 4;
const MINOR = 8;
const VERSION_MAX = 15;

const CHANNELS: readonly string[] = [
  ...['link', 'link main', 'link display', 'link inputs', 'link cursor', 'link playback', 'link record'],
  ...['link tunnel', 'link smartcard', 'link usbredir', 'link port', 'link webdav'],
];

export class SpiceFlow {
  isClientDone = false;
  isServerDone = false;
}

const said = new FlowProtocol();
const message = new Message();

export const spice: Protocol<SpiceFlow> = {
  name: 'spice',
  transport: 'tcp',
  ports: [5930],
  firstBytes: [0x52],
  recognises: (segment) => begins(segment, 'REDQ'),
  open: () => new SpiceFlow(),

  decode(state, segment, records) {
    const { start, end, toServer } = segment;
    if (toServer ? state.isClientDone : state.isServerDone) return SKIP_REST;
    if (end - start < LINK_BYTES) return 0;
    if (toServer) state.isClientDone = true;
    else state.isServerDone = true;
    if (begins(segment, 'REDQ') === YES) link(segment, records);
    return SKIP_REST;
  },

  gap(state, { toServer }) {
    if (toServer) state.isClientDone = true;
    else state.isServerDone = true;
  },
};

function link(segment: Segment, records: Records): void {
  const { view, start, toServer } = segment;
  stamp(message, segment);
  message.fromClient = toServer;
  message.protocol = 'spice';
  if (toServer) message.kind = CHANNELS[view.getUint8(start + CHANNEL)] ?? 'link';
  else message.kind = view.getUint32(start + HEADER_BYTES, true) === 0 ? 'link accepted' : 'link refused';
  records.message(message);
  const major = view.getUint32(start + MAJOR, true);
  const minor = view.getUint32(start + MINOR, true);
  if (toServer || major > VERSION_MAX || minor > VERSION_MAX) return;
  stamp(said, segment);
  said.protocol = 'spice';
  said.detail = `SPICE ${major}.${minor}`;
  records.flowProtocol(said);
}
