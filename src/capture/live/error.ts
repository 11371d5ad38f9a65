/** Why packets cannot be had, in one plain line for the person at the terminal. */
export class CaptureError extends Error {
  override readonly name: string = 'CaptureError';
}
