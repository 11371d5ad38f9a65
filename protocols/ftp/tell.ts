/** What FTP tells: one object per kind of record, filled again and again. */
import type { Segment } from '../../src/protocol.ts';
import { Expectation, Login, Message, Operation, type Records, stamp, Transfer } from '../../src/records.ts';
import { dataAddress } from './addresses.ts';
import type { FtpFlow } from './flow.ts';

const message = new Message();
const login = new Login();
const transfer = new Transfer();
const operation = new Operation();
const expectation = new Expectation();

export function tellMessage(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'ftp';
  message.kind = kind;
  records.message(message);
}

export function tellLogin(state: FtpFlow, outcome: string, segment: Segment, records: Records): void {
  state.isLoginOpen = true;
  stamp(login, segment);
  login.fromClient = true;
  login.protocol = 'ftp';
  login.method = state.method;
  login.outcome = outcome;
  login.isClear = state.isClear;
  login.weakness = state.weakness;
  records.login(login);
}

export function tellTransfer(state: FtpFlow, segment: Segment, records: Records): void {
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'ftp';
  transfer.verb = state.verb;
  transfer.extension = state.extension;
  transfer.bytes = state.bytes;
  records.transfer(transfer);
  state.verb = '';
}

export function tellOperation(verb: string, outcome: string, segment: Segment, records: Records): void {
  stamp(operation, segment);
  operation.fromClient = true;
  operation.protocol = 'ftp';
  operation.verb = verb;
  operation.outcome = outcome;
  records.operation(operation);
}

/** Whoever connects there is the data connection. */
export function tellExpectation(ofClient: boolean, segment: Segment, records: Records): void {
  stamp(expectation, segment);
  expectation.protocol = 'ftp-data';
  expectation.server = dataAddress.server;
  expectation.ofClient = ofClient;
  expectation.serverPort = dataAddress.port;
  records.expectation(expectation);
}
