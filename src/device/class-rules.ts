/**
 * What speaks for a device being of some class: one table of words and what they are worth.
 *
 * A rule looks at one kind of word: the role a device has in a protocol, the maker of its network card, or an attribute
 * of its evidence (a service it announces, the product name of its web server …). The most believed rule gives the class;
 * all others that fit stay in the evidence beside it. What a person's list says beats all of them.
 */

export interface ClassRule {
  /** `role`, `maker`, or an attribute of the evidence. */
  readonly from: string;
  readonly pattern: RegExp;
  readonly class: string;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Care tier of each class (detection cards): 1 therapy · 2 monitoring · 3 diagnostic · 4 support. */
export const classTiers: Readonly<Record<string, number>> = {
  'infusion-pump': 1,
  ventilator: 1,
  anaesthesia: 1,
  dialysis: 1,
  'patient-monitor': 2,
  'central-station': 2,
  'pump-gateway': 2,
  'personal-health-device': 2,
  ct: 3,
  mr: 3,
  ultrasound: 3,
  'x-ray': 3,
  'nuclear-medicine': 3,
  'lab-analyser': 3,
  'point-of-care-meter': 3,
  pacs: 3,
  worklist: 3,
  ehr: 3,
  'interface-engine': 3,
  workstation: 4,
  printer: 4,
  phone: 4,
  camera: 4,
  'media-player': 4,
  mobile: 4,
  'network-equipment': 4,
  'power-supply': 4,
  controller: 4,
};

/** Classes that every house has: being one of them makes no device medical. */
export const ordinaryClasses: ReadonlySet<string> = new Set([
  'printer',
  'phone',
  'camera',
  'media-player',
  'mobile',
  'network-equipment',
  'power-supply',
  'controller',
]);

/** Makers of medical devices as the IEEE registry spells them, and the class their network cards are usually in. */
export const medicalMakers: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/philips (patient monitoring|medical|healthcare)|koninklijke philips/i, 'patient-monitor'],
  [
    /contec|mindray|dr[aä]e?ger|nihon kohden|spacelabs|welch allyn|masimo|datascope|criticare|edan inst/i,
    'patient-monitor',
  ],
  [/alaris|carefusion|b\.? ?braun|hospira|baxter|smiths medical|ivenix|fresenius|icu medical/i, 'infusion-pump'],
  [
    /sysmex|beckman coulter|biom[eé]rieux|radiometer|instrumentation lab|abbott diag|roche diag|horiba medical|ortho.clinical/i,
    'lab-analyser',
  ],
  [/hamilton medical|resmed|puritan.?bennett|maquet|getinge/i, 'ventilator'],
  // These make devices of many classes.
  [
    /siemens (ag|medical|health)|ge (medical|healthcare)|general electric.*medical|fujifilm|carestream|hologic|varian|elekta|toshiba medical|canon medical|hitachi medical|esaote|agfa/i,
    '',
  ],
];

const rule = (from: string, pattern: RegExp, kind: string, confidence: number): ClassRule => ({
  from,
  pattern,
  class: kind,
  confidence,
});

