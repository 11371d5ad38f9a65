/**
 * The login of TDS (MS-TDS 2.2.6.4) and its answer (2.2.7).
 *
 *     length 32 … flags @25 │ offset, length in characters of: station @36 · user @40 · password @44 …       LE
 *     answer: tokens, each with a 16-bit length: AA error · AB info · E3 change · AD let in
 *
 * Names are not read except the station's. Each byte of the password is turned (nibbles exchanged, xor A5) as it is
 * counted.
 */
import { Secret } from '../../src/bytes/secret.ts';
import type { Segment } from '../../src/protocol.ts';
import { Identity, Login, type Records, stamp } from '../../src/records.ts';

const FLAGS = 25;
const INTEGRATED = 0x80;
const STATION = 36;
const PASSWORD = 44;
const SSPI_LENGTH = 80;
const FIXED_BYTES = 86;
const STATION_CHARACTERS_MAX = 64;
const PASSWORD_CHARACTERS_MAX = 128;
const SCRAMBLE = 0xa5;

const ERROR = 0xaa;
const INFO = 0xab;
const LET_IN = 0xad;
const CHANGE = 0xe3;
const TOKENS_MAX = 32;

export interface TdsLogin {
  isAsked: boolean;
  isAnswered: boolean;
  method: string;
  isClear: boolean;
}

const login = new Login();
const station = new Identity();
const secret = new Secret();

export function asks(state: TdsLogin, segment: Segment, at: number, to: number, records: Records): void {
  const { view } = segment;
  if (state.isAsked || to - at < FIXED_BYTES) return;
  state.isAsked = true;
  const integrated = (view.getUint8(at + FLAGS) & INTEGRATED) !== 0 || view.getUint16(at + SSPI_LENGTH, true) > 0;
  state.method = integrated ? 'ntlm' : 'password';
  state.isClear = state.method === 'password';
  identify(segment, at, to, records);
  let weakness = '';
  if (state.isClear) {
    secret.clear();
    const characters = Math.min(view.getUint16(at + PASSWORD + 2, true), PASSWORD_CHARACTERS_MAX);
    const from = at + view.getUint16(at + PASSWORD, true);
    for (let i = 0; i < characters && from + 2 * i < to; i++) {
      const turned = view.getUint8(from + 2 * i) ^ SCRAMBLE;
      secret.add(((turned & 0x0f) << 4) | (turned >> 4));
    }
    weakness = secret.weakness();
    secret.clear();
  }
  tell(state, 'asked', weakness, segment, records);
}

export function answers(state: TdsLogin, segment: Segment, from: number, to: number, records: Records): void {
  const { view } = segment;
  let at = from;
  for (let count = 0; count < TOKENS_MAX && to - at >= 3 && !state.isAnswered; count++) {
    const token = view.getUint8(at);
    if (token === LET_IN || token === ERROR) {
      state.isAnswered = true;
      tell(state, token === LET_IN ? 'success' : 'failure', '', segment, records);
    }
    if (token !== INFO && token !== CHANGE) break;
    at += 3 + view.getUint16(at + 1, true);
  }
}

function identify(segment: Segment, at: number, to: number, records: Records): void {
  const { view } = segment;
  const from = at + view.getUint16(at + STATION, true);
  const characters = Math.min(view.getUint16(at + STATION + 2, true), STATION_CHARACTERS_MAX);
  let text = '';
  for (let i = 0; i < characters && from + 2 * i + 2 <= to; i++) {
    const unit = view.getUint16(from + 2 * i, true);
    text += unit > 0x20 && unit < 0x7f ? String.fromCharCode(unit) : '?';
  }
  if (text === '') return;
  stamp(station, segment);
  station.ofClient = true;
  station.attribute = 'name';
  station.value = text;
  station.source = 'TDS HostName';
  station.confidence = 0.6;
  records.identity(station);
}

function tell(state: TdsLogin, outcome: string, weakness: string, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.protocol = 'tds';
  login.method = state.method;
  login.outcome = outcome;
  login.isClear = state.isClear;
  login.weakness = weakness;
  records.login(login);
}
