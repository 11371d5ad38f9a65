import t from 'tap';
import type { Operation } from '../../src/records.ts';
import { confidence, tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const MANAGEMENT = '10.1.0.6';
const NURSE = '10.1.0.66';

/** A management server installs services while learning; then everything is watched. */
function ward(learnUntilMinutes: number | null = 10): TestWard {
  const w = new TestWard({ learnUntilMinutes });
  w.store(CT, PACS);
  call(w, w.connect(MANAGEMENT, CT, 445, 'smb'), 'CreateServiceW');
  return w;
}

function call(w: TestWard, flow: number, verb: string, fields: Partial<Operation> = {}): void {
  tell(w, 'operation', flow, { protocol: 'dcerpc', verb, object: 'svcctl', ...fields });
}

const sure = (w: TestWard): number | undefined => confidence(w, 'RC-13', CT);

const sureOf = (verb: string, fields: Partial<Operation> = {}, from = NURSE, to = CT): number | undefined => {
  const w = ward().at(20);
  call(w, w.connect(from, to, 445, 'smb'), verb, fields);
  return sure(w);
};

t.test('RC-13 speaks of every call that runs something on the device', (t) => {
  const calls = [
    ...['CreateServiceW', 'CreateServiceA', 'CreateServiceWOW64W', 'CreateServiceWOW64A', 'CreateWowService'],
    ...['ChangeServiceConfigW', 'ChangeServiceConfigA', 'StartServiceW', 'StartServiceA', 'NetrJobAdd'],
    ...['SchRpcRegisterTask', 'SchRpcRun', 'ExecMethod', 'ExecMethodAsync'],
  ];
  for (const verb of calls) t.equal(sureOf(verb), 0.6, verb);
  for (const verb of ['RemoteCreateInstance', 'RemoteActivation']) t.equal(sureOf(verb), 0.4, verb);
  t.end();
});

t.test('RC-13 is silent about other calls, answers, other machines, and the accepted management server', (t) => {
  t.equal(sureOf('DeleteService'), undefined);
  t.equal(sureOf('CreateServiceW', { outcome: 'done' }), undefined);
  t.equal(sureOf('CreateServiceW', { fromClient: false }), undefined);
  t.equal(sureOf('CreateServiceW', { protocol: 'onvif' }), undefined);
  t.equal(sureOf('CreateServiceW', {}, NURSE, '10.1.0.67'), undefined);
  t.equal(sureOf('CreateServiceW', {}, MANAGEMENT), undefined);
  t.equal(sureOf('ExecMethod', {}, MANAGEMENT), 0.6, 'who never did this');
  t.end();
});

t.test('RC-13 is surer after a visit to a share of administrators within ten minutes', (t) => {
  const after = (kind: string, minutes: number): number | undefined => {
    const w = ward().at(20);
    const flow = w.connect(NURSE, CT, 445, 'smb');
    tell(w, 'message', flow, { protocol: 'smb', kind });
    call(w.at(20 + minutes), flow, 'CreateServiceW');
    return sure(w);
  };
  t.equal(after('TREE_CONNECT ADMIN$', 10), 0.7);
  t.equal(after('TREE_CONNECT C$', 1), 0.7);
  t.equal(after('SMB1 TREE_CONNECT_ANDX ADMIN$', 1), 0.7);
  t.equal(after('TREE_CONNECT ADMIN$', 10.1), 0.6);
  t.equal(after('TREE_CONNECT IPC$', 1), 0.6);
  t.equal(after('TREE_CONNECT', 1), 0.6);
  t.end();
});

t.test('RC-13 is surest when a program was put there', (t) => {
  const after = (share: string, content: string, verb = 'write'): number | undefined => {
    const w = ward().at(20);
    const flow = w.connect(NURSE, CT, 445, 'smb');
    tell(w, 'transfer', flow, { protocol: 'smb', verb, share, content });
    call(w, flow, 'CreateServiceW');
    return sure(w);
  };
  t.equal(after('ADMIN$', 'pe'), 0.8);
  t.equal(after('ADMIN$', 'pdf'), 0.7);
  t.equal(after('other', 'pe'), 0.6);
  t.equal(after('ADMIN$', 'pe', 'read'), 0.6);
  t.end();
});

t.test('RC-13 waits for a person while learning', (t) => {
  t.match(
    ward(null).held.filter(({ card }) => card === 'RC-13'),
    [{ deviceAddress: CT, peerAddress: MANAGEMENT, verb: 'CreateServiceW' }],
  );
  t.end();
});