export const classRules: readonly ClassRule[] = [
  // Modality of the images a device makes (DICOM PS3.3 C.7.3.1.1.1).
  rule('modality', /^CT$/, 'ct', 0.95),
  rule('modality', /^MR$/, 'mr', 0.95),
  rule('modality', /^(US|IVUS)$/, 'ultrasound', 0.95),
  rule('modality', /^(CR|DX|MG|XA|RF|IO|PX)$/, 'x-ray', 0.95),
  rule('modality', /^(PT|NM)$/, 'nuclear-medicine', 0.95),

  // What a device does in a protocol.
  rule('role', /^dicom archive$/, 'pacs', 0.9),
  rule('role', /^dicom worklist$/, 'worklist', 0.85),
  rule('role', /^intellivue server$/, 'patient-monitor', 0.85),
  rule('role', /^hl7 server and client$/, 'interface-engine', 0.8),
  rule('role', /^contec client$/, 'patient-monitor', 0.8),
  rule('role', /^poct1a client$/, 'lab-analyser', 0.75),
  rule('role', /^phd client$/, 'personal-health-device', 0.75),
  rule('role', /^intellivue speaker$/, 'patient-monitor', 0.7),
  rule('role', /^(ge-unity|ge-s5|nihon-kohden|mindray) speaker$/, 'patient-monitor', 0.7),
  rule('role', /^alaris client$/, 'infusion-pump', 0.7),
  rule('role', /^(ipp|lpd|jetdirect|pjl) server$/, 'printer', 0.7),
  rule('role', /^contec server$/, 'central-station', 0.62),
  // Either side of ASTM may open the connection; the registry of makers knows better.
  rule('role', /^hl7 server$/, 'interface-engine', 0.55),
  rule('role', /^(modbus|bacnet|s7comm|ethernet-ip|opc-ua|knx|dnp3|iec104) server$/, 'controller', 0.55),
  rule('role', /^poct1a server$/, 'interface-engine', 0.52),
  rule('role', /^hl7 patient administration$/, 'ehr', 0.5),
  rule('role', /^astm client$/, 'lab-analyser', 0.48),
  rule('role', /^dicom query$/, 'workstation', 0.45),

  // Specialisation of a personal health device (IEEE 11073-104xx).
  rule('specialisation', /./, 'personal-health-device', 0.8),

  // Services that a device announces (mDNS, UPnP), what it says of itself (LLDP, SNMP).
  rule('service', /^_(ipps?|printer|pdl-datastream|uscans?|scanner)\._tcp/, 'printer', 0.75),
  rule('service', /^_(axis-video|rtsp)\._tcp/, 'camera', 0.6),
  rule('service', /^_(airplay|raop|googlecast|spotify-connect)\._tcp/, 'media-player', 0.55),
  rule('service', /^_sip\._(tcp|udp)/, 'phone', 0.5),
  rule('service', /\bPrinter\b/i, 'printer', 0.7),
  // Types of WS-Discovery: Windows printing and scanning, ONVIF.
  rule('service', /^(Print|Scan)(Device|er)(Service)?Type$/, 'printer', 0.7),
  rule('service', /^NetworkVideoTransmitter$/, 'camera', 0.75),
  rule('service', /\b(InternetGatewayDevice|WLANAccessPointDevice)\b/, 'network-equipment', 0.65),
  rule('service', /\b(MediaRenderer|MediaServer)\b/, 'media-player', 0.55),
  rule('capability', /\btelephone\b/i, 'phone', 0.75),
  rule('capability', /\b(bridge|router|wlan access point)\b/i, 'network-equipment', 0.58),
  rule('software', /\b(JETDIRECT|LaserJet|printer)\b/i, 'printer', 0.7),
  rule(
    'software',
    /\b(Cisco (IOS|NX-OS)|Catalyst|ProCurve|ArubaOS|JUNOS|FortiGate|RouterOS|switch)\b/i,
    'network-equipment',
    0.7,
  ),
  rule('software', /\bAPC Web\b|\bUPS\b.*\b(battery|management)\b/i, 'power-supply', 0.6),
  rule('software', /\bultrasound\b/i, 'ultrasound', 0.65),
  rule('software', /\bpatient monitor\b/i, 'patient-monitor', 0.65),
  rule('software', /\binfusion pump\b/i, 'infusion-pump', 0.65),
  rule('software', /\bventilator\b/i, 'ventilator', 0.65),

  // Families of models, where a device names its own.
  rule('model', /\b(IntelliVue|BeneVision|CARESCAPE|Infinity Delta)/i, 'patient-monitor', 0.78),
  rule('model', /\b(Resona|Affiniti|EPIQ|LOGIQ|ACUSON|Aplio)/i, 'ultrasound', 0.78),
  rule('model', /\b(SOMATOM|Aquilion|Revolution CT|Ingenuity CT)/i, 'ct', 0.78),
  rule('model', /\b(MAGNETOM|SIGNA|Ingenia)/i, 'mr', 0.78),
  rule('model', /\b(Perfusor|Infusomat|Alaris)/i, 'infusion-pump', 0.78),
  rule('model', /\b(Evita|Hamilton-[CGTS]|Servo-[inus])/i, 'ventilator', 0.78),
  rule('model', /\b(Perseus A|Aisys|Primus IE)/i, 'anaesthesia', 0.78),
  rule('model', /\b(XN-\d|cobas|Atellica|ABL ?\d)/i, 'lab-analyser', 0.78),
  rule('model', /\b(LaserJet|OfficeJet|imageRUNNER|ECOSYS)/i, 'printer', 0.75),

  // Products.
  rule('server-software', /\bOrthanc\b|\bdcm4chee?\b/i, 'pacs', 0.65),
  rule('server-software', /\bMirth\b/i, 'interface-engine', 0.62),
  rule('server-software', /\b(HP HTTP Server|Canon HTTP|EPSON|Lexmark|KM-MFP|Xerox|Virata-EmWeb)\b/i, 'printer', 0.6),
  rule('server-software', /\b(Hikvision|AXIS|Dahua)\b/i, 'camera', 0.6),
  rule('server-software', /\bcisco-IOS\b/i, 'network-equipment', 0.6),
  rule('vendor-class', /IntelliVue/i, 'patient-monitor', 0.75),
  rule('vendor-class', /JetDirect|Typ=Printer/i, 'printer', 0.7),
  rule('vendor-class', /\bIP Phone\b|^ccp\.avaya|^(yealink|polycom|snom)/i, 'phone', 0.7),
  rule('vendor-class', /^(Cisco AP|ArubaAP|ArubaInstantAP)/, 'network-equipment', 0.7),
  rule('vendor-class', /^AXIS\b/i, 'camera', 0.6),
  rule('vendor-class', /^android-dhcp/, 'mobile', 0.5),

  // Who made the network card.
  ...medicalMakers.filter(([, kind]) => kind !== '').map(([pattern, kind]) => rule('maker', pattern, kind, 0.6)),
  rule('maker', /lexmark|kyocera|brother industries|seiko epson|zebra technologies/i, 'printer', 0.5),
  rule('maker', /axis communications|hikvision|dahua/i, 'camera', 0.5),
  rule('maker', /polycom|yealink|snom tech|grandstream/i, 'phone', 0.5),
];
