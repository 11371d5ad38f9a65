/**
 * Redis (RESP, "Redis serialization protocol specification"): which commands are sent to a store in memory.
 *
 *     client  *3 CR LF  $3 CR LF SET CR LF  $4 CR LF … CR LF  $5 CR LF … CR LF
 *     server  +OK CR LF · -ERR … CR LF · :1 · $n · *n
 *
 * The name of a command from a closed list is told, and of AUTH how the password is made and what the next answer
 * says. Keys, values and answers pass unseen.
 */
import { numberAt, startsWithAnyCase } from '../../src/bytes/lines.ts';
import { weaknessOf } from '../../src/bytes/secret.ts';
import { begins, GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Login, Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORT = 6379;
const STAR = 0x2a;
const DOLLAR = 0x24;
const PLUS = 0x2b;
const MINUS = 0x2d;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** `*1048576` and its end. */
const HEADER_BYTES_MAX = 12;
const NAME_BYTES_MAX = 32;
const PASSWORD_BYTES_MAX = 512;
const ITEMS_MAX = 1024 * 1024;

/** Commands that read or say something of the connection. */
const READS: readonly string[] = [
  ...['AUTH', 'HELLO', 'PING', 'ECHO', 'SELECT', 'QUIT', 'INFO', 'COMMAND', 'CLIENT', 'GET', 'MGET', 'EXISTS', 'KEYS'],
  ...['SCAN', 'TYPE', 'TTL', 'HGET', 'HGETALL', 'LRANGE', 'SMEMBERS', 'ZRANGE', 'SUBSCRIBE', 'PSUBSCRIBE', 'DBSIZE'],
  ...['MONITOR', 'MULTI', 'EXEC', 'PSYNC', 'SYNC', 'REPLCONF'],
];
const CHANGES: readonly string[] = [
  ...['SET', 'SETEX', 'MSET', 'DEL', 'EXPIRE', 'INCR', 'HSET', 'LPUSH', 'RPUSH', 'LPOP', 'SADD', 'ZADD', 'PUBLISH'],
  ...['CONFIG', 'FLUSHALL', 'FLUSHDB', 'SLAVEOF', 'REPLICAOF', 'MODULE', 'SHUTDOWN', 'SAVE', 'BGSAVE', 'EVAL'],
  ...['EVALSHA', 'SCRIPT', 'DEBUG', 'ACL', 'RENAME', 'MIGRATE', 'RESTORE'],
];
const lower = (names: readonly string[]): readonly string[] => names.map((name) => name.toLowerCase());
const NAMES: readonly string[] = [...READS, ...CHANGES];
const NAMES_LOWER = lower(NAMES);
const AUTH = 0;

export class RedisFlow {
  /** Items of the command that are still to come. */
  items = 0;
  isName = false;
  isAuth = false;
  awaitsAnswer = false;
}

const message = new Message();
const login = new Login();
const operation = new Operation();

export const redis: Protocol<RedisFlow> = {
  name: 'redis',
  transport: 'tcp',
  ports: [PORT],
  firstBytes: [STAR, PLUS, MINUS],

  recognises(segment) {
    const { view, start, end, clientPort, serverPort } = segment;
    if (start >= end) return MAYBE;
    if (view.getUint8(start) !== STAR) {
      if (clientPort !== PORT && serverPort !== PORT) return NO;
      return Math.max(begins(segment, '+PONG\r\n'), begins(segment, '-NOAUTH '), begins(segment, '+OK\r\n'));
    }
    // *n CR LF $n CR LF letter
    let at = behindHeader(view, start, end);
    if (at <= 0) return at < 0 ? NO : MAYBE;
    if (at >= end) return MAYBE;
    if (view.getUint8(at) !== DOLLAR) return NO;
    const bytes = numberAt(view, at + 1, end);
    at = behindHeader(view, at, end);
    if (at <= 0) return at < 0 ? NO : MAYBE;
    if (bytes < 1 || bytes > NAME_BYTES_MAX) return NO;
    if (at >= end) return MAYBE;
    const letter = view.getUint8(at) & 0xdf;
    return letter >= 0x41 && letter <= 0x5a ? YES : NO;
  },

  open: () => new RedisFlow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    if (!toServer) {
      if (state.awaitsAnswer && end > start) answered(state, view.getUint8(start), segment, records);
      return end - start;
    }
    let at = start;
    while (at < end) {
      const used = state.items === 0 ? opens(state, view, at, end) : item(state, segment, at, records);
      if (used < 0) return GIVE_UP;
      if (used === 0) break;
      at += used;
    }
    return at - start;
  },

  gap: (state) => {
    state.items = 0;
    state.awaitsAnswer = false;
  },

  close: (state) => {
    state.items = 0;
  },
};

/** Behind `*n CR LF` or `$n CR LF`; 0 while it is not whole, -1 when it is none. */
function behindHeader(view: DataView, at: number, end: number): number {
  if (at + 1 < end && numberAt(view, at + 1, end) < 0) return -1;
  for (let i = at + 1; i < end; i++) {
    if (i - at > HEADER_BYTES_MAX) return -1;
    if (view.getUint8(i) === LINE_FEED) return view.getUint8(i - 1) === CARRIAGE_RETURN ? i + 1 : -1;
  }
  return end - at > HEADER_BYTES_MAX ? -1 : 0;
}

function opens(state: RedisFlow, view: DataView, at: number, end: number): number {
  // Between commands an inline one may stand; it is not followed.
  if (view.getUint8(at) !== STAR) return -1;
  const next = behindHeader(view, at, end);
  if (next <= 0) return next;
  const items = numberAt(view, at + 1, end);
  if (items > ITEMS_MAX) return -1;
  state.items = items;
  state.isName = true;
  state.isAuth = false;
  return next - at;
}

function item(state: RedisFlow, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  if (view.getUint8(at) !== DOLLAR) return -1;
  const next = behindHeader(view, at, end);
  if (next <= 0) return next;
  const bytes = numberAt(view, at + 1, end);
  const isSecret = state.isAuth && state.items === 1 && bytes <= PASSWORD_BYTES_MAX;
  const reads = (state.isName && bytes <= NAME_BYTES_MAX) || isSecret;
  if (reads && end - next < bytes) return 0;
  if (state.isName) command(state, segment, next, bytes, records);
  else if (isSecret) {
    state.awaitsAnswer = true;
    tellLogin('asked', weaknessOf(view, next, bytes), segment, records);
  }
  state.isName = false;
  state.items--;
  return next - at + bytes + 2;
}

function command(state: RedisFlow, segment: Segment, at: number, bytes: number, records: Records): void {
  let known = -1;
  for (let i = 0; i < NAMES.length && known < 0; i++)
    if (NAMES[i]!.length === bytes && startsWithAnyCase(segment.view, at, NAMES_LOWER[i]!)) known = i;
  state.isAuth = known === AUTH;
  const name = NAMES[known] ?? 'other command';
  stamp(message, segment);
  message.protocol = 'redis';
  message.kind = name;
  records.message(message);
  if (known < READS.length) return;
  stamp(operation, segment);
  operation.protocol = 'redis';
  operation.verb = name;
  records.operation(operation);
}

function answered(state: RedisFlow, first: number, segment: Segment, records: Records): void {
  state.awaitsAnswer = false;
  if (first === PLUS || first === MINUS) tellLogin(first === PLUS ? 'success' : 'failure', '', segment, records);
}

function tellLogin(outcome: string, weakness: string, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.protocol = 'redis';
  login.method = 'password';
  login.outcome = outcome;
  login.isClear = true;
  login.weakness = weakness;
  records.login(login);
}
