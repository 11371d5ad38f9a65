/**
 * Sun RPC over TCP and UDP (RFC 5531): the port mapper, mounts, and NFS; other programs are counted.
 *
 *     0     4        8      12        16        20          24
 *     ┌─────┬────────┬──────┬─────────┬─────────┬───────────┬──────────────────────────────┐
 *     │ xid │ 0 call │ 2    │ program │ version │ procedure │ credential, verifier: flavor │
 *     │     │        │      │         │         │           │ 32, length 32, data          │
 *     ├─────┼────────┼──────┴──┬──────┴─────────┴───────────┴──────────────────────────────┘
 *     │ xid │ 1 reply│ 0 taken │ verifier · 0 accepted · result
 *     └─────┴────────┴─────────┘
 *     over TCP each record has four bytes before it: 1 bit "last fragment", 31 bits of length
 *
 * Of a record only the beginning is looked at (`sunrpcLookBytesMax`); data of files are counted and stepped over.
 */
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Message, type Records, stamp } from '../../src/records.ts';
import { NfsCall, NfsFiles, nfsAnswer, nfsCall } from './nfs.ts';
import { compound } from './nfs4.ts';
import { NFS, PROGRAMS, procedureName } from './procedures.ts';
import { Xdr } from './xdr.ts';

const MARK_BYTES = 4;
const LAST_FRAGMENT = 0x80000000;
const RECORD_BYTES_MAX = 16 * 1024 * 1024;
const HEADER_BYTES = 24;
const REPLY_BYTES = 12;
const RPC_VERSION = 2;
const CALL = 0;
const REPLY = 1;
const VERSION_MAX = 64;
const PROCEDURE_MAX = 1_024;
const AUTH_BYTES_MAX = 400;
const FLAVOR_MAX = 400_000;
const PORTS: readonly number[] = [111, 2049];

export class RpcCall extends NfsCall {
  program = 0;
  version = 0;
  number = 0;
}

export class RpcSide {
  isLost = false;
}

export class SunRpcFlow {
  readonly client = new RpcSide();
  readonly server = new RpcSide();
  readonly pending = new Map<number, RpcCall>();
  readonly free: RpcCall[] = [];
  readonly files: NfsFiles;
  detail = '';
  isOdd = false;

  constructor(limits: Limits) {
    this.files = new NfsFiles(limits);
  }
}

const message = new Message();
const said = new FlowProtocol();
const xdr = new Xdr();

