/** Value representations (PS3.5, 6.2 and 7.1.2): which there are, and which have their length in 32 bits. */

export const NO_VR = 0;
/** Length of 16 bit behind the VR. */
export const SHORT = 1;
/** Two reserved bytes behind the VR, then a length of 32 bit. */
export const LONG = 2;

const codeOf = (vr: string): number => (vr.charCodeAt(0) << 8) | vr.charCodeAt(1);

export const SQ: number = codeOf('SQ');
export const UN: number = codeOf('UN');

const LONG_VRS = 'OB OD OF OL OV OW SQ SV UC UN UR UT UV';
const SHORT_VRS = 'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US';

/** By the low five bits of both letters. */
const kinds = new Uint8Array(1 << 10);
for (const vr of LONG_VRS.split(' ')) kinds[placeOf(codeOf(vr))] = LONG;
for (const vr of SHORT_VRS.split(' ')) kinds[placeOf(codeOf(vr))] = SHORT;

function placeOf(code: number): number {
  return ((code >> 3) & 0x3e0) | (code & 0x1f);
}

/** `NO_VR`, `SHORT` or `LONG` for two bytes, the first in the higher half. */
export function kindOfVr(code: number): number {
  // Both bytes stand where the capital letters do.
  return (code & 0xe0e0) === 0x4040 ? kinds[placeOf(code)]! : NO_VR;
}
