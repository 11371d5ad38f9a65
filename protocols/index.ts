/** Every protocol, one visible line each, in the order in which they are asked. No scanning, no registration on import. */
import type { Limits } from '../src/limits.ts';
import type { ExchangeReader, Protocol } from '../src/protocol.ts';
import { adb } from './adb/decoder.ts';
import { createAlaris } from './alaris/decoder.ts';
import { amqp } from './amqp/decoder.ts';
import { createAstm } from './astm/decoder.ts';
import { bacnet } from './bacnet/decoder.ts';
import { bittorrent, bittorrentOverUdp } from './bittorrent/decoder.ts';
import { createCoap } from './coap/decoder.ts';
import { createContec } from './contec/decoder.ts';
import { createDcerpc, rpcPipes } from './dcerpc/decoder.ts';
import { dhcp } from './dhcp/decoder.ts';
import { dhcpv6 } from './dhcpv6/decoder.ts';
import { createDicom } from './dicom/index.ts';
import { dicomweb } from './dicomweb/reader.ts';
import { dnp3, dnp3OverUdp } from './dnp3/decoder.ts';
import { createDns, createDnsOverTcp } from './dns/decoder.ts';
import { createDtls } from './dtls/decoder.ts';
import { ethernetIp, ethernetIpOverUdp } from './ethernet-ip/decoder.ts';
import { fhir } from './fhir/reader.ts';
import { file } from './file/decoder.ts';
import { createFtp } from './ftp/decoder.ts';
import { createGeS5 } from './ge-s5/decoder.ts';
import { geUnity } from './ge-unity/decoder.ts';
import { createHl7 } from './hl7/decoder.ts';
import { createHl7Bodies } from './hl7/http-body.ts';
import { createHttp, Http2Heads } from './http/decoder.ts';
import { createHttp2 } from './http2/decoder.ts';
import { ica } from './ica/decoder.ts';
import { iec104 } from './iec104/decoder.ts';
import { ike } from './ike/decoder.ts';
import { createImap } from './imap/decoder.ts';
import { intellivue } from './intellivue/decoder.ts';
import { ipmi } from './ipmi/decoder.ts';
import { ipp } from './ipp/reader.ts';
import { irc } from './irc/decoder.ts';
import { iscsi } from './iscsi/decoder.ts';
import { jetdirect } from './jetdirect/decoder.ts';
import { createKerberos, kerberosOverUdp } from './kerberos/decoder.ts';
import { knx } from './knx/decoder.ts';
import { l2tp } from './l2tp/decoder.ts';
import { createLdap, ldapOverUdp } from './ldap/decoder.ts';
import { createLlmnr } from './llmnr/decoder.ts';
import { lpd } from './lpd/decoder.ts';
import { createMdns } from './mdns/decoder.ts';
import { createMedibus } from './medibus/decoder.ts';
import { mindray } from './mindray/decoder.ts';
import { modbus } from './modbus/decoder.ts';
import { mongodb } from './mongodb/decoder.ts';
import { createMqtt } from './mqtt/decoder.ts';
import { mysql } from './mysql/decoder.ts';
import { createNbns } from './nbns/decoder.ts';
import { netbiosDatagram } from './netbios-dgm/decoder.ts';
import { createNihonKohden } from './nihon-kohden/decoder.ts';
import { nomachine } from './nomachine/decoder.ts';
import { ntp } from './ntp/decoder.ts';
import { onvif } from './onvif/reader.ts';
import { opcUa } from './opc-ua/decoder.ts';
import { openvpn, openvpnOverTcp } from './openvpn/decoder.ts';
import { orthanc } from './orthanc/reader.ts';
import { createPhd } from './phd/decoder.ts';
import { createPoct1a } from './poct1a/decoder.ts';
import { createPop3 } from './pop3/decoder.ts';
import { postgresql } from './postgresql/decoder.ts';
import { pptp } from './pptp/decoder.ts';
import { createQuic } from './quic/decoder.ts';
import { radius } from './radius/decoder.ts';
import { radmin } from './radmin/decoder.ts';
import { createRdp } from './rdp/decoder.ts';
import { rdpOverUdp } from './rdp/udp.ts';
import { redis } from './redis/decoder.ts';
import { rlogin } from './rlogin/decoder.ts';
import { rsh } from './rsh/decoder.ts';
import { rsync } from './rsync/decoder.ts';
import { createRtsp } from './rtsp/decoder.ts';
import { rustdesk, rustdeskOverUdp } from './rustdesk/decoder.ts';
import { s7comm } from './s7comm/decoder.ts';
import { createSdcBodies } from './sdc/body.ts';
import { createSip, sipOverUdp } from './sip/decoder.ts';
import { createSmb } from './smb/decoder.ts';
import { createSmtp } from './smtp/decoder.ts';
import { snmp } from './snmp/decoder.ts';
import { socks } from './socks/decoder.ts';
import { spice } from './spice/decoder.ts';
import { createSsdp } from './ssdp/decoder.ts';
import { createSsh } from './ssh/decoder.ts';
import { createStratum } from './stratum/decoder.ts';
import { createStun, stunOverTcp } from './stun/decoder.ts';
import { createSunRpc, createSunRpcOverUdp } from './sunrpc/decoder.ts';
import { syslog, syslogOverTcp } from './syslog/decoder.ts';
import { tailscale } from './tailscale/decoder.ts';
import { tds } from './tds/decoder.ts';
import { teamviewer, teamviewerOverUdp } from './teamviewer/decoder.ts';
import { createTelnet } from './telnet/decoder.ts';
import { tftp } from './tftp/decoder.ts';
import { createTls } from './tls/decoder.ts';
import { tns } from './tns/decoder.ts';
import { upnp } from './upnp/reader.ts';
import { vnc } from './vnc/decoder.ts';
import { winrm } from './winrm/reader.ts';
import { wireguard } from './wireguard/decoder.ts';
import { createWsDiscovery } from './ws-discovery/decoder.ts';
import { x11 } from './x11/decoder.ts';
import { xdmcp } from './xdmcp/decoder.ts';
import { zerotier } from './zerotier/decoder.ts';