export function createSunRpc({ limits }: { limits: Limits }): Protocol<SunRpcFlow> {
  return {
    name: 'sunrpc',
    transport: 'tcp',
    ports: PORTS,

    recognises(segment) {
      const { view, start, end } = segment;
      if (end - start < MARK_BYTES) return MAYBE;
      const length = view.getUint32(start) & ~LAST_FRAGMENT;
      if (length < HEADER_BYTES || length > RECORD_BYTES_MAX) return NO;
      return messageAt(view, start + MARK_BYTES, end, isPort(segment) || segment.midstream);
    },

    open: () => new SunRpcFlow(limits),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      const side = segment.toServer ? state.client : state.server;
      let at = start;
      while (end - at >= MARK_BYTES) {
        const length = view.getUint32(at) & ~LAST_FRAGMENT;
        const body = at + MARK_BYTES;
        if (side.isLost) {
          if (end - body < HEADER_BYTES) break;
          if (length < HEADER_BYTES || length > RECORD_BYTES_MAX || messageAt(view, body, end, true) !== YES) {
            at++;
            continue;
          }
          side.isLost = false;
        }
        if (length > RECORD_BYTES_MAX) {
          records.oddity('sunrpc_no_record', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        const wanted = Math.min(length, limits.sunrpcLookBytesMax);
        if (end - body < wanted) break;
        rpc(state, limits, segment, body, body + wanted, records);
        at = body + length;
      }
      return at - start;
    },

    gap(state, segment) {
      (segment.toServer ? state.client : state.server).isLost = true;
      state.pending.clear();
    },

    close(state, segment, _how, records) {
      state.files.tellAll(segment, records);
    },
  };
}

export function createSunRpcOverUdp({ limits }: { limits: Limits }): Protocol<SunRpcFlow> {
  return {
    name: 'sunrpc',
    transport: 'udp',
    ports: PORTS,

    recognises(segment) {
      const { view, start, end } = segment;
      if (end - start < HEADER_BYTES || ((end - start) & 3) !== 0) return NO;
      return messageAt(view, start, end, isPort(segment)) === YES ? YES : NO;
    },

    open: () => new SunRpcFlow(limits),

    decode(state, segment, records) {
      rpc(state, limits, segment, segment.start, segment.end, records);
      return segment.end - segment.start;
    },

    close(state, segment, _how, records) {
      state.files.tellAll(segment, records);
    },
  };
}

function isPort({ serverPort, clientPort }: Segment): boolean {
  return PORTS.includes(serverPort) || PORTS.includes(clientPort);
}

/** A call of a plausible program; a reply, which has little to be known by, only where that is enough. */
function messageAt(view: DataView, at: number, end: number, takesReplies: boolean): number {
  if (end - at < HEADER_BYTES) return end - at >= 8 && view.getUint32(at + 4) > REPLY ? NO : MAYBE;
  const type = view.getUint32(at + 4);
  if (type === CALL) {
    const program = view.getUint32(at + 12);
    const isProgram = (program >= 100_000 && program < 400_000) || (program >= 0x20000000 && program < 0x60000000);
    return view.getUint32(at + 8) === RPC_VERSION &&
      isProgram &&
      view.getUint32(at + 16) <= VERSION_MAX &&
      view.getUint32(at + 20) <= PROCEDURE_MAX &&
      isAuth(view, at + HEADER_BYTES, end)
      ? YES
      : NO;
  }
  if (type !== REPLY || !takesReplies) return NO;
  return view.getUint32(at + 8) <= 1 && isAuth(view, at + REPLY_BYTES, end) && view.getUint32(at) !== 0 ? YES : NO;
}

/** Flavor and length of a credential, as far as they are there. */
function isAuth(view: DataView, at: number, end: number): boolean {
  if (at + 8 > end) return true;
  return view.getUint32(at) <= FLAVOR_MAX && view.getUint32(at + 4) <= AUTH_BYTES_MAX;
}

function rpc(state: SunRpcFlow, limits: Limits, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  const type = end - at >= REPLY_BYTES ? view.getUint32(at + 4) : -1;
  if (type === CALL && end - at >= HEADER_BYTES && view.getUint32(at + 8) === RPC_VERSION) {
    called(state, limits, segment, at, end, records);
  } else if (type === REPLY) replied(state, segment, at, end, records);
  else {
    if (!state.isOdd) records.oddity('sunrpc_unknown_message', segment.flow, segment.timeUs);
    state.isOdd = true;
  }
}

function called(state: SunRpcFlow, limits: Limits, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  const xid = view.getUint32(at);
  const program = view.getUint32(at + 12);
  const version = view.getUint32(at + 16);
  const number = view.getUint32(at + 20);
  const protocol = PROGRAMS[program] ?? 'sunrpc';
  tellMessage(protocol, procedureName(program, version, number), segment, records);
  if (state.detail === '' && protocol !== 'sunrpc' && version <= 9)
    tellDetail(state, protocol, version, segment, records);
  const call = awaits(state, xid, limits);
  call.program = program;
  call.version = version;
  call.number = number;
  call.procedure = -1;
  xdr.begin(view, at + HEADER_BYTES, end);
  xdr.skip(4);
  xdr.opaque();
  xdr.skip(4);
  xdr.opaque();
  if (program !== NFS || xdr.isBroken || number === 0) return;
  if (version < 4) nfsCall(call, version, number, xdr, state.files);
  else compound(xdr, state.files, segment, records, tellNfs);
}

function awaits(state: SunRpcFlow, xid: number, limits: Limits): RpcCall {
  const { pending, free } = state;
  const old = pending.get(xid);
  if (old !== undefined) return old;
  if (pending.size >= limits.sunrpcPendingMax) {
    for (const [oldest, call] of pending) {
      pending.delete(oldest);
      free.push(call);
      break;
    }
  }
  const call = free.pop() ?? new RpcCall();
  pending.set(xid, call);
  return call;
}

function replied(state: SunRpcFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  const xid = view.getUint32(at);
  const call = state.pending.get(xid);
  if (call === undefined) {
    tellMessage('sunrpc', 'reply', segment, records);
    return;
  }
  const { program, version } = call;
  tellMessage(PROGRAMS[program] ?? 'sunrpc', procedureName(program, version, call.number), segment, records);
  state.pending.delete(xid);
  state.free.push(call);
  if (call.procedure < 0 || view.getUint32(at + 8) !== 0) return;
  xdr.begin(view, at + REPLY_BYTES, end);
  xdr.skip(4);
  xdr.opaque();
  // Accepted, and the status of NFS.
  if (xdr.word() !== 0 || xdr.word() !== 0 || xdr.isBroken) return;
  nfsAnswer(call, version, xdr, state.files, segment, records);
}

function tellNfs(kind: string, segment: Segment, records: Records): void {
  tellMessage('nfs', kind, segment, records);
}

function tellMessage(protocol: string, kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = protocol;
  message.kind = kind;
  records.message(message);
}

/** `NFS 3`, `PORTMAP 2`. */
function tellDetail(state: SunRpcFlow, protocol: string, version: number, segment: Segment, records: Records): void {
  state.detail = `${protocol.toUpperCase()} ${version}`;
  stamp(said, segment);
  said.protocol = 'sunrpc';
  said.detail = state.detail;
  records.flowProtocol(said);
}
