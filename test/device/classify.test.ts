import t from 'tap';
import { classRules, classTiers } from '../../src/device/class-rules.ts';
import { candidatesOf, kindOf } from '../../src/device/classify.ts';
import { Device } from '../../src/device/device.ts';
import { deviceRows } from '../../src/pipeline/rows.ts';
import { Message } from '../../src/records.ts';
import { TestWard } from '../support/ward.ts';

/** A device of which this is known: roles as `role x`, the maker as `maker x`, anything else as an attribute. */
function known(...words: string[]): { device: Device; vendor: string } {
  const device = new Device(1, 'x', false, false, 64);
  let vendor = '';
  for (const word of words) {
    const space = word.indexOf(' ');
    const [from, value] = [word.slice(0, space), word.slice(space + 1)];
    if (from === 'role') device.addRole(value);
    else if (from === 'maker') vendor = value;
    else device.ledger.add(from, value, 'test', 0.8, 1);
  }
  return { device, vendor };
}

const classOf = (...words: string[]): string => {
  const { device, vendor } = known(...words);
  return kindOf(device, vendor, null).class;
};

/** For every rule the words that make it speak. */
const examples: readonly [word: string, kind: string][] = [
  ['modality CT', 'ct'],
  ['modality MR', 'mr'],
  ['modality US', 'ultrasound'],
  ['modality MG', 'x-ray'],
  ['modality PT', 'nuclear-medicine'],
  ['role dicom archive', 'pacs'],
  ['role dicom worklist', 'worklist'],
  ['role intellivue server', 'patient-monitor'],
  ['role contec client', 'patient-monitor'],
  ['role poct1a client', 'lab-analyser'],
  ['role phd client', 'personal-health-device'],
  ['role intellivue speaker', 'patient-monitor'],
  ['role ge-unity speaker', 'patient-monitor'],
  ['role alaris client', 'infusion-pump'],
  ['role lpd server', 'printer'],
  ['role contec server', 'central-station'],
  ['role hl7 server', 'interface-engine'],
  ['role modbus server', 'controller'],
  ['role poct1a server', 'interface-engine'],
  ['role hl7 patient administration', 'ehr'],
  ['role astm client', 'lab-analyser'],
  ['role dicom query', 'workstation'],
  ['specialisation pulse oximeter', 'personal-health-device'],
  ['service _ipp._tcp.local', 'printer'],
  ['service _axis-video._tcp.local', 'camera'],
  ['service _airplay._tcp.local', 'media-player'],
  ['service _sip._udp.local', 'phone'],
  ['service urn:schemas-upnp-org:device:Printer:1', 'printer'],
  ['service PrintDeviceType', 'printer'],
  ['service NetworkVideoTransmitter', 'camera'],
  ['service urn:schemas-upnp-org:device:InternetGatewayDevice:1', 'network-equipment'],
  ['service urn:schemas-upnp-org:device:MediaRenderer:1', 'media-player'],
  ['capability telephone', 'phone'],
  ['capability bridge', 'network-equipment'],
  ['software HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD149', 'printer'],
  ['software Cisco IOS Software, C2960 Software', 'network-equipment'],
  ['software Mindray Resona 7 ultrasound V3.0', 'ultrasound'],
  ['software Patient Monitor 3.1', 'patient-monitor'],
  ['software Infusion pump gateway', 'infusion-pump'],
  ['software Ventilator 2', 'ventilator'],
  ['software APC Web/SNMP Management Card', 'power-supply'],
  ['model IntelliVue MX450', 'patient-monitor'],
  ['model Resona7-US2', 'ultrasound'],
  ['model SOMATOM Definition', 'ct'],
  ['model MAGNETOM Skyra', 'mr'],
  ['model Perfusor Space', 'infusion-pump'],
  ['model Evita V500', 'ventilator'],
  ['model Perseus A500', 'anaesthesia'],
  ['model XN-1000', 'lab-analyser'],
  ['model HP LaserJet 400', 'printer'],
  ['vendor-class Philips-IntelliVue-MX450', 'patient-monitor'],
  ['server-software Orthanc/1.10.1', 'pacs'],
  ['server-software Mirth Connect', 'interface-engine'],
  ['server-software HP HTTP Server; HP LaserJet', 'printer'],
  ['server-software Hikvision-Webs', 'camera'],
  ['server-software cisco-IOS', 'network-equipment'],
  ['vendor-class Hewlett-Packard JetDirect', 'printer'],
  ['vendor-class Cisco Systems, Inc. IP Phone CP-8841', 'phone'],
  ['vendor-class ArubaAP', 'network-equipment'],
  ['vendor-class AXIS,Network Camera', 'camera'],
  ['vendor-class android-dhcp-13', 'mobile'],
  ['maker Philips Patient Monitoring', 'patient-monitor'],
  ['maker Contec Medical', 'patient-monitor'],
  ['maker ALARIS Medical Systems', 'infusion-pump'],
  ['maker Sysmex Corporation', 'lab-analyser'],
  ['maker Hamilton Medical AG', 'ventilator'],
  ['maker LEXMARK INTERNATIONAL', 'printer'],
  ['maker Axis Communications AB', 'camera'],
  ['maker Polycom', 'phone'],
];

