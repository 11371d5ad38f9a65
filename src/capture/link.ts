/**
 * Link types that can be decoded, and names for those that cannot (tcpdump.org/linktypes.html).
 *
 * The one list that says whether packets of a capture are of any use; a capture of another link type is
 * refused by number and name instead of being decoded into nonsense.
 */

/** Ethernet, BSD loopback (NULL, LOOP), raw IP in its five numbers, Linux "any" (SLL, SLL2). */
const DECODED: ReadonlySet<number> = new Set([1, 0, 108, 12, 14, 101, 228, 229, 113, 276]);

const NAMES: Readonly<Record<number, string>> = {
  3: 'AX.25',
  6: 'token ring',
  7: 'ARCNET',
  8: 'SLIP',
  9: 'PPP',
  10: 'FDDI',
  50: 'PPP in HDLC framing',
  51: 'PPPoE',
  99: 'Symantec firewall',
  100: 'ATM',
  104: 'Cisco HDLC',
  105: 'IEEE 802.11',
  107: 'frame relay',
  114: 'LocalTalk',
  117: 'OpenBSD pflog',
  119: 'IEEE 802.11 with Prism header',
  122: 'IP over Fibre Channel',
  123: 'ATM',
  127: 'IEEE 802.11 with radiotap header',
  129: 'Linux ARCNET',
  147: 'private use 0',
  163: 'IEEE 802.11 with AVS header',
  177: 'Linux LAPD',
  187: 'Bluetooth HCI',
  189: 'USB',
  192: 'per-packet information',
  195: 'IEEE 802.15.4',
  197: 'Endace ERF',
  201: 'Bluetooth HCI with direction',
  220: 'USB',
  224: 'Fibre Channel',
  227: 'SocketCAN',
  230: 'IEEE 802.15.4 without frame check',
  231: 'D-Bus',
  239: 'Linux netfilter log',
  240: 'netANALYZER',
  247: 'InfiniBand',
  249: 'USB',
  251: 'Bluetooth Low Energy',
  252: 'Wireshark upper PDU',
  253: 'Linux netlink',
  258: 'Apple PKTAP',
  271: 'vsock',
  283: 'IEEE 802.15.4 with TAP header',
};

export function isDecodedLink(link: number): boolean {
  return DECODED.has(link);
}

/** `105 (IEEE 802.11)`; the bare number when it has no common name. */
export function linkText(link: number): string {
  const name = NAMES[link];
  return name === undefined ? `${link}` : `${link} (${name})`;
}
