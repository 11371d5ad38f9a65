/**
 * Tags that stand between the addresses and the type of an Ethernet frame, outermost first.
 *
 *     802.1Q, 802.1ad             VN-Tag                      802.1BR E-Tag
 *     0            2              0            4              0                    6
 *     ┌────────────┬───────┐      ┌────────────┬───────┐      ┌────────────────────┬───────┐
 *     │ PCP DEI id │ type  │      │ interfaces │ type  │      │ PCP, channels      │ type  │
 *     │ 3   1   12 │       │      │            │       │      │                    │       │
 *     └────────────┴───────┘      └────────────┴───────┘      └────────────────────┴───────┘
 *
 * More tags than `vlanTagsMax` are nobody's network design: decoding stops there.
 */
import { E_TAG, OLD_VLAN_9100, OLD_VLAN_9200, SERVICE_VLAN, VLAN, VN_TAG } from './ether-type.ts';
import { typeOrLength } from './ethernet.ts';
import { type Frame, odd, tagged } from './frame.ts';

/** Bytes between the type of the tag and the type that follows it; 0 when it is no tag. */
function tagBytes(etherType: number): number {
  switch (etherType) {
    case VLAN:
    case SERVICE_VLAN:
    case OLD_VLAN_9100:
    case OLD_VLAN_9200:
      return 2;
    case VN_TAG:
      return 4;
    case E_TAG:
      return 6;
    default:
      return 0;
  }
}

/** Steps over every tag at `at`; `frame.etherType` is the first one's, and in the end what they hold. */
export function tags(frame: Frame, from: number, tagsMax: number): number {
  let at = from;
  let bytes = tagBytes(frame.etherType);
  for (let count = 0; bytes > 0; count++) {
    if (count === tagsMax) return odd(frame, 'vlan_too_many');
    if (frame.end - at < bytes + 2) return odd(frame, 'vlan_short');
    if (bytes === 2) tagged(frame, frame.view.getUint16(at));
    at = typeOrLength(frame, frame.view.getUint16(at + bytes), at + bytes + 2);
    bytes = tagBytes(frame.etherType);
  }
  return at;
}
