/** Opens the listening socket of the API, on the port that was asked for or on the next free one. */
import type { FastifyInstance } from 'fastify';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How many ports behind a taken one are tried. */
const PORTS_TRIED = 50;

export async function listenOn(app: FastifyInstance, { host, port }: Address, next: boolean): Promise<Address> {
  for (let tried = 0; ; tried++) {
    try {
      await app.listen({ host, port: port + tried, exclusive: true });
      const bound = app.server.address();
      return { host, port: typeof bound === 'object' && bound !== null ? bound.port : port + tried };
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || !next || tried >= PORTS_TRIED || port + tried >= 65_535) throw error;
    }
  }
}

/** An address that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
