/** EtherTypes (IEEE registration authority) that lead to a network header, by the names of their standards. */
export const IPV4 = 0x0800;
export const ARP = 0x0806;
export const IPV6 = 0x86dd;

/** 802.1Q customer tag, 802.1ad service tag, and the two that vendors used before it. */
export const VLAN = 0x8100;
export const SERVICE_VLAN = 0x88a8;
export const OLD_VLAN_9100 = 0x9100;
export const OLD_VLAN_9200 = 0x9200;

/** 802.1BR: tag between a switch and its port extender; and Cisco's form before it. */
export const E_TAG = 0x893f;
export const VN_TAG = 0x8926;

/** 802.1ah, provider backbone bridge. */
export const BACKBONE = 0x88e7;

export const MPLS = 0x8847;
export const MPLS_UPSTREAM = 0x8848;
export const PPPOE_SESSION = 0x8864;

/** Link layer discovery (IEEE 802.1AB): no network header, but worth hearing. */
export const LLDP = 0x88cc;

/** A whole Ethernet frame (transparent Ethernet bridging, RFC 1701): what every layer-2 tunnel carries. */
export const BRIDGED = 0x6558;

/** GRE only. */
export const PPP = 0x880b;
export const ERSPAN = 0x88be;
export const ERSPAN_III = 0x22eb;

/** Smaller values in the place of a type are an 802.3 length. */
export const TYPE_MIN = 0x0600;

/** Not on any wire: an LLC header follows (IEEE 802.2). */
export const LLC = 1;
/** Not on any wire: CDP, whose type is Cisco's own, follows. */
export const CDP = 2;
