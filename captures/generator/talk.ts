/** Whole exchanges between hosts of the generated hospital, put on the wire at a moment. */
import { type Pair, type Retrieval, retrieve, type Study, store } from './dicom.ts';
import type { Hospital, Member } from './hospital.ts';
import { nameAnswered, nameAsked } from './network.ts';
import { FTP_DATA_US, ftp, ftpData } from './web.ts';
import { connection, type Host, type Said, type Wire } from './wire.ts';

export const DICOM_PORT = 104;
export const REVIEW_PORT = 11_112;
export const HL7_PORT = 2_575;
const PASSIVE_FIRST_PORT = 50_000;
const PASSIVE_PORTS = 12_000;
/** An answer over one cable. */
const ANSWER_US = 600;

export class Talk {
  readonly wire: Wire;
  readonly hospital: Hospital;
  /** The next port of whoever opens a connection. */
  readonly port: (host: Host) => number;

  constructor(wire: Wire, hospital: Hospital, port: (host: Host) => number = (host) => wire.port(host)) {
    this.wire = wire;
    this.hospital = hospital;
    this.port = port;
  }

  /** A connection; answers when it ended. */
  call(client: Host, server: Host, port: number, startUs: number, said: readonly Said[]): number {
    return connection(this.wire, { client, server, port, startUs, clientPort: this.port(client) }, said);
  }

  /** Datagrams there and back on one pair of ports. */
  datagrams(
    client: Host,
    server: Host,
    clientPort: number,
    port: number,
    startUs: number,
    said: readonly Said[],
  ): void {
    let now = startUs;
    for (const { toServer, bytes, afterUs = ANSWER_US } of said) {
      now += afterUs;
      if (toServer) this.wire.udp(client, server, clientPort, port, bytes, now);
      else this.wire.udp(server, client, port, clientPort, bytes, now);
    }
  }

  /** Asks the resolver of the house for a name. */
  lookup(client: Host, name: string, address: Uint8Array, timeUs: number): void {
    const port = this.port(client);
    this.datagrams(client, this.hospital.one('names'), port, 53, timeUs, [
      { toServer: true, bytes: nameAsked(port, name) },
      { toServer: false, bytes: nameAnswered(port, name, address) },
    ]);
  }

  send(from: Member, to: Host, port: number, pair: Pair, study: Study, startUs: number, originator?: string): number {
    return this.call(from, to, port, startUs, store(pair, study, originator));
  }

  /** Somebody has the archive send studies to a destination. */
  move(asker: Host, ae: string, archive: Member, to: Host, retrieval: Retrieval, startUs: number): number {
    const { said, movesUs } = retrieve({ calling: ae, called: archive.ae }, retrieval);
    const ended = this.call(asker, archive, DICOM_PORT, startUs, said);
    retrieval.studies.forEach((study, index) => {
      const pair = { calling: archive.ae, called: retrieval.destination };
      this.send(archive, to, REVIEW_PORT, pair, study, startUs + (movesUs[index] ?? 0), ae);
    });
    return ended;
  }

  /** One file over FTP in passive mode. */
  file(client: Host, server: Host, path: string, isUpload: boolean, content: Uint8Array, startUs: number): void {
    const port = PASSIVE_FIRST_PORT + ((this.port(client) * 17) % PASSIVE_PORTS);
    this.call(client, server, 21, startUs, ftp(server.ip, port, path, isUpload, content.length));
    this.call(client, server, port, startUs + FTP_DATA_US, ftpData(isUpload, content));
  }

  /** Asks who has an address, and is told. */
  resolve(asker: Host, owner: Host, timeUs: number): void {
    this.wire.arp(1, asker, owner, timeUs);
    this.wire.arp(2, owner, asker, timeUs + ANSWER_US);
  }
}
