/** Requests that change a time server: control operations (RFC 9327 2.1) and ntpdc's private ones (`ntp_request.h`). */

/** Verbs by operation code of mode 6. */
export const controlWrites: ReadonlyMap<number, string> = new Map([
  [3, 'write variables'],
  [5, 'write clock variables'],
  [6, 'set trap'],
  [8, 'runtime configuration'],
  [9, 'save configuration'],
  [31, 'unset trap'],
]);

/** Verbs by request code of mode 7. */
export const privateWrites: ReadonlyMap<number, string> = new Map([
  [10, 'CONFIG'],
  [11, 'UNCONFIG'],
  [12, 'SET_SYS_FLAG'],
  [13, 'CLR_SYS_FLAG'],
  [14, 'MONITOR'],
  [15, 'NOMONITOR'],
  [17, 'RESADDFLAGS'],
  [18, 'RESSUBFLAGS'],
  [19, 'UNRESTRICT'],
  [21, 'RESET_STATS'],
  [22, 'RESET_PEER'],
  [23, 'REREAD_KEYS'],
  [26, 'TRUSTKEY'],
  [27, 'UNTRUSTKEY'],
  [30, 'ADD_TRAP'],
  [31, 'CLR_TRAP'],
  [32, 'REQUEST_KEY'],
  [33, 'CONTROL_KEY'],
  [37, 'SET_CLKFUDGE'],
  [41, 'SET_PRECISION'],
]);
