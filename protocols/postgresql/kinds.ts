/** Messages of PostgreSQL by their type byte or code, as its documentation names them. */

const byLetter = (...pairs: readonly (readonly [string, string])[]): ReadonlyMap<number, string> =>
  new Map(pairs.map(([letter, name]) => [letter.charCodeAt(0), name]));

export const OPENING_KINDS: ReadonlyMap<number, string> = new Map([
  [80_877_102, 'CancelRequest'],
  [80_877_103, 'SSLRequest'],
  [80_877_104, 'GSSENCRequest'],
]);

export const CLIENT_KINDS: ReadonlyMap<number, string> = byLetter(
  ['B', 'Bind'],
  ['C', 'Close'],
  ['d', 'CopyData'],
  ['c', 'CopyDone'],
  ['f', 'CopyFail'],
  ['D', 'Describe'],
  ['E', 'Execute'],
  ['H', 'Flush'],
  ['F', 'FunctionCall'],
  ['P', 'Parse'],
  ['p', 'PasswordMessage'],
  ['Q', 'Query'],
  ['S', 'Sync'],
  ['X', 'Terminate'],
);

export const SERVER_KINDS: ReadonlyMap<number, string> = byLetter(
  ['R', 'Authentication'],
  ['K', 'BackendKeyData'],
  ['2', 'BindComplete'],
  ['3', 'CloseComplete'],
  ['C', 'CommandComplete'],
  ['d', 'CopyData'],
  ['c', 'CopyDone'],
  ['G', 'CopyInResponse'],
  ['H', 'CopyOutResponse'],
  ['W', 'CopyBothResponse'],
  ['D', 'DataRow'],
  ['I', 'EmptyQueryResponse'],
  ['E', 'ErrorResponse'],
  ['V', 'FunctionCallResponse'],
  ['v', 'NegotiateProtocolVersion'],
  ['n', 'NoData'],
  ['N', 'NoticeResponse'],
  ['A', 'NotificationResponse'],
  ['t', 'ParameterDescription'],
  ['S', 'ParameterStatus'],
  ['1', 'ParseComplete'],
  ['s', 'PortalSuspended'],
  ['Z', 'ReadyForQuery'],
  ['T', 'RowDescription'],
);