export interface ProtocolOptions {
  readonly limits: Limits;
  /** Of keyed hashes, 32 bytes. */
  readonly key: Uint8Array;
}

/** What travels in HTTP, in the order in which it is asked. */
export function createExchangeReaders({ limits }: ProtocolOptions): readonly ExchangeReader[] {
  return [dicomweb, fhir, orthanc, winrm, upnp, onvif, ipp, createHl7Bodies({ limits }), createSdcBodies({ limits })];
}

export function createProtocols(options: ProtocolOptions): readonly Protocol<unknown>[] {
  const { limits, key } = options;
  const readers = createExchangeReaders(options);
  // Read on after STARTTLS.
  const tls = createTls({ limits, isInside: true });
  const http2 = createHttp2({ limits, heads: new Http2Heads(readers) });
  return [
    createDicom({ key, limits }),
    createHttp({ limits, bodies: readers, http2 }),
    http2,
    createHl7({ limits }),
    createPhd({ limits }),
    createPoct1a({ limits }),
    createAstm({ limits }),
    createAlaris({ limits }),
    createNihonKohden({ limits }),
    createMedibus({ limits }),
    createGeS5({ limits }),
    createTls({ limits }),
    createMqtt({ limits }),
    createSsh({ limits }),
    createSmb({ limits, pipes: rpcPipes }),
    createDcerpc({ limits }),
    createSmtp({ limits, tls }),
    createImap({ limits, tls }),
    createPop3({ limits, tls }),
    createFtp({ limits, tls }),
    createSunRpc({ limits }),
    createKerberos({ limits }),
    createLdap({ limits, tls }),
    iscsi,
    rsync,
    jetdirect,
    lpd,
    s7comm,
    opcUa,
    createRdp({ tls }),
    vnc,
    dnp3,
    iec104,
    ethernetIp,
    createContec({ limits }),
    createTelnet({ limits }),
    x11,
    spice,
    rlogin,
    nomachine,
    ica,
    radmin,
    adb,
    amqp,
    mysql,
    postgresql,
    tds,
    tns,
    mongodb,
    redis,
    bittorrent,
    pptp,
    createSip({ limits }),
    createRtsp({ limits }),
    createStratum({ limits }),
    irc,
    rsh,
    openvpnOverTcp,
    teamviewer,
    rustdesk,
    socks,
    wireguard,
    tailscale,
    ike,
    l2tp,
    ipmi,
    xdmcp,
    bittorrentOverUdp,
    sipOverUdp,
    rdpOverUdp,
    openvpn,
    teamviewerOverUdp,
    rustdeskOverUdp,
    zerotier,
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
    tftp,
    createSunRpcOverUdp({ limits }),
    kerberosOverUdp,
    ldapOverUdp,
    dhcp,
    dhcpv6,
    createSsdp({ limits }),
    createWsDiscovery({ limits }),
    createStun({ dtls: createDtls({ limits, isInside: true }) }),
    radius,
    createQuic({ limits }),
    createDtls({ limits }),
    createMdns({ limits }),
    createLlmnr({ limits }),
    createNbns({ limits }),
    netbiosDatagram,
    createCoap({ limits }),
    createDns({ limits }),
    snmp,
    syslog,
    ntp,
  ];
}
