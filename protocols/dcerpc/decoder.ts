/**
 * DCE/RPC over TCP (C706 chapter 12, MS-RPCE): the endpoint mapper on 135 and the ports that it gives out. The same PDUs
 * in named pipes of SMB come through `rpcPipes`.
 *
 * Of a PDU only the beginning is looked at; what a call carries is stepped over.
 */
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { fragmentAt, HEADER_BYTES, pdu, RpcConversation, typeOf } from './pdu.ts';

const VERSION = 5;
const BIND = 11;
const BIND_NAK = 13;
const PORT = 135;
/** PDUs of one piece of a pipe; a write holds one, rarely a few. */
const PDUS_MAX = 16;

export class RpcFlow {
  readonly talk = new RpcConversation();
  isClientLost = false;
  isServerLost = false;
}

export function createDcerpc({ limits }: { limits: Limits }): Protocol<RpcFlow> {
  return {
    name: 'dcerpc',
    transport: 'tcp',
    ports: [PORT],
    firstBytes: [VERSION],

    recognises({ view, start, end, serverPort, midstream }) {
      if (start >= end) return MAYBE;
      const length = fragmentAt(view, start, end);
      if (length < 0) return NO;
      if (length === 0) return MAYBE;
      const type = typeOf(view, start);
      // Every conversation begins with a bind and its answer.
      if (type >= BIND && type <= BIND_NAK) return YES;
      return midstream && (serverPort === PORT || start + length === end) ? YES : NO;
    },

    open: () => new RpcFlow(),

    decode(state, segment, records) {
      const { view, start, end, toServer } = segment;
      let at = start;
      while (at < end) {
        const length = fragmentAt(view, at, end);
        const isLost = toServer ? state.isClientLost : state.isServerLost;
        if (length < 0 && !isLost) {
          records.oddity('dcerpc_no_pdu', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        if (length < 0) {
          at++;
          continue;
        }
        const wanted = Math.min(length, limits.dcerpcLookBytesMax);
        if (length === 0 || end - at < wanted) break;
        if (toServer) state.isClientLost = false;
        else state.isServerLost = false;
        pdu(state.talk, segment, at, at + wanted, toServer, records);
        at += length;
      }
      return at - start;
    },

    gap(state, { toServer }) {
      if (toServer) state.isClientLost = true;
      else state.isServerLost = true;
      state.talk.calls.clear();
    },
  };
}

/** What is written to and read from a pipe: PDUs, the last one perhaps cut. */
class RpcPipe {
  private readonly talk = new RpcConversation();

  hears(segment: Segment, from: number, end: number, fromClient: boolean, records: Records): void {
    let at = from;
    for (let i = 0; i < PDUS_MAX && end - at >= HEADER_BYTES; i++) {
      const length = fragmentAt(segment.view, at, end);
      if (length <= 0) return;
      pdu(this.talk, segment, at, Math.min(end, at + length), fromClient, records);
      at += length;
    }
  }
}

export const rpcPipes = { open: (): RpcPipe => new RpcPipe() };
