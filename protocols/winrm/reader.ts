/**
 * Windows Remote Management (DSP0226 WS-Management; MS-WSMV): SOAP posted to `/wsman`, nearly always encrypted inside.
 *
 *     POST /wsman HTTP/1.1
 *     Authorization: Kerberos | Negotiate | Basic …
 *     Content-Type: multipart/encrypted;protocol="application/HTTP-Kerberos-session-encrypted" | application/soap+xml
 *
 * Told: that somebody manages the machine, and how they log in. What they do is encrypted, and never read otherwise.
 */
import { spellsWhole } from '../../src/bytes/words.ts';
import type { ExchangeReader } from '../../src/protocol.ts';
import { Message, stamp } from '../../src/records.ts';

const message = new Message();

export const winrm: ExchangeReader = {
  name: 'winrm',
  ownsLogins: true,

  asks({ method, view, path }) {
    if (method !== 'POST') return 0;
    const { at, end } = path;
    return spellsWhole(view, at, end, '/wsman') || spellsWhole(view, at, end, '/wsman-anon/identify') ? 1 : 0;
  },

  hears({ isRequest, mediaType, status }, segment, records) {
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.protocol = 'winrm';
    const isEncrypted = mediaType === 'multipart/encrypted';
    if (isRequest) message.kind = isEncrypted ? 'encrypted request' : 'request';
    else if (status === 401) message.kind = 'refused';
    else message.kind = status < 400 ? (isEncrypted ? 'encrypted response' : 'response') : 'fault';
    records.message(message);
  },
};
