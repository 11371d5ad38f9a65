/** Fields of MDER that become text. */

const EUI_64_BYTES = 8;

/** An EUI-64 as HL7 messages of devices spell it: sixteen hexadecimal digits. '' where it is all zeros. */
export function systemIdText(view: DataView, at: number): string {
  let text = '';
  for (let i = 0; i < EUI_64_BYTES; i++)
    text += view
      .getUint8(at + i)
      .toString(16)
      .padStart(2, '0');
  return text === '0'.repeat(text.length) ? '' : text.toUpperCase();
}
