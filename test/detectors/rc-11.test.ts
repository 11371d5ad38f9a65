import t from 'tap';
import type { Transfer } from '../../src/records.ts';
import { confidence, tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PUMP = '10.1.0.31';
const PACS = '10.1.0.20';
const SERVICE = '10.1.0.70';
const NURSE = '10.1.0.66';

/** The service computer sends files to the scanner while learning; then everything is watched. */
function ward(): TestWard {
  const w = new TestWard({ settings: { listed: [{ match: PUMP, class: 'infusion-pump' }] } });
  w.store(CT, PACS);
  w.connect(SERVICE, CT, 21, 'ftp');
  w.connect(CT, SERVICE, 80, 'http');
  return w;
}

function sure(from: string, to: string, fields: Partial<Transfer>, service = 'ftp'): number | undefined {
  const w = ward().at(20);
  tell(w, 'transfer', w.connect(from, to, 21, service), { protocol: service, verb: 'write', ...fields });
  return confidence(w, 'RC-11', CT);
}

t.test('RC-11 speaks of a program that is copied to a device by whoever never did', (t) => {
  t.equal(sure(NURSE, CT, { content: 'elf', bytes: 1_400_000 }), 0.8);
  t.equal(sure(NURSE, CT, { content: 'u-boot' }), 0.8);
  t.equal(sure(NURSE, CT, { content: 'pe', verb: 'execute' }), 0.8);
  const w = ward().at(20);
  tell(w, 'transfer', w.connect(NURSE, CT, 21, 'ftp'), { verb: 'write', content: 'elf', bytes: 1_400_000 });
  t.match(
    w.findings.find(({ detector }) => detector === 'RC-11'),
    { happened: /A program \(elf\) of 1\.4 MB was copied to/ },
  );
  t.end();
});

t.test('RC-11 speaks of large files of any kind from above 64 kB on', (t) => {
  t.equal(sure(NURSE, CT, { bytes: 65_537 }), 0.5);
  t.equal(sure(NURSE, CT, { bytes: 65_536 }), undefined);
  t.equal(sure(NURSE, CT, { content: 'pdf', bytes: -1 }), undefined);
  t.end();
});

t.test('RC-11 speaks when a device fetches a program from a new partner, not when it fetches a large file', (t) => {
  t.equal(sure(CT, NURSE, { verb: 'read', content: 'pe' }, 'http'), 0.8);
  t.equal(sure(CT, NURSE, { verb: 'read', bytes: 1e6 }, 'http'), undefined);
  t.equal(sure(NURSE, CT, { verb: 'read', fromClient: false, content: 'elf' }, 'tftp'), 0.8, 'asked on another flow');
  t.end();
});

t.test('RC-11 is silent about what leaves the device', (t) => {
  t.equal(sure(CT, NURSE, { content: 'elf', bytes: 1e6 }), undefined);
  t.equal(sure(NURSE, CT, { verb: 'read', content: 'elf', bytes: 1e6 }), undefined);
  t.equal(sure(NURSE, CT, { verb: 'delete', content: 'elf' }), undefined);
  t.end();
});

t.test('RC-11 says little of programs from accepted partners, and nothing of their other files and of updates', (t) => {
  t.equal(sure(SERVICE, CT, { content: 'elf' }), 0.3);
  t.equal(sure(SERVICE, CT, { bytes: 1e6 }), undefined);
  t.equal(sure(CT, SERVICE, { verb: 'read', content: 'pe' }, 'http'), undefined);
  t.end();
});

t.test('RC-11 speaks when a bedside device opens a network folder', (t) => {
  const folder = (device: string, kind = 'MNT', fromClient = true): string[] => {
    const w = ward().at(20);
    tell(w, 'message', w.connect(device, NURSE, 2_049, 'mount'), { protocol: 'mount', kind, fromClient });
    return w.said('RC-11');
  };
  t.same(folder(PUMP), [`${PUMP} < ${NURSE} mount`]);
  t.same(folder(CT), [], 'a scanner may');
  t.same(folder(PUMP, 'EXPORT'), []);
  t.same(folder(PUMP, 'MNT', false), []);
  t.end();
});
