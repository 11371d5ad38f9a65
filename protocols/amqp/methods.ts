/** Methods of AMQP 0-9-1 by `class << 16 | method`, as its specification names them. */

const CLASSES: readonly (readonly [number, string, Readonly<Record<number, string>>])[] = [
  [
    10,
    'connection',
    {
      ...{ 10: 'start', 11: 'start-ok', 20: 'secure', 21: 'secure-ok', 30: 'tune', 31: 'tune-ok', 40: 'open' },
      ...{ 41: 'open-ok', 50: 'close', 51: 'close-ok', 60: 'blocked', 61: 'unblocked' },
    },
  ],
  [20, 'channel', { 10: 'open', 11: 'open-ok', 20: 'flow', 21: 'flow-ok', 40: 'close', 41: 'close-ok' }],
  [
    40,
    'exchange',
    {
      ...{ 10: 'declare', 11: 'declare-ok', 20: 'delete', 21: 'delete-ok', 30: 'bind', 31: 'bind-ok', 40: 'unbind' },
      ...{ 51: 'unbind-ok' },
    },
  ],
  [
    50,
    'queue',
    {
      ...{ 10: 'declare', 11: 'declare-ok', 20: 'bind', 21: 'bind-ok', 30: 'purge', 31: 'purge-ok', 40: 'delete' },
      ...{ 41: 'delete-ok', 50: 'unbind', 51: 'unbind-ok' },
    },
  ],
  [
    60,
    'basic',
    {
      ...{ 10: 'qos', 11: 'qos-ok', 20: 'consume', 21: 'consume-ok', 30: 'cancel', 31: 'cancel-ok', 40: 'publish' },
      ...{ 50: 'return', 60: 'deliver', 70: 'get', 71: 'get-ok', 72: 'get-empty', 80: 'ack', 90: 'reject' },
      ...{ 100: 'recover-async', 110: 'recover', 111: 'recover-ok', 120: 'nack' },
    },
  ],
  [85, 'confirm', { 10: 'select', 11: 'select-ok' }],
  [90, 'tx', { 10: 'select', 11: 'select-ok', 20: 'commit', 21: 'commit-ok', 30: 'rollback', 31: 'rollback-ok' }],
];

export const METHODS: ReadonlyMap<number, string> = new Map(
  CLASSES.flatMap(([number, name, methods]) =>
    Object.entries(methods).map(([method, text]) => [number * 65_536 + Number(method), `${name}.${text}`] as const),
  ),
);

/** Those that change what the broker has; publishing is its ordinary use. */
export const CHANGES: ReadonlySet<number> = new Set(
  [...METHODS].filter(([, name]) => /^(exchange|queue)\.(declare|delete|purge)$/.test(name)).map(([number]) => number),
);
