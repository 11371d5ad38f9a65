import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { allowanceOf, type Profile, type ProfilePeer } from '../../src/baseline/profile.ts';
import { profileProblems, siteProfileProblems } from '../../src/configuration/profiles.ts';
import { classTiers } from '../../src/device/class-rules.ts';
import { profileClasses, profileFolder, profilesOf } from '../../src/pipeline/profiles.ts';
import { temporaryFolder } from '../support/temporary.ts';

type Case = readonly [role: 'client' | 'server', service: string, verb: string, peer: string];

/** Of each class one relation that is usual and one that is not; a peer with a dot stands outside. */
const cases: Readonly<Record<string, readonly [allowed: Case, forbidden: Case]>> = {
  ct: [
    ['client', 'dicom', 'C-STORE-RQ CT Image Storage', 'pacs'],
    ['client', 'dicom', 'C-MOVE-RQ Study Root', 'pacs'],
  ],
  mr: [
    ['client', 'dicom', 'C-FIND-RQ', 'worklist'],
    ['client', 'smb', '', 'workstation'],
  ],
  ultrasound: [
    ['client', 'dicom', 'N-CREATE-RQ', 'worklist'],
    ['client', 'dicom', 'C-MOVE to ROGUE', 'pacs'],
  ],
  'x-ray': [
    ['server', 'dicom', 'N-EVENT-REPORT-RQ', 'pacs'],
    ['client', 'rdp', '', 'workstation'],
  ],
  'nuclear-medicine': [
    ['client', 'dicom', 'C-STORE-RQ', 'workstation'],
    ['client', 'dicom', 'C-GET-RQ', 'pacs'],
  ],
  pacs: [
    ['server', 'dicom', 'C-STORE-RQ', 'ct'],
    ['client', 'ssh', '', 'mr'],
  ],
  ehr: [
    ['client', 'hl7', 'ADT^A01', 'interface-engine'],
    ['client', 'smb', '', 'infusion-pump'],
  ],
  'interface-engine': [
    ['server', 'astm', '', 'lab-analyser'],
    ['client', 'rdp', '', 'ventilator'],
  ],
  worklist: [
    ['server', 'dicom', 'C-FIND-RQ', 'ct'],
    ['client', 'dicom', 'C-MOVE-RQ', 'pacs'],
  ],
  'patient-monitor': [
    ['server', 'intellivue', '', 'central-station'],
    ['client', 'smb', '', ''],
  ],
  'central-station': [
    ['server', 'contec', '', 'patient-monitor'],
    ['client', 'ssh', '', 'patient-monitor'],
  ],
  'infusion-pump': [
    ['client', 'alaris', '', 'pump-gateway'],
    ['client', 'tcp/8081', '', 'workstation'],
  ],
  'pump-gateway': [
    ['server', 'alaris', '', 'infusion-pump'],
    ['client', 'rdp', '', 'infusion-pump'],
  ],
  ventilator: [
    ['server', 'medibus', '', 'patient-monitor'],
    ['server', 'vnc', '', 'workstation'],
  ],
  anaesthesia: [
    ['client', 'hl7', 'ORU^R01', 'interface-engine'],
    ['client', 'mysql', '', 'ehr'],
  ],
  dialysis: [
    ['client', 'hl7', 'ORU^R01', 'ehr'],
    ['server', 'telnet', '', 'workstation'],
  ],
  'lab-analyser': [
    ['client', 'astm', '', 'interface-engine'],
    ['client', 'ssh', '', 'workstation'],
  ],
  'point-of-care-meter': [
    ['client', 'poct1a', '', 'interface-engine'],
    ['server', 'smb', '', 'workstation'],
  ],
  workstation: [
    ['client', 'dicom', 'C-MOVE-RQ', 'pacs'],
    ['client', 'telnet', '', 'pacs'],
  ],
  printer: [
    ['server', 'jetdirect', '', 'workstation'],
    ['client', 'dicom', '', 'pacs'],
  ],
  any: [
    ['client', 'ntp', '', ''],
    ['client', 'stratum', '', ''],
  ],
};

const profileOf = profilesOf(null);
const every = profileOf('any');

function peerOf(name: string): ProfilePeer {
  return { class: name.includes('.') ? '' : name, external: name.includes('.'), name: name.includes('.') ? name : '' };
}

function saysOf(profile: Profile, [role, service, verb, peer]: Case): string {
  return allowanceOf(profile, every, { role, service, verb }, peerOf(peer));
}

t.test('every profile has its cases, every case its profile', (t) => {
  t.strictSame(profileClasses(), Object.keys(cases).sort());
  t.end();
});

