/**
 * One packet socket with its ring: opened, mapped, bound to one interface, closed.
 *
 * Order matters (Documentation/networking/packet_mmap.rst): the ring is there before `bind`, so that no packet is
 * lost, and the socket has no protocol before `bind`, so that no packet of another interface gets in.
 *
 * The promise: no JavaScript can reach the ring once it is unmapped. There is exactly one `ArrayBuffer` over it, and
 * `close` detaches that buffer (every view over it becomes empty) before it gives the memory back.
 */
import { realpathSync } from 'node:fs';
import { CaptureError } from './error.ts';
import { interfaceNames } from './interfaces.ts';
import * as c from './libc.ts';

export interface RingOptions {
  interface: string;
  /** The same number for all rings of one interface that share its traffic by flow; null for a ring of its own. */
  fanoutGroup: number | null;
  /** Whole pages; a power of two. */
  blockBytes: number;
  blocks: number;
  /** Bytes kept of each packet. */
  snapBytes: number;
  promiscuous: boolean;
}

/**
 * How long the kernel keeps a block that is not full. A block can wait for nearly twice this long. At a low rate it is
 * also what the ring is worth in time: a reader may pause for `blocks` times this long before a packet is lost.
 */
export const BLOCK_RETIRE_MS = 50;

/** From here on a packet is never cut: the largest packet without segmentation offload. */
const SNAP_BYTES_NONE = 65_535;
/** Only a unit of account in TPACKET_V3: packets follow each other as they come. */
const FRAME_BYTES = 2_048;
const RING_BYTES_MAX = 2 ** 32 - 1;

/** LINKTYPE_ of an ARPHRD_ type (<linux/if_arp.h>): Ethernet and loopback, or IP without a link header. */
const LINK_TYPES: Readonly<Record<number, number>> = {
  1: 1,
  772: 1,
  512: 101,
  519: 101,
  768: 101,
  769: 101,
  776: 101,
  778: 101,
  65534: 101,
};

export class RingSocket {
  readonly fd: number;
  readonly index: number;
  /** LINKTYPE_ of every packet of this interface. */
  readonly link: number;
  readonly memory: ArrayBuffer;
  readonly #at: bigint;
  #closed = false;

  private constructor(fd: number, index: number, link: number, ring: Mapping) {
    this.fd = fd;
    this.index = index;
    this.link = link;
    this.memory = ring.memory;
    this.#at = ring.at;
  }

