/**
 * What kind of device this is, and how near to a patient: from what it speaks, what it says about itself and
 * who made its network card (class-rules.ts). Weak evidence gives a weak answer; a line in the configuration beats it.
 */
import { type ClassRule, classRules, classTiers, medicalMakers, ordinaryClasses } from './class-rules.ts';
import type { Device } from './device.ts';

/** Unknown kind of medical device: treated as diagnostic (contract 2). */
const TIER_UNKNOWN = 3;
const TIER_OTHER = 4;

/** Of the maker of a hardware address: whether it makes medical devices, and of which class ('' = several). */
export function makerClass(vendor: string): { medical: boolean; class: string } {
  for (const [pattern, kind] of medicalMakers) if (pattern.test(vendor)) return { medical: true, class: kind };
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
  const kind = listed?.class ?? candidatesOf(device, vendor)[0]?.class ?? '';
  const known = classTiers[kind];
  const listedMedical = listed?.class !== undefined && known !== undefined && !ordinaryClasses.has(kind);
  const medical = device.medicalTraffic || listedMedical || maker.medical;
  return { class: kind, tier: listed?.tier ?? known ?? (medical ? TIER_UNKNOWN : TIER_OTHER), medical };
}

/** One class that something speaks for. */
export interface Candidate {
  readonly class: string;
  readonly confidence: number;
  /** What speaks for it: `role dicom archive`. */
  readonly source: string;
}

/** Rules by what they look at. */
const rulesFrom = new Map<string, ClassRule[]>();
for (const rule of classRules) rulesFrom.set(rule.from, [...(rulesFrom.get(rule.from) ?? []), rule]);

/** Every class that something speaks for, the most believed first; equals in the order of the rules. */
export function candidatesOf(device: Device, vendor: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const [from, rules] of rulesFrom) {
    for (const word of wordsOf(device, vendor, from)) {
      const rule = rules.find(({ pattern }) => pattern.test(word));
      if (rule === undefined) continue;
      candidates.push({ class: rule.class, confidence: rule.confidence, source: `${from} ${word}` });
    }
  }
  return candidates.sort((a, b) => b.confidence - a.confidence);
}

function wordsOf(device: Device, vendor: string, from: string): readonly string[] {
  if (from === 'maker') return vendor === '' ? [] : [vendor];
  if (from !== 'role') {
    // Images that were passed on are of other devices: the most believed value speaks for this one.
    return from === 'modality' ? device.ledger.all(from).slice(0, 1) : device.ledger.all(from);
  }
  const { roles } = device;
  const both = roles.has('hl7 server') && roles.has('hl7 client');
  return both ? [...roles, 'hl7 server and client'] : [...roles];
}
