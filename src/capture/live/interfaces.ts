/**
 * What the machine says about its network interfaces, read from /sys/class/net and /proc: nothing is run, nothing is
 * changed. `doctor` shows it; the passive check of a capture interface (it must never send) is made of it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

// Interface flags of <linux/if.h>.
const IFF_UP = 0x1;
const IFF_NOARP = 0x80;
const IFF_PROMISC = 0x100;

export interface InterfaceDescription {
  name: string;
  exists: boolean;
  up: boolean;
  /** A cable, or whatever stands for it. */
  carrier: boolean;
  addresses: string[];
  /** Does it answer and ask by ARP? */
  arp: boolean;
  ipv6: boolean;
  txPackets: number;
  rxPackets: number;
  /** Packets that the card or the kernel threw away before any capture could see them. */
  rxDropped: number;
  promiscuous: boolean;
  mtu: number;
}

/** Names of all interfaces, in order. */
export function interfaceNames(): string[] {
  try {
    return readdirSync('/sys/class/net').sort();
  } catch {
    return [];
  }
}

export function describeInterface(name: string): InterfaceDescription {
  const directory = `/sys/class/net/${name}`;
  // A name with a slash or dots would lead elsewhere.
  const exists = interfaceNames().includes(name) && existsSync(directory);
  const flags = exists ? Number(read(`${directory}/flags`)) : 0;
  const number = (file: string): number => (exists ? Number(read(`${directory}/${file}`)) || 0 : 0);
  return {
    name,
    exists,
    up: (flags & IFF_UP) !== 0,
    carrier: number('carrier') === 1,
    addresses: exists ? (networkInterfaces()[name] ?? []).map((entry) => entry.cidr ?? entry.address) : [],
    arp: exists && (flags & IFF_NOARP) === 0,
    ipv6: exists && read(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`) === '0',
    txPackets: number('statistics/tx_packets'),
    rxPackets: number('statistics/rx_packets'),
    rxDropped: number('statistics/rx_dropped'),
    promiscuous: (flags & IFF_PROMISC) !== 0,
    mtu: number('mtu'),
  };
}

/**
 * Why this interface could betray the sensor, one plain sentence each with the command that mends it; empty when it is
 * silent. With `txPacketsBefore` (of an earlier look) a counter that moved is a problem too.
 */
export function passiveProblems(name: string, txPacketsBefore?: number): string[] {
  const found = describeInterface(name);
  if (!found.exists) {
    return [`Interface ${name} does not exist; there are: ${interfaceNames().join(', ') || 'none'}.`];
  }
  const problems: string[] = [];
  if (!found.up) problems.push(`${name} is down, so it hears nothing: sudo ip link set ${name} up`);
  for (const address of found.addresses) {
    problems.push(`${name} has the address ${address}, so others can talk to it: sudo ip address flush dev ${name}`);
  }
  if (found.arp) problems.push(`${name} answers ARP, so it shows itself: sudo ip link set ${name} arp off`);
  if (found.ipv6) {
    problems.push(
      `${name} speaks IPv6 as soon as it is up, so it shows itself: sudo sysctl -w net/ipv6/conf/${name}/disable_ipv6=1`,
    );
  }
  if (txPacketsBefore !== undefined && found.txPackets > txPacketsBefore) {
    const sent = found.txPackets - txPacketsBefore;
    problems.push(
      `${name} sent ${sent} packets while it should only listen: sudo tcpdump -i ${name} -Q out shows what`,
    );
  }
  return problems;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // A card that is down has no carrier to read; a kernel without IPv6 has no such setting.
    return '';
  }
}