for (const [name, [allowed, forbidden]] of Object.entries(cases)) {
  t.test(`the profile of ${name}`, (t) => {
    t.strictSame(profileProblems(join(profileFolder(), `${name}.yaml`)), []);
    const profile = profileOf(name);
    if (profile === null) throw new Error('there is none');
    t.equal(profile.tier, name === 'any' ? 4 : classTiers[name], 'tier of its class');
    t.equal(saysOf(profile, allowed), 'allowed');
    t.equal(saysOf(profile, forbidden), 'forbidden');
    t.equal(saysOf(profile, ['client', 'tls', '', 'update.example']), 'forbidden', 'nobody outside is listed');
    for (const { peers } of [...profile.allowed, ...profile.forbidden]) {
      for (const peer of peers) t.ok(peer === 'any-internal' || peer in classTiers, `${peer} is a class`);
    }
    t.end();
  });
}

t.test('verbs, peers and what wins', (t) => {
  const line = { role: 'client', services: ['dicom'], peers: ['pacs'], why: 'test' } as const;
  const profile: Profile = {
    class: 'ct',
    tier: 3,
    about: 'test',
    initiator: 'device',
    allowed: [{ ...line, verbs: ['C-STORE', 'ORU'] }],
    forbidden: [{ ...line, peers: ['any-internal'], verbs: ['C-MOVE'] }],
    external: [{ name: 'maker.example', services: ['tls'], why: 'remote service' }],
  };
  const says = (...one: Case): string => saysOf(profile, one);
  t.equal(says('client', 'dicom', '', 'pacs'), 'allowed', 'some use of the service is usual');
  t.equal(says('client', 'dicom', '', 'ct'), 'unknown', 'forbidding a verb forbids no service');
  t.equal(says('client', 'dicom', 'C-STORE', 'pacs'), 'allowed');
  t.equal(says('client', 'dicom', 'C-STORE-RQ CT', 'pacs'), 'allowed');
  t.equal(says('client', 'dicom', 'ORU^R01', 'pacs'), 'allowed');
  t.equal(says('client', 'dicom', 'ORUX', 'pacs'), 'unknown', 'the beginning of a word is no verb');
  t.equal(says('server', 'dicom', 'C-STORE', 'pacs'), 'unknown', 'the other role');
  t.equal(says('client', 'dicom', 'C-STORE', ''), 'unknown', 'a peer of unknown class');
  t.equal(says('client', 'dicom', 'C-MOVE to X', ''), 'forbidden');
  t.equal(says('client', 'tls', '', 'maker.example'), 'allowed');
  t.equal(says('client', 'tls', '', 'eu.maker.example'), 'allowed');
  t.equal(says('client', 'tls', '', 'notmaker.example'), 'forbidden');
  t.equal(says('client', 'ssh', '', 'maker.example'), 'forbidden', 'another service of a listed partner');
  t.equal(allowanceOf(profile, null, { role: 'client', service: 'dns', verb: '' }, peerOf('')), 'unknown');
  t.equal(saysOf({ ...profile, allowed: [line] }, ['client', 'dicom', 'C-ECHO', 'pacs']), 'unknown', 'not thought of');
  t.equal(saysOf({ ...profile, forbidden: [line] }, ['client', 'dicom', 'C-ECHO', 'pacs']), 'forbidden');
  const both = { ...profile, allowed: [{ ...line, services: ['*'] }], forbidden: [line] };
  t.equal(saysOf(both, ['client', 'dicom', '', 'pacs']), 'forbidden', 'what is forbidden wins');
  t.equal(saysOf(both, ['client', 'ftp', '', 'pacs']), 'allowed');
  t.end();
});

t.test('a site gives its own lines for a class of ours and for one of its own', (t) => {
  const folder = join(temporaryFolder(t), 'profiles');
  mkdirSync(folder);
  const external = 'external: [{ name: maker.example, services: [tls], why: remote service }]';
  writeFileSync(join(folder, 'ct.yaml'), `class: ct\n${external}\n`);
  writeFileSync(join(folder, 'incubator.yaml'), 'class: incubator\ntier: 1\n');
  t.strictSame(siteProfileProblems(folder), []);
  const site = profilesOf(folder);
  t.match(site('ct'), { tier: 3, external: [{ name: 'maker.example' }] });
  t.strictSame(site('ct')?.allowed, profileOf('ct')?.allowed, 'what it does not say stays');
  t.match(site('incubator'), { tier: 1, initiator: 'both', allowed: [] });
  t.equal(site('../ct'), null, 'a class is no path');
  t.equal(site('toaster'), null);

  writeFileSync(join(folder, 'mr.yaml'), 'class: ct\n');
  writeFileSync(join(folder, 'pacs.yaml'), 'class: pacs\nforbidden:\n  - role: both\n    colour: red\n');
  writeFileSync(join(folder, 'ehr.yaml'), 'class: [\n');
  const problems = siteProfileProblems(folder).map((text) => text.slice(folder.length + 1));
  t.match(problems.join('\n'), /^ehr\.yaml:\d+: /m);
  t.match(problems.join('\n'), /^mr\.yaml:1: class: a profile stands in a file of its name, ct\.yaml$/m);
  t.match(problems.join('\n'), /^pacs\.yaml:3: forbidden\.0: .*missing/m);
  t.match(problems.join('\n'), /^pacs\.yaml:4: forbidden\.0\.colour: unknown key/m);
  t.end();
});