  static open(options: RingOptions): RingSocket {
    const libc = c.libc();
    const name = options.interface;
    const index = libc.if_nametoindex(name);
    if (index === 0) throw missing(name);
    const fd = libc.socket(c.AF_PACKET, c.SOCK_RAW | c.SOCK_CLOEXEC, 0);
    if (fd < 0) throw refused(name, libc.errno());
    let ring: Mapping | null = null;
    try {
      const link = linkType(fd, name);
      setInteger(fd, name, c.PACKET_VERSION, c.TPACKET_V3);
      ring = mapRing(fd, options);
      if (options.snapBytes < SNAP_BYTES_NONE) attachSnap(fd, name, options.snapBytes);
      // Saves the work of a ring's worth of our own packets; kernels before 4.20 do without, and the reader skips them.
      trySetInteger(fd, c.PACKET_IGNORE_OUTGOING, 1);
      bindTo(fd, name, index);
      if (options.promiscuous) joinPromiscuous(fd, name, index);
      if (options.fanoutGroup !== null) {
        const kind = c.PACKET_FANOUT_HASH | c.PACKET_FANOUT_FLAG_DEFRAG | c.PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
        setInteger(fd, name, c.PACKET_FANOUT, (kind << 16) | (options.fanoutGroup & 0xffff));
      }
      return new RingSocket(fd, index, link, ring);
    } catch (error) {
      if (ring !== null) unmap(ring);
      libc.close(fd);
      throw error;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    unmap({ at: this.#at, memory: this.memory });
    c.libc().close(this.fd);
  }

  /** Is the interface up? */
  isUp(name: string): boolean {
    const request = interfaceRequest(name);
    if (c.libc().ioctl(this.fd, c.SIOCGIFFLAGS, request) < 0) return false;
    return (request.getUint16(c.INTERFACE_VALUE, c.LITTLE_ENDIAN) & c.IFF_UP) !== 0;
  }

  /** Reads and clears the error that is pending on the socket (0: none). */
  takeError(): number {
    const value = c.structure(4);
    c.libc().getsockopt(this.fd, c.SOL_SOCKET, c.SO_ERROR, value, new Uint32Array([4]));
    return value.getInt32(0, c.LITTLE_ENDIAN);
  }

  /** Adds the kernel's counters to `total`; reading them sets them back to zero. */
  addStatistics(total: { packets: number; drops: number; freezes: number }): void {
    const value = c.structure(c.STATISTICS_BYTES);
    const bytes = new Uint32Array([c.STATISTICS_BYTES]);
    if (c.libc().getsockopt(this.fd, c.SOL_PACKET, c.PACKET_STATISTICS, value, bytes) < 0) return;
    total.packets += value.getUint32(c.STATISTICS_PACKETS, c.LITTLE_ENDIAN);
    total.drops += value.getUint32(c.STATISTICS_DROPS, c.LITTLE_ENDIAN);
    total.freezes += value.getUint32(c.STATISTICS_FREEZES, c.LITTLE_ENDIAN);
  }
}

interface Mapping {
  at: bigint;
  memory: ArrayBuffer;
}

/** These pages belong to the kernel: they are always resident, so locking them would change nothing. */
function mapRing(fd: number, options: RingOptions): Mapping {
  const libc = c.libc();
  const { blockBytes, blocks } = options;
  const bytes = blockBytes * blocks;
  const room = `${megabytes(bytes)} of ring memory for ${options.interface} (${blocks} blocks of ${megabytes(blockBytes)})`;
  if (bytes > RING_BYTES_MAX) throw new CaptureError(`${room}: at most 4 GiB can be addressed`);
  const request = c.structure(c.REQUEST_BYTES);
  request.setUint32(c.REQUEST_BLOCK_SIZE, blockBytes, c.LITTLE_ENDIAN);
  request.setUint32(c.REQUEST_BLOCK_COUNT, blocks, c.LITTLE_ENDIAN);
  request.setUint32(c.REQUEST_FRAME_SIZE, FRAME_BYTES, c.LITTLE_ENDIAN);
  request.setUint32(c.REQUEST_FRAME_COUNT, bytes / FRAME_BYTES, c.LITTLE_ENDIAN);
  request.setUint32(c.REQUEST_RETIRE_MS, BLOCK_RETIRE_MS, c.LITTLE_ENDIAN);
  if (libc.setsockopt(fd, c.SOL_PACKET, c.PACKET_RX_RING, request, c.REQUEST_BYTES) < 0) {
    throw new CaptureError(
      `the kernel refused ${room}: ${c.errorName(libc.errno())}; lower the ring size of the capture`,
    );
  }
  const at = libc.mmap(null, bytes, c.PROT_READ_WRITE, c.MAP_SHARED, fd, 0);
  if (at === null || BigInt.asUintN(64, at) === c.MAP_FAILED) {
    throw new CaptureError(`cannot map ${room}: ${c.errorName(libc.errno())}; lower the ring size of the capture`);
  }
  return { at, memory: libc.view(at, bytes) };
}

function unmap(ring: Mapping): void {
  const bytes = ring.memory.byteLength;
  ring.memory.transfer(0);
  c.libc().munmap(ring.at, bytes);
}

function bindTo(fd: number, name: string, index: number): void {
  const libc = c.libc();
  const address = c.structure(c.ADDRESS_BYTES);
  address.setUint16(c.ADDRESS_FAMILY, c.AF_PACKET, c.LITTLE_ENDIAN);
  address.setUint16(c.ADDRESS_PROTOCOL, c.ETH_P_ALL);
  address.setUint32(c.ADDRESS_INDEX, index, c.LITTLE_ENDIAN);
  if (libc.bind(fd, address, c.ADDRESS_BYTES) < 0) throw refused(name, libc.errno());
}

function joinPromiscuous(fd: number, name: string, index: number): void {
  const libc = c.libc();
  const membership = c.structure(c.MEMBERSHIP_BYTES);
  membership.setUint32(c.MEMBERSHIP_INDEX, index, c.LITTLE_ENDIAN);
  membership.setUint16(c.MEMBERSHIP_TYPE, c.PACKET_MR_PROMISC, c.LITTLE_ENDIAN);
  if (libc.setsockopt(fd, c.SOL_PACKET, c.PACKET_ADD_MEMBERSHIP, membership, c.MEMBERSHIP_BYTES) < 0) {
    throw refused(name, libc.errno());
  }
}

/** A packet filter of one instruction: keep `snapBytes` of everything. */
function attachSnap(fd: number, name: string, snapBytes: number): void {
  const libc = c.libc();
  const instruction = c.structure(8);
  instruction.setUint16(c.FILTER_CODE, c.BPF_RETURN_CONSTANT, c.LITTLE_ENDIAN);
  instruction.setUint32(c.FILTER_CONSTANT, snapBytes, c.LITTLE_ENDIAN);
  // struct sock_fprog: the number of instructions, then (aligned as a pointer) where they are.
  const program = c.structure(16);
  program.setUint16(0, 1, c.LITTLE_ENDIAN);
  program.setBigUint64(8, libc.address(instruction), c.LITTLE_ENDIAN);
  if (libc.setsockopt(fd, c.SOL_SOCKET, c.SO_ATTACH_FILTER, program, 16) < 0) throw refused(name, libc.errno());
}

function linkType(fd: number, name: string): number {
  const libc = c.libc();
  const request = interfaceRequest(name);
  if (libc.ioctl(fd, c.SIOCGIFHWADDR, request) < 0) throw missing(name);
  const hardware = request.getUint16(c.INTERFACE_VALUE, c.LITTLE_ENDIAN);
  const link = LINK_TYPES[hardware];
  if (link === undefined)
    throw new CaptureError(`interface ${name} is of a kind that is not decoded (ARPHRD ${hardware})`);
  return link;
}

function interfaceRequest(name: string): DataView<ArrayBuffer> {
  const request = c.structure(c.INTERFACE_REQUEST_BYTES);
  for (let i = 0; i < name.length && i < c.INTERFACE_NAME_BYTES - 1; i++) request.setUint8(i, name.charCodeAt(i));
  return request;
}

function trySetInteger(fd: number, option: number, value: number): boolean {
  const bytes = c.structure(4);
  bytes.setInt32(0, value, c.LITTLE_ENDIAN);
  return c.libc().setsockopt(fd, c.SOL_PACKET, option, bytes, 4) >= 0;
}

function setInteger(fd: number, name: string, option: number, value: number): void {
  if (!trySetInteger(fd, option, value)) throw refused(name, c.libc().errno());
}

function missing(name: string): CaptureError {
  const names = interfaceNames();
  const offer = names.length > 0 ? `; there are: ${names.join(', ')}` : '';
  return new CaptureError(`interface ${name} does not exist${offer}`);
}

function refused(name: string, errno: number): CaptureError {
  if (errno === c.EPERM || errno === c.EACCES) {
    return new CaptureError(
      `no permission to capture on ${name}: run once "sudo setcap cap_net_raw=ep ${realpathSync(process.execPath)}", ` +
        'or start the systemd unit, which has AmbientCapabilities=CAP_NET_RAW',
    );
  }
  return new CaptureError(`cannot capture on ${name}: ${c.errorName(errno)}`);
}

function megabytes(bytes: number): string {
  return `${Math.round((bytes / 1024 / 1024) * 100) / 100} MiB`;
}
