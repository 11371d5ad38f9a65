/**
 * What a protocol that travels in HTTP offers, so that the decoder can ask it and hand bodies over: the contract's
 * `ExchangeReader`. `protocols/index.ts` brings both together.
 */
export type { Exchange, ExchangeReader as BodyReader, OpenBody } from '../../src/protocol.ts';
