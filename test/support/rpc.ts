/** Builders of DCE/RPC PDUs (C706 chapter 12) for tests and for the captures of single protocols. */
import { bytes, type Content, u16, u32 } from './packet.ts';
import { le16, le32 } from './smb.ts';

export interface RpcFields {
  readonly isBig?: boolean;
  readonly flags?: number;
  readonly auth?: Uint8Array;
  /** Of authentication: 9 SPNEGO, 10 NTLM, 16 Kerberos. */
  readonly method?: number;
}

function pdu(type: number, call: number, body: Content, fields: RpcFields = {}): Uint8Array {
  const { isBig = false, flags = 3, auth = new Uint8Array(), method = 0 } = fields;
  const [word, long] = isBig ? [u16, u32] : [le16, le32];
  const trailer = auth.length === 0 ? [] : bytes([method, 6, 0, 0], long(0), auth);
  const length = 16 + bytes(body).length + bytes(trailer).length;
  const representation = [isBig ? 0 : 0x10, 0, 0, 0];
  return bytes([5, 0, type, flags], representation, word(length), word(auth.length), long(call), body, trailer);
}

function uuid(text: string, isBig: boolean): Uint8Array {
  const digits = Buffer.from(text.replaceAll('-', ''), 'hex');
  if (isBig) return bytes(digits);
  const turned = [
    [0, 4],
    [4, 6],
    [6, 8],
  ].flatMap(([from, to]) => [...digits.subarray(from, to)].reverse());
  return bytes(turned, digits.subarray(8));
}

const NDR = '8a885d04-1ceb-11c9-9fe8-08002b104860';

export function bind(call: number, of: string, fields: RpcFields = {}): Uint8Array {
  const isBig = fields.isBig === true;
  const [word, long] = isBig ? [u16, u32] : [le16, le32];
  const context = bytes(word(0), [1, 0], uuid(of, isBig), long(1), uuid(NDR, isBig), long(2));
  return pdu(11, call, bytes(word(4280), word(4280), long(0), [1, 0, 0, 0], context), fields);
}

export const bound = (call: number, fields: RpcFields = {}): Uint8Array =>
  pdu(
    12,
    call,
    bytes(le16(4280), le16(4280), le32(7), le16(4), '135', [0], le16(0), [1, 0, 0, 0], le32(0), new Uint8Array(20)),
    fields,
  );

export const rpc = {
  request: (call: number, context: number, number: number, stub: Content, fields: RpcFields = {}): Uint8Array => {
    const word = fields.isBig === true ? u16 : le16;
    return pdu(0, call, bytes([0, 0, 0, 0], word(context), word(number), stub), fields);
  },
  response: (call: number): Uint8Array => pdu(2, call, bytes(le32(4), le16(0), [0, 0], le32(0))),
  fault: (call: number): Uint8Array => pdu(3, call, bytes(le32(0), le16(0), [0, 0], le32(5), le32(0))),
  refused: (call: number): Uint8Array => pdu(13, call, bytes(le16(8), [0])),
};
