/**
 * What tshark says of DICOM and HL7 in a capture, beside what we say. Only asked about captures in which we found
 * any: our own decoder is the one that must not invent.
 */
import { spawnSync } from 'node:child_process';

interface Report {
  readonly dicom: {
    readonly associations: number;
    readonly pairs: readonly { readonly callingAe: string }[];
    readonly messages: Readonly<Record<string, number>>;
  };
  readonly hl7: {
    readonly messages: Readonly<Record<string, number>>;
    readonly otherSeparators: Readonly<Record<string, number>>;
  };
  readonly protocols: Readonly<Record<string, unknown>>;
}

/** Values of fields, one line per packet, for packets that match. */
export function fields(
  file: string,
  filter: string,
  names: readonly string[],
  extra: readonly string[] = [],
): string[][] {
  const args = [
    '-r',
    file,
    '-Y',
    filter,
    '-T',
    'fields',
    '-E',
    'separator=\t',
    ...names.flatMap((name) => ['-e', name]),
    ...extra,
  ];
  const { status, stdout } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (status !== 0) return [];
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** Sentences about what we found and tshark did not. tshark may see less on unusual ports; it never sees more here. */
export function disagreements(file: string, report: Record<string, unknown>): string[] {
  const { dicom, hl7 } = report as unknown as Report;
  const problems: string[] = [];
  const requested = dicom.pairs.filter(({ callingAe }) => callingAe !== '').length;
  if (requested > 0) {
    const seen = fields(file, 'dicom.assoc.ae.calling', ['dicom.assoc.ae.calling']).length;
    if (seen === 0 && fields(file, 'dicom', ['frame.number']).length > 0)
      problems.push('tshark sees DICOM here, but no association request');
  }
  if (sum(hl7.messages) > 0) {
    const seen = fields(file, 'tcp contains 0b:4d:53:48', ['frame.number']).length;
    if (seen === 0) problems.push('tshark finds no HL7 start block here');
  }
  return problems;
}
