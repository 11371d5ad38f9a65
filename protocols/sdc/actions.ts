/**
 * Actions of SDC (IEEE 11073-20701, 20702 and 10207): which messages there are, and which of them change a device.
 *
 *     http://standards.ieee.org/downloads/11073/11073-20701-2018/SetService/SetValueResponse
 *     http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Request
 */
import type { XmlReader } from '../../src/bytes/xml.ts';

const SLASH = 0x2f;

/** Requests of a service and their answers; by what they are called in the action and in the body. */
export const reads = [
  ...['GetMdib', 'GetMdDescription', 'GetMdState'],
  ...['GetContextStates', 'GetContextStatesByIdentification', 'GetContextStatesByFilter'],
  ...['GetLocalizedText', 'GetSupportedLanguages', 'GetDescriptor', 'GetContainmentTree'],
  ...['GetDescriptorsFromArchive', 'GetStatesFromArchive'],
];

/** What changes a device: a setting, an alarm, a component, a function that is started, a patient that is associated. */
export const operations = [
  ...['SetValue', 'SetString', 'Activate', 'SetMetricState', 'SetAlertState', 'SetComponentState'],
  'SetContextState',
];

export const reports = [
  ...['EpisodicMetricReport', 'PeriodicMetricReport', 'EpisodicAlertReport', 'PeriodicAlertReport'],
  ...['EpisodicComponentReport', 'PeriodicComponentReport'],
  ...['EpisodicOperationalStateReport', 'PeriodicOperationalStateReport'],
  ...['EpisodicContextReport', 'PeriodicContextReport', 'DescriptionModificationReport', 'SystemErrorReport'],
  ...['WaveformStream', 'ObservedValueStream', 'OperationInvokedReport'],
];

/** Of the web services beneath (WS-Transfer, metadata exchange, WS-Eventing, discovery): printers use them as well. */
const general = ['Get', 'GetMetadata', 'Subscribe', 'Renew', 'GetStatus', 'Unsubscribe', 'Probe', 'Resolve'];
const generalAlone = ['SubscriptionEnd', 'ProbeMatches', 'ResolveMatches', 'Fault'];

const withAnswer = (names: readonly string[]): string[] => names.flatMap((name) => [name, `${name}Response`]);

const KINDS: ReadonlySet<string> = new Set([
  ...withAnswer([...reads, ...operations, ...general]),
  ...reports,
  ...generalAlone,
]);
/** Names that only SDC has, as they stand in a body. */
export const bodyNames: readonly string[] = [...withAnswer([...reads, ...operations]), ...reports];

const OPERATIONS: ReadonlySet<string> = new Set(operations);

export const SDC_NAMESPACE = 'http://standards.ieee.org/downloads/11073/';
const ANSWER = 'Response';
const QUESTION = 'Request';
const FAULT = 'fault';
/** Longer than any name in the list. */
const NAME_BYTES_MAX = 48;

export function isOperation(kind: string): boolean {
  return OPERATIONS.has(kind);
}

/** The operation that this kind answers, or ''. */
export function answered(kind: string): string {
  const name = kind.endsWith(ANSWER) ? kind.slice(0, -ANSWER.length) : '';
  return OPERATIONS.has(name) ? name : '';
}

/** Kind of the message whose action is the value at hand: its last part, with the one before where that says nothing. */
export function kindOf(xml: XmlReader): string {
  const slash = xml.lastIndexOf(SLASH);
  const last = nameBetween(xml, slash + 1, xml.valueLength);
  if (last === FAULT) return 'Fault';
  if (last !== ANSWER && last !== QUESTION) return KINDS.has(last) ? last : '';
  const name = nameBetween(xml, xml.lastIndexOf(SLASH, slash) + 1, slash);
  const kind = last === ANSWER ? name + ANSWER : name;
  return KINDS.has(kind) ? kind : '';
}

function nameBetween(xml: XmlReader, from: number, to: number): string {
  return to > from && to - from <= NAME_BYTES_MAX ? xml.text(from, to) : '';
}
