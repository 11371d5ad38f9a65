/**
 * What kind of device this is, and how near to a patient: from what it speaks, what it says about itself and
 * who made its network card. Weak evidence gives a weak answer; a line in the configuration beats all of it.
 */
import type { Device } from './device.ts';

/** Care tier of each class (detection.md 3.2): 1 therapy · 2 monitoring · 3 diagnostic · 4 support. */
const tiers: Readonly<Record<string, number>> = {
  'infusion-pump': 1,
  ventilator: 1,
  anaesthesia: 1,
  dialysis: 1,
  'patient-monitor': 2,
  'central-station': 2,
  ct: 3,
  mr: 3,
  ultrasound: 3,
  'x-ray': 3,
  'nuclear-medicine': 3,
  'lab-analyser': 3,
  pacs: 3,
  worklist: 3,
  ehr: 3,
  'interface-engine': 3,
  workstation: 4,
  printer: 4,
};

/** Unknown kind of medical device: treated as diagnostic (contract 2). */
const TIER_UNKNOWN = 3;
const TIER_OTHER = 4;

/** DICOM modality (PS3.3 C.7.3.1.1.1) → class. */
const modalities: Readonly<Record<string, string>> = {
  CT: 'ct',
  MR: 'mr',
  US: 'ultrasound',
  IVUS: 'ultrasound',
  CR: 'x-ray',
  DX: 'x-ray',
  MG: 'x-ray',
  XA: 'x-ray',
  RF: 'x-ray',
  IO: 'x-ray',
  PX: 'x-ray',
  PT: 'nuclear-medicine',
  NM: 'nuclear-medicine',
};

/** Makers of medical devices as the IEEE registry spells them, and the class their network cards are usually in. */
const makers: readonly (readonly [RegExp, string])[] = [
  [/philips (patient monitoring|medical|healthcare)|koninklijke philips/i, 'patient-monitor'],
  [
    /contec med|mindray|dr[aä]e?ger|nihon kohden|spacelabs|welch allyn|masimo|datascope|criticare|edan inst/i,
    'patient-monitor',
  ],
  [/alaris|carefusion|b\.? ?braun|hospira|baxter|smiths medical|ivenix|fresenius|icu medical/i, 'infusion-pump'],
  [
    /sysmex|beckman coulter|biom[eé]rieux|radiometer|instrumentation lab|abbott diag|roche diag|horiba medical|ortho.clinical/i,
    'lab-analyser',
  ],
  [/hamilton medical|resmed|puritan.?bennett|maquet|getinge/i, 'ventilator'],
  [
    /siemens (ag|medical|health)|ge (medical|healthcare)|general electric.*medical|fujifilm|carestream|hologic|varian|elekta|toshiba medical|canon medical|hitachi medical|esaote|agfa/i,
    '',
  ],
];

/** Of the maker of a hardware address: whether it makes medical devices, and of which class ('' = several). */
export function makerClass(vendor: string): { medical: boolean; class: string } {
  for (const [pattern, kind] of makers) if (pattern.test(vendor)) return { medical: true, class: kind };
  return { medical: false, class: '' };
}

/** Protocols that only medical devices and their servers speak. */
const medicalProtocols = new Set([
  'dicom',
  'dicomweb',
  'hl7',
  'fhir',
  'sdc',
  'phd',
  'intellivue',
  'poct1a',
  'astm',
  'ge-unity',
  'ge-s5',
  'medibus',
  'mindray',
  'nihon-kohden',
  'alaris',
  'contec',
]);

export function isMedicalProtocol(name: string): boolean {
  return medicalProtocols.has(name);
}

export interface Kind {
  class: string;
  tier: number;
  medical: boolean;
}

/** `listed` is what the configuration says of the device. */
export function kindOf(device: Device, vendor: string, listed: { class?: string; tier?: number } | null): Kind {
  const maker = makerClass(vendor);
  // What stands outside the hospital is none of its devices, whatever language it speaks.
  if (device.external && listed?.class === undefined)
    return { class: '', tier: listed?.tier ?? TIER_OTHER, medical: false };
  const kind = listed?.class ?? inferClass(device, maker.class);
  const known = tiers[kind];
  const listedMedical = listed?.class !== undefined && known !== undefined && kind !== 'printer';
  const medical = device.medicalTraffic || listedMedical || maker.medical;
  return { class: kind, tier: listed?.tier ?? known ?? (medical ? TIER_UNKNOWN : TIER_OTHER), medical };
}

function inferClass(device: Device, makerKind: string): string {
  const modality = modalities[device.ledger.best('modality')];
  if (modality !== undefined) return modality;
  const { roles } = device;
  if (roles.has('dicom archive')) return 'pacs';
  if (roles.has('dicom worklist')) return 'worklist';
  if (roles.has('hl7 server') && roles.has('hl7 client')) return 'interface-engine';
  if (makerKind !== '') return makerKind;
  if (roles.has('hl7 server')) return 'interface-engine';
  if (roles.has('hl7 patient administration')) return 'ehr';
  if (roles.has('dicom query')) return 'workstation';
  return '';
}
