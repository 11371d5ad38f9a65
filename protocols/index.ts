/** Every protocol, one visible line each, in the order in which they are asked. No scanning, no registration on import. */
import type { Limits } from '../src/limits.ts';
import type { ExchangeReader, Protocol } from '../src/protocol.ts';
import { createAlaris } from './alaris/decoder.ts';
import { createAstm } from './astm/decoder.ts';
import { bacnet } from './bacnet/decoder.ts';
import { createContec } from './contec/decoder.ts';
import { createDcerpc, rpcPipes } from './dcerpc/decoder.ts';
import { dhcp } from './dhcp/decoder.ts';
import { dhcpv6 } from './dhcpv6/decoder.ts';
import { createDicom } from './dicom/index.ts';
import { dnp3, dnp3OverUdp } from './dnp3/decoder.ts';
import { createDns, createDnsOverTcp } from './dns/decoder.ts';
import { ethernetIp, ethernetIpOverUdp } from './ethernet-ip/decoder.ts';
import { file } from './file/decoder.ts';
import { createGeS5 } from './ge-s5/decoder.ts';
import { geUnity } from './ge-unity/decoder.ts';
import { createHl7 } from './hl7/decoder.ts';
import { createHl7Bodies } from './hl7/http-body.ts';
import { createHttp } from './http/decoder.ts';
import { iec104 } from './iec104/decoder.ts';
import { intellivue } from './intellivue/decoder.ts';
import { knx } from './knx/decoder.ts';
import { createLlmnr } from './llmnr/decoder.ts';
import { createMdns } from './mdns/decoder.ts';
import { createMedibus } from './medibus/decoder.ts';
import { mindray } from './mindray/decoder.ts';
import { modbus } from './modbus/decoder.ts';
import { createNbns } from './nbns/decoder.ts';
import { netbiosDatagram } from './netbios-dgm/decoder.ts';
import { createNihonKohden } from './nihon-kohden/decoder.ts';
import { ntp } from './ntp/decoder.ts';
import { opcUa } from './opc-ua/decoder.ts';
import { createPhd } from './phd/decoder.ts';
import { createPoct1a } from './poct1a/decoder.ts';
import { radius } from './radius/decoder.ts';
import { rdp } from './rdp/decoder.ts';
import { s7comm } from './s7comm/decoder.ts';
import { createSdcBodies } from './sdc/body.ts';
import { createSmb } from './smb/decoder.ts';
import { snmp } from './snmp/decoder.ts';
import { createSsdp } from './ssdp/decoder.ts';
import { createSsh } from './ssh/decoder.ts';
import { stun, stunOverTcp } from './stun/decoder.ts';
import { syslog, syslogOverTcp } from './syslog/decoder.ts';
import { createTelnet } from './telnet/decoder.ts';
import { createTls } from './tls/decoder.ts';
import { vnc } from './vnc/decoder.ts';
import { createWsDiscovery } from './ws-discovery/decoder.ts';

export interface ProtocolOptions {
  readonly limits: Limits;
  /** Of keyed hashes, 32 bytes. */
  readonly key: Uint8Array;
}

/** What travels in HTTP, in the order in which it is asked. */
export function createExchangeReaders({ limits }: ProtocolOptions): readonly ExchangeReader[] {
  return [createHl7Bodies({ limits }), createSdcBodies({ limits })];
}

export function createProtocols(options: ProtocolOptions): readonly Protocol<unknown>[] {
  const { limits, key } = options;
  return [
    createDicom({ key, limits }),
    createHttp({ limits, bodies: createExchangeReaders(options) }),
    createHl7({ limits }),
    createPhd({ limits }),
    createPoct1a({ limits }),
    createAstm({ limits }),
    createAlaris({ limits }),
    createNihonKohden({ limits }),
    createMedibus({ limits }),
    createGeS5({ limits }),
    createTls({ limits }),
    createSsh({ limits }),
    createSmb({ limits, pipes: rpcPipes }),
    createDcerpc({ limits }),
    s7comm,
    opcUa,
    rdp,
    vnc,
    dnp3,
    iec104,
    ethernetIp,
    createContec({ limits }),
    createTelnet({ limits }),
    modbus,
    createDnsOverTcp({ limits }),
    stunOverTcp,
    syslogOverTcp,
    // Last: whatever a protocol knows is no file.
    file,
    intellivue,
    geUnity,
    mindray,
    bacnet,
    dnp3OverUdp,
    knx,
    ethernetIpOverUdp,
    dhcp,
    dhcpv6,
    createSsdp({ limits }),
    createWsDiscovery({ limits }),
    stun,
    radius,
    createMdns({ limits }),
    createLlmnr({ limits }),
    createNbns({ limits }),
    netbiosDatagram,
    createDns({ limits }),
    snmp,
    syslog,
    ntp,
  ];
}
