/**
 * The few system calls of live capture, through `koffi`, and the layouts of Linux that they use.
 *
 * Loaded at the first call of `libc()`: a replay never touches native code. Every offset below is a byte
 * offset in a structure of <linux/if_packet.h>, <linux/if.h> or <linux/filter.h>; all fields are in host order.
 */
import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import { CaptureError } from './error.ts';

export const AF_PACKET = 17;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_ATTACH_FILTER = 26;
export const SOL_PACKET = 263;
export const ETH_P_ALL = 0x0003;

export const PACKET_ADD_MEMBERSHIP = 1;
export const PACKET_RX_RING = 5;
export const PACKET_STATISTICS = 6;
export const PACKET_VERSION = 10;
export const PACKET_FANOUT = 18;
export const PACKET_IGNORE_OUTGOING = 23;
export const TPACKET_V3 = 2;
export const PACKET_MR_PROMISC = 1;
export const PACKET_FANOUT_HASH = 0;
export const PACKET_FANOUT_FLAG_IGNORE_OUTGOING = 0x4000;
export const PACKET_FANOUT_FLAG_DEFRAG = 0x8000;
export const PACKET_OUTGOING = 4;

/** struct tpacket_req3: what the ring shall look like. */
export const REQUEST_BYTES = 28;
export const REQUEST_BLOCK_SIZE = 0;
export const REQUEST_BLOCK_COUNT = 4;
export const REQUEST_FRAME_SIZE = 8;
export const REQUEST_FRAME_COUNT = 12;
export const REQUEST_RETIRE_MS = 16;

/** struct tpacket_block_desc with struct tpacket_hdr_v1 inside: the beginning of every block. */
export const BLOCK_STATUS = 8;
export const BLOCK_PACKETS = 12;
export const BLOCK_FIRST_PACKET = 16;
export const TP_STATUS_KERNEL = 0;
export const TP_STATUS_USER = 1;

/** struct tpacket3_hdr: the beginning of every packet; struct sockaddr_ll follows it. */
export const PACKET_NEXT = 0;
export const PACKET_SECONDS = 4;
export const PACKET_NANOSECONDS = 8;
export const PACKET_CAPTURED = 12;
export const PACKET_WIRE = 16;
export const PACKET_STATUS = 20;
export const PACKET_MAC = 24;
export const PACKET_VLAN_TCI = 32;
export const PACKET_VLAN_TPID = 36;
export const PACKET_ADDRESS = 48;
export const TP_STATUS_VLAN_VALID = 1 << 4;
export const TP_STATUS_VLAN_TPID_VALID = 1 << 6;

/** struct sockaddr_ll. */
export const ADDRESS_BYTES = 20;
export const ADDRESS_FAMILY = 0;
export const ADDRESS_PROTOCOL = 2;
export const ADDRESS_INDEX = 4;
export const ADDRESS_PACKET_TYPE = 10;

/** struct packet_mreq. */
export const MEMBERSHIP_BYTES = 16;
export const MEMBERSHIP_INDEX = 0;
export const MEMBERSHIP_TYPE = 4;

/** struct tpacket_stats_v3. */
export const STATISTICS_BYTES = 12;
export const STATISTICS_PACKETS = 0;
export const STATISTICS_DROPS = 4;
export const STATISTICS_FREEZES = 8;

/** struct ifreq: a name of 16 bytes, then a union. */
export const INTERFACE_REQUEST_BYTES = 40;
export const INTERFACE_NAME_BYTES = 16;
export const INTERFACE_VALUE = 16;
export const SIOCGIFFLAGS = 0x8913;
export const SIOCGIFHWADDR = 0x8927;
export const IFF_UP = 0x1;

/** struct sock_filter: one instruction of the classic packet filter, and "return the constant". */
export const FILTER_CODE = 0;
export const FILTER_CONSTANT = 4;
export const BPF_RETURN_CONSTANT = 0x06;

/** struct pollfd. */
export const POLL_BYTES = 8;
export const POLL_EVENTS = 4;
export const POLL_REVENTS = 6;
export const POLLIN = 0x1;
export const POLLERR = 0x8;

export const PROT_READ_WRITE = 3;
export const MAP_SHARED = 1;
export const MAP_FAILED = 2n ** 64n - 1n;

export const EPERM = 1;
export const EACCES = 13;

/** Are numbers in memory little-endian on this machine? */
export const LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, option: number, value: ArrayBufferView, bytes: number): number;
  getsockopt(fd: number, level: number, option: number, value: ArrayBufferView, bytes: Uint32Array): number;
  bind(fd: number, address: ArrayBufferView, bytes: number): number;
  mmap(at: null, bytes: number, protection: number, flags: number, fd: number, offset: number): bigint;
  munmap(at: bigint, bytes: number): number;
  poll(list: ArrayBufferView, count: number, timeoutMs: number): number;
  ioctl(fd: number, request: number, value: ArrayBufferView): number;
  close(fd: number): number;
  if_nametoindex(name: string): number;
  /** Memory of C as an `ArrayBuffer`; whoever unmaps it detaches the buffer first. */
  view(at: bigint, bytes: number): ArrayBuffer;
  /** Where the bytes of an off-heap buffer are; only for as long as the caller keeps the buffer alive. */
  address(value: ArrayBufferView): bigint;
  errno(): number;
}

let loaded: Libc | null = null;

export function libc(): Libc {
  if (process.platform !== 'linux') {
    throw new CaptureError('live capture needs Linux; elsewhere run: tcpdump -i <interface> -w - | wardwatch replay -');
  }
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  let koffi: typeof import('koffi');
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    throw new CaptureError(`live capture needs the package koffi, which does not load on this machine: ${reason}`);
  }
  // The program's own symbols: the C library that Node runs on, whichever that is.
  const library = koffi.load(null);
  return {
    socket: library.func('int socket(int domain, int type, int protocol)'),
    setsockopt: library.func('int setsockopt(int fd, int level, int option, const void *value, uint32_t bytes)'),
    getsockopt: library.func('int getsockopt(int fd, int level, int option, void *value, void *bytes)'),
    bind: library.func('int bind(int fd, const void *address, uint32_t bytes)'),
    mmap: library.func('void *mmap(void *at, size_t bytes, int protection, int flags, int fd, long offset)'),
    munmap: library.func('int munmap(void *at, size_t bytes)'),
    poll: library.func('int poll(void *list, unsigned long count, int timeoutMs)'),
    ioctl: library.func('int ioctl(int fd, unsigned long request, void *value)'),
    close: library.func('int close(int fd)'),
    if_nametoindex: library.func('uint32_t if_nametoindex(const char *name)'),
    view: (at, bytes) => koffi.view(at, bytes),
    address: (value) => koffi.address(value),
    errno: () => koffi.errno(),
  };
}

/** `ENODEV`, for the end of a sentence. */
export function errorName(errno: number): string {
  return getSystemErrorName(-errno);
}

/** Room for a structure, outside the garbage collector's moving heap, so that its address stays good. */
export function structure(bytes: number): DataView<ArrayBuffer> {
  return new DataView(new ArrayBuffer(bytes));
}
