/**
 * What is never accepted without a person, however often it repeats (contract 4.1): a partner outside, a protocol of
 * administration or remote desktop, and who receives HL7. Control writes and move destinations are told by the analyst.
 */

/** Protocols that give a person or a program control of a machine. */
const administration = new Set([
  'ssh',
  'telnet',
  'rlogin',
  'rsh',
  'rdp',
  'vnc',
  'x11',
  'xdmcp',
  'winrm',
  'radmin',
  'teamviewer',
  'anydesk',
  'rustdesk',
  'screenconnect',
  'splashtop',
  'nomachine',
  'ica',
  'spice',
  'ipmi',
  'adb',
]);

export function isAdministration(service: string): boolean {
  return administration.has(service);
}

export function isNeverSilent(service: string, isPeerExternal: boolean): boolean {
  return isPeerExternal || service === 'hl7' || administration.has(service);
}
