/**
 * One palette for all dashboards: what a thing is called, which colour it has, in which unit it is told.
 *
 * Whoever sees the archive in orange on one dashboard finds it in orange on the next one. Colours that judge (good,
 * watch, bad) are kept for judgement; they never stand alone, the word is always beside them. The others are taken from
 * the colour-blind safe set of Okabe and Ito and neighbours of it.
 */
import { detectors } from '../src/detectors/index.ts';
import { classTiers } from '../src/device/class-rules.ts';

/** Colours that judge. Read as text on light and dark ground. */
export const judgement = {
  good: '#2E8B57',
  watch: '#E0A800',
  bad: '#D55E00',
  critical: '#B3123B',
  neutral: '#6E7B8B',
  calm: '#3B7DD8',
} as const;

export interface Look {
  readonly label: string;
  /** '' = whatever Grafana gives it. */
  readonly colour: string;
}

/** Worst first: tables sort by this order. */
export const severities: Readonly<Record<string, Look>> = {
  critical: { label: 'Critical', colour: judgement.critical },
  high: { label: 'High', colour: judgement.bad },
  medium: { label: 'Medium', colour: judgement.watch },
  low: { label: 'Low', colour: judgement.calm },
};

/** Device classes as the sensor names them (class-rules.ts), as people say them. */
export const classes: Readonly<Record<string, Look>> = {
  'infusion-pump': { label: 'Infusion pump', colour: '#CC79A7' },
  ventilator: { label: 'Ventilator', colour: '#8E44AD' },
  anaesthesia: { label: 'Anaesthesia', colour: '#B07AA1' },
  dialysis: { label: 'Dialysis', colour: '#D4A6C8' },
  'patient-monitor': { label: 'Patient monitor', colour: '#0072B2' },
  'central-station': { label: 'Central station', colour: '#56B4E9' },
  'pump-gateway': { label: 'Pump gateway', colour: '#E377C2' },
  'personal-health-device': { label: 'Personal health device', colour: '#9ECAE1' },
  ct: { label: 'CT', colour: '#009E73' },
  mr: { label: 'MR', colour: '#44AA99' },
  ultrasound: { label: 'Ultrasound', colour: '#88C070' },
  'x-ray': { label: 'X-ray', colour: '#117733' },
  'nuclear-medicine': { label: 'Nuclear medicine', colour: '#A6D854' },
  'lab-analyser': { label: 'Laboratory analyser', colour: '#F0E442' },
  'point-of-care-meter': { label: 'Point-of-care meter', colour: '#DDCC77' },
  pacs: { label: 'Image archive', colour: '#E69F00' },
  worklist: { label: 'Worklist server', colour: '#C49C4A' },
  ehr: { label: 'Patient record system', colour: '#A65628' },
  'interface-engine': { label: 'Interface engine', colour: '#8C6D31' },
  workstation: { label: 'Workstation', colour: '#7F8FA6' },
  printer: { label: 'Printer', colour: '#95A5A6' },
  phone: { label: 'Phone', colour: '#A0AAB4' },
  camera: { label: 'Camera', colour: '#818B94' },
  'media-player': { label: 'Media player', colour: '#8D99AE' },
  mobile: { label: 'Mobile', colour: '#B0BEC5' },
  'network-equipment': { label: 'Network equipment', colour: '#607D8B' },
  'power-supply': { label: 'Power supply', colour: '#78909C' },
  controller: { label: 'Controller', colour: '#546E7A' },
  unknown: { label: 'Not recognised', colour: '#BDC3C7' },
};

/** Care tiers (docs/detections.md). */
export const tiers: Readonly<Record<string, Look>> = {
  '1': { label: 'Therapy', colour: '#CC79A7' },
  '2': { label: 'Monitoring', colour: '#0072B2' },
  '3': { label: 'Diagnostics', colour: '#009E73' },
  '4': { label: 'Support', colour: '#7F8FA6' },
};

