/**
 * Remote login of BSD (RFC 1282): a terminal without encryption, trusted by address.
 *
 *     client  NUL  name NUL  name NUL  terminal "/" speed NUL       then what is typed
 *     server  NUL                                                   then what is shown
 *
 * Names and the terminal never become a string.
 */
import { MAYBE, NO, type Protocol, SKIP_REST, YES } from '../../src/protocol.ts';
import { Login, Message, stamp } from '../../src/records.ts';

const WORDS = 3;
const WORD_BYTES_MAX = 64;
const SLASH = 0x2f;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

export class RloginFlow {
  isAsked = false;
}

const message = new Message();
const login = new Login();

export const rlogin: Protocol<RloginFlow> = {
  name: 'rlogin',
  transport: 'tcp',
  ports: [513],
  firstBytes: [0],

  recognises({ view, start, end }) {
    if (start >= end) return MAYBE;
    if (view.getUint8(start) !== 0) return NO;
    let at = start + 1;
    let slash = -1;
    for (let word = 0; word < WORDS; word++) {
      const from = at;
      for (; at < end && at - from < WORD_BYTES_MAX; at++) {
        const code = view.getUint8(at);
        if (code === 0) break;
        if (code < 0x21 || code > 0x7e) return NO;
        if (word === WORDS - 1 && code === SLASH) slash = at;
      }
      if (at === end) return MAYBE;
      if (view.getUint8(at) !== 0 || (at === from && word > 0)) return NO;
      at++;
    }
    if (slash < 0 || slash + 2 > at - 1) return NO;
    for (let i = slash + 1; i < at - 1; i++) {
      const code = view.getUint8(i);
      if (code < DIGIT_0 || code > DIGIT_9) return NO;
    }
    return YES;
  },

  open: () => new RloginFlow(),

  decode(state, segment, records) {
    if (!segment.toServer || state.isAsked) return SKIP_REST;
    const known = rlogin.recognises(segment);
    if (known === MAYBE) return 0;
    state.isAsked = true;
    if (known === NO) return SKIP_REST;
    stamp(message, segment);
    message.protocol = 'rlogin';
    message.kind = 'connect';
    records.message(message);
    stamp(login, segment);
    login.protocol = 'rlogin';
    login.isClear = true;
    records.login(login);
    return SKIP_REST;
  },

  gap(state) {
    state.isAsked = true;
  },
};
