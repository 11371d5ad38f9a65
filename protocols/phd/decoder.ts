/**
 * Personal health devices (IEEE 11073-20601) over TCP: association, configuration, measurements, and what is ordered.
 *
 *     AARQ (agent) → AARE (manager) → PRST … (event reports, get, set, action, and their answers) → RLRQ → RLRE
 *     every APDU: choice 2 │ length 2 │ body; the fields in the encoding MDER, high byte first
 *
 * System ids, specialisation, model and production numbers of devices are read; measured values and persons are not.
 */
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { AssociationReader } from './association.ts';
import { DataReader } from './data.ts';
import { PhdFlow, type PhdSide } from './flow.ts';
import {
  ABORT,
  ASSOCIATION_REQUEST,
  ASSOCIATION_RESPONSE,
  apduAt,
  DATA,
  HEADER_BYTES,
  isChoice,
  RELEASE_REQUEST,
} from './frame.ts';
import { odd, tellMessage } from './tell.ts';

const FIRST_BYTES = [0xe2, 0xe3, 0xe7];

export function createPhd({ limits }: { limits: Limits }): Protocol<PhdFlow> {
  const associations = new AssociationReader();
  const data = new DataReader(limits);

  function apdu(flow: PhdFlow, side: PhdSide, segment: Segment, records: Records, at: number, end: number): void {
    const choice = segment.view.getUint16(at);
    const body = at + HEADER_BYTES;
    if (choice === ASSOCIATION_REQUEST) associations.request(side, segment, records, body, end);
    else if (choice === ASSOCIATION_RESPONSE) {
      flow.isAssociated = true;
      associations.response(side, segment, records, body, end);
    } else if (choice === DATA) {
      if (!flow.isAssociated && !segment.midstream) odd(flow, 'phd_data_before_association', segment, records);
      flow.isAssociated = true;
      data.read(flow, side, segment, records, body, end);
    } else {
      flow.isAssociated = flow.isAssociated && choice !== ABORT;
      tellMessage(segment, records, choice === RELEASE_REQUEST ? 'RLRQ' : choice === ABORT ? 'ABRT' : 'RLRE');
    }
  }

  return {
    name: 'phd',
    transport: 'tcp',
    ports: [],
    firstBytes: FIRST_BYTES,

    recognises: ({ view, start, end }) => apduAt(view, start, end),

    open: () => new PhdFlow(),

    decode(flow, segment, records) {
      const { view, start, end } = segment;
      const side = segment.toServer ? flow.client : flow.server;
      if (side.isLost) {
        const known = apduAt(view, start, end);
        if (known !== YES) return known === MAYBE ? 0 : end - start;
        side.isLost = false;
      }
      let at = start;
      while (end - at >= HEADER_BYTES) {
        const length = view.getUint16(at + 2);
        if (!isChoice(view.getUint16(at)) || length + HEADER_BYTES > limits.phdApduBytesMax) {
          odd(flow, 'phd_bad_choice', segment, records);
          return GIVE_UP;
        }
        const next = at + HEADER_BYTES + length;
        if (next > end) break;
        apdu(flow, side, segment, records, at, next);
        at = next;
      }
      return at - start;
    },

    gap(flow, segment) {
      (segment.toServer ? flow.client : flow.server).isLost = true;
    },
  };
}