/** `strange` of a link. */
export const usual: Readonly<Record<string, Look>> = {
  true: { label: 'Unusual', colour: judgement.watch },
  false: { label: '–', colour: '' },
};

/** Named lines: the alias a query gives to a column, wherever it is drawn. */
export const lines: Readonly<Record<string, string>> = {
  Received: '#56B4E9',
  Sent: '#0072B2',
  Messages: '#0072B2',
  Acknowledged: judgement.good,
  'Refused by the receiver': judgement.bad,
  'Without an answer': judgement.watch,
  'Ended in good order': judgement.good,
  Refused: judgement.bad,
  'Broken off': '#CC79A7',
  'Connection lost': judgement.watch,
  'Still open': judgement.neutral,
  'Images stored': '#009E73',
  'Failed commands': judgement.bad,
  'Half are faster': '#56B4E9',
  '95 of 100 are faster': '#E69F00',
  'Average of a minute': '#56B4E9',
  'Slowest minute': '#E69F00',
  'Lost before the sensor': judgement.critical,
  'Seen twice': '#CC79A7',
  Coverage: judgement.good,
  'Only one direction': judgement.watch,
  'Waiting for InfluxDB': '#E69F00',
  'Failed attempts': judgement.bad,
  'Given up': judgement.critical,
  Conversations: '#56B4E9',
  'Rule breaches': '#CC79A7',
  Packets: '#0072B2',
  Findings: judgement.bad,
  'Cut short': '#E69F00',
  Learning: '#56B4E9',
  Settling: '#E69F00',
  Watched: judgement.good,
  Series: '#0072B2',
  'No room': judgement.bad,
  'In use': '#009E73',
  Results: '#0072B2',
  Orders: '#E69F00',
  Admissions: '#56B4E9',
  Appointments: '#CC79A7',
  Documents: '#8C6D31',
  'Other messages': '#BDC3C7',
  Errors: judgement.bad,
  Rejects: judgement.critical,
  'Called title unknown': judgement.bad,
  'Calling title unknown': judgement.bad,
  'Not supported': judgement.watch,
  Busy: judgement.watch,
  'No reason given': judgement.neutral,
  Store: '#009E73',
  Find: '#56B4E9',
  Move: '#E69F00',
  Get: '#E69F00',
  Echo: '#BDC3C7',
  'Procedure steps and others': '#8C6D31',
};

/** States of learning, as docs/detections.md and the console name them. */
export const learning: Readonly<Record<string, Look>> = {
  discover: { label: 'Newly seen', colour: '#9ECAE1' },
  learn: { label: 'Learning', colour: '#56B4E9' },
  settle: { label: 'Settling', colour: '#E69F00' },
  watch: { label: 'Watched', colour: judgement.good },
  relearn: { label: 'Learning anew', colour: '#CC79A7' },
  blind: { label: 'Sensor blind', colour: judgement.critical },
};

/** Layers of what is usual. */
export const layers: Readonly<Record<string, Look>> = {
  structure_state: { label: 'With whom', colour: judgement.neutral },
  semantics_state: { label: 'What is asked', colour: judgement.neutral },
  quantity_state: { label: 'How much', colour: judgement.neutral },
  time_state: { label: 'When', colour: judgement.neutral },
};

/** What a detector is called, everywhere: its id and its own title. */
export const cards: Readonly<Record<string, Look>> = Object.fromEntries(
  detectors.map(({ id, title }) => [id, { label: `${id} ${title}`, colour: familyColour(id) }]),
);

function familyColour(id: string): string {
  if (id.startsWith('RC')) return '#8E44AD';
  if (id.startsWith('EX')) return '#0072B2';
  if (id.startsWith('BL')) return '#009E73';
  return judgement.neutral;
}

/** Classes the sensor can name and nobody has given a colour: empty, or the palette test fails. */
export const classesWithoutLook: readonly string[] = Object.keys(classTiers).filter((name) => !(name in classes));
