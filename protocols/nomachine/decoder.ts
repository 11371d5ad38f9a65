/**
 * NoMachine NX (no public document; seen in captures): a remote desktop, told by the first line of either side.
 *
 *     client  NXSH-8.10.1 LF        server  NXD-8.10.1 LF        then TLS
 */
import { indexOfByte, readText } from '../../src/bytes/text.ts';
import { begins, type Protocol, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, stamp } from '../../src/records.ts';

const LINE_BYTES_MAX = 32;
const LINE_FEED = 0x0a;

export class NomachineFlow {
  isTold = false;
}

const said = new FlowProtocol();

export const nomachine: Protocol<NomachineFlow> = {
  name: 'nomachine',
  transport: 'tcp',
  ports: [4000],
  firstBytes: [0x4e],
  recognises: (segment) => Math.max(begins(segment, 'NXSH-'), begins(segment, 'NXD-')),
  open: () => new NomachineFlow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    if (toServer || state.isTold) return SKIP_REST;
    const line = indexOfByte(view, start, Math.min(end, start + LINE_BYTES_MAX), LINE_FEED);
    if (line < 0 && end - start < LINE_BYTES_MAX) return 0;
    state.isTold = true;
    if (line < 0 || begins(segment, 'NXD-') !== YES) return SKIP_REST;
    stamp(said, segment);
    said.protocol = 'nomachine';
    said.detail = readText(view, start, line - start);
    records.flowProtocol(said);
    return SKIP_REST;
  },

  gap(state) {
    state.isTold = true;
  },
};
