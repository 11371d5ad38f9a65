/**
 * Control of UPnP devices (UPnP Device Architecture 2.0, 3 and 4): an action of a service, named in a header.
 *
 *     POST /ctl/IPConn HTTP/1.1
 *     SOAPACTION: "urn:schemas-upnp-org:service:WANIPConnection:1#AddPortMapping"
 *
 * Told: which action. A port opened to the outside is the one that matters. Arguments are never read.
 */
import { find, Words } from '../../src/bytes/words.ts';
import type { Exchange, ExchangeReader, Segment } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp } from '../../src/records.ts';

const READS = [
  ...['GetExternalIPAddress', 'GetGenericPortMappingEntry', 'GetSpecificPortMappingEntry', 'GetListOfPortMappings'],
  ...[
    'GetStatusInfo',
    'GetCommonLinkProperties',
    'GetTotalBytesSent',
    'GetTotalBytesReceived',
    'GetConnectionTypeInfo',
  ],
  ...['GetNATRSIPStatus', 'GetProtocolInfo', 'GetTransportInfo', 'GetPositionInfo', 'GetMediaInfo', 'GetVolume'],
  ...['GetMute', 'Browse', 'Search', 'GetSystemUpdateID', 'GetSearchCapabilities', 'GetSortCapabilities', 'GetInfo'],
  ...['GetSecurityKeys', 'GetSSID', 'GetDefaultConnectionService', 'GetFirewallStatus'],
];
const WRITES = [
  ...['AddPortMapping', 'AddAnyPortMapping', 'DeletePortMapping', 'DeletePortMappingRange', 'SetConnectionType'],
  ...['RequestConnection', 'RequestTermination', 'ForceTermination', 'SetAVTransportURI', 'SetNextAVTransportURI'],
  ...['Play', 'Stop', 'Pause', 'Next', 'Previous', 'Seek', 'SetVolume', 'SetMute', 'AddPinhole', 'UpdatePinhole'],
  ...['DeletePinhole', 'CreateObject', 'DestroyObject', 'UpdateObject', 'SetTarget', 'SetDefaultConnectionService'],
  ...['SetEnable', 'SetSSID', 'SetSecurityKeys', 'Reboot', 'FactoryReset', 'SetConfig', 'SetEthernetLinkStatus'],
];
const actions = new Words([...READS, ...WRITES], true);
const SERVICES = new Words([
  ...['WANIPConnection', 'WANPPPConnection', 'WANCommonInterfaceConfig', 'WANIPv6FirewallControl', 'AVTransport'],
  ...['RenderingControl', 'ConnectionManager', 'ContentDirectory', 'Layer3Forwarding', 'SwitchPower', 'Dimming'],
  ...['DeviceConfig', 'LANConfigSecurity', 'WLANConfiguration', 'LANHostConfigManagement', 'DeviceProtection'],
]);

const SERVICE = ':service:';
const HASH = 0x23;
const COLON = 0x3a;
const OTHER = 4_095;
/** A topic is the place of the action and one, and that of the service and one × 4096. */
const ROOM = 4_096;

const message = new Message();
const operation = new Operation();

export const upnp: ExchangeReader = {
  name: 'upnp',

  asks: topicFor,

  hears({ topic, isRequest, status }, segment, records) {
    const action = actions.list[(topic % ROOM) - 1] ?? 'other';
    const service = SERVICES.list[Math.floor(topic / ROOM) - 1] ?? '';
    if (isRequest) {
      stamp(message, segment);
      message.fromClient = segment.toServer;
      message.protocol = 'upnp';
      message.kind = action;
      records.message(message);
    }
    if (!WRITES.includes(action)) return;
    tell(action, service, isRequest ? 'asked' : status < 400 ? 'done' : 'failed', segment, records);
  },
};

function topicFor({ view, soapAction: { at, end } }: Exchange): number {
  if (at >= end) return 0;
  const mark = find(view, at, end, SERVICE);
  if (mark < 0) return 0;
  const from = mark + SERVICE.length;
  let colon = from;
  while (colon < end && view.getUint8(colon) !== COLON) colon++;
  let hash = colon;
  while (hash < end && view.getUint8(hash) !== HASH) hash++;
  if (hash >= end) return 0;
  const action = actions.find(view, hash + 1, end);
  return (action < 0 ? OTHER : action + 1) + (SERVICES.find(view, from, colon) + 1) * ROOM;
}

function tell(verb: string, object: string, outcome: string, segment: Segment, records: Records): void {
  stamp(operation, segment);
  operation.fromClient = outcome === 'asked' ? segment.toServer : !segment.toServer;
  operation.protocol = 'upnp';
  operation.verb = verb;
  operation.object = object;
  operation.outcome = outcome;
  records.operation(operation);
}