for (const [word, kind] of examples) {
  t.test(`${word} speaks for ${kind}`, (t) => {
    t.equal(classOf(word), kind);
    t.end();
  });
}

t.test('every rule has an example, and every class its care tier', (t) => {
  const words = [...examples.map(([word]) => word), 'role hl7 server and client'];
  for (const { from, pattern, class: kind } of classRules) {
    t.ok(
      words.some((word) => word.startsWith(`${from} `) && pattern.test(word.slice(from.length + 1))),
      `${from} ${pattern}`,
    );
    t.ok(classTiers[kind] !== undefined, kind);
  }
  t.end();
});

const conflicts: readonly [why: string, words: string[], kind: string][] = [
  ['images of its own are worth more than the network card', ['modality US', 'maker Philips Healthcare'], 'ultrasound'],
  ['an archive stays one, whoever made its network card', ['maker Mindray', 'role dicom archive'], 'pacs'],
  ['who sends and takes HL7 passes messages on', ['role hl7 server', 'role hl7 client'], 'interface-engine'],
  ['a monitor that takes HL7 is a monitor', ['role hl7 server', 'maker Mindray'], 'patient-monitor'],
  ['a DICOM query alone is a weak word', ['role dicom query', 'role hl7 patient administration'], 'ehr'],
];
for (const [why, words, kind] of conflicts) {
  t.test(why, (t) => {
    t.equal(classOf(...words), kind);
    t.equal(classOf(...words.toReversed()), kind, 'in whatever order it was learnt');
    t.end();
  });
}

t.test('of several classes the best is shown and all stay in the evidence', (t) => {
  const ward = new TestWard({ settings: { vendorOf: () => 'Mindray' } });
  ward.neighbour('10.1.0.11', '08:00:06:00:00:11');
  ward.identity(ward.store('10.1.0.11', '10.1.0.20'), 'modality', 'US');
  const [device] = deviceRows(ward.analyst);
  t.equal(device?.class, 'ultrasound');
  t.strictSame(
    device?.evidence
      .filter(({ attribute }) => attribute === 'class')
      .map(({ value, source, confidence }) => `${value} ${confidence}: ${source}`),
    ['patient-monitor 0.6: maker Mindray', 'ultrasound 0.95: modality US'],
  );
  t.end();
});

t.test('an ordinary class makes no device medical, a medical one on a person’s list does', (t) => {
  const { device } = known('role lpd server');
  t.match(kindOf(device, '', null), { class: 'printer', medical: false, tier: 4 });
  t.match(kindOf(device, '', { class: 'camera' }), { medical: false });
  t.match(kindOf(device, '', { class: 'dialysis' }), { medical: true, tier: 1 });
  t.strictSame(candidatesOf(known().device, ''), []);
  t.end();
});

t.test('roles follow from conversations: who answers is a server, who tells everybody a speaker', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.1.0.11', '08:00:06:00:00:11');
  ward.neighbour('10.1.0.12', '08:00:06:00:00:12');
  ward.connect('10.1.0.20', '10.1.0.11', 24_105, 'intellivue');
  ward.connect('10.1.0.12', '239.1.1.1', 7000, 'ge-unity');
  const web = ward.connect('10.1.0.20', '10.1.0.13', 631, 'http');
  ward.neighbour('10.1.0.13', '08:00:06:00:00:13');
  const printing = { protocol: 'ipp', kind: 'Print-Job', flow: web, timeUs: ward.nowUs };
  ward.analyst.message(Object.assign(new Message(), printing));
  t.match(deviceRows(ward.analyst), [
    { roles: ['intellivue server'], class: 'patient-monitor' },
    { roles: ['ge-unity speaker'], class: 'patient-monitor' },
    { roles: ['ipp server'], class: 'printer' },
  ]);
  t.end();
});
