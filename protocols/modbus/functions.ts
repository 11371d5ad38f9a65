/** Function codes, which of them write, and exception codes ("Modbus Application Protocol" V1.1b3, 5.1 and 7). */

export const KINDS: Readonly<Record<number, string>> = {
  1: 'read coils',
  2: 'read discrete inputs',
  3: 'read holding registers',
  4: 'read input registers',
  5: 'write single coil',
  6: 'write single register',
  7: 'read exception status',
  8: 'diagnostics',
  11: 'get comm event counter',
  12: 'get comm event log',
  15: 'write multiple coils',
  16: 'write multiple registers',
  17: 'report server id',
  20: 'read file record',
  21: 'write file record',
  22: 'mask write register',
  23: 'read/write multiple registers',
  24: 'read FIFO queue',
  43: 'encapsulated interface transport',
  // Schneider's own: programming over Modbus.
  90: 'UMAS',
};

export const WRITES: ReadonlySet<number> = new Set([5, 6, 15, 16, 21, 22, 23]);

/** Not documented by its maker; from public research. */
export const UMAS_WRITES: Readonly<Record<number, string>> = {
  35: 'UMAS write variables',
  51: 'UMAS download',
  64: 'UMAS start',
  65: 'UMAS stop',
};

export const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'exception: illegal function',
  2: 'exception: illegal data address',
  3: 'exception: illegal data value',
  4: 'exception: server device failure',
  5: 'exception: acknowledge',
  6: 'exception: server device busy',
  7: 'exception: negative acknowledge',
  8: 'exception: memory parity error',
  10: 'exception: gateway path unavailable',
  11: 'exception: gateway target device failed to respond',
};
