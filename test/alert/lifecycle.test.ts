import t from 'tap';
import { precisionOf, type Step, standingOf, whyNot } from '../../src/alert/lifecycle.ts';
import { expired, hides, preview, problemOf, type Suppression } from '../../src/alert/suppression.ts';
import type { FindingRow } from '../../src/model.ts';

const step = (action: Step['action'], over: Partial<Step> = {}): Step => ({
  finding: 'f',
  action,
  timeUs: 1,
  user: 'biomed',
  text: '',
  disposition: '',
  assignee: '',
  ...over,
});

t.test('a finding goes from open to closed and back, and remembers who has it', (t) => {
  const standings = [
    [],
    [step('acknowledge')],
    [step('acknowledge'), step('assign', { assignee: 'it' }), step('comment', { text: 'asked' })],
    [step('close', { disposition: 'benign' })],
    [step('close', { disposition: 'benign' }), step('reopen')],
  ].map((steps) => {
    const { state, disposition, assignee, comments } = standingOf(steps);
    return [state, disposition, assignee, comments];
  });
  t.same(standings, [
    ['open', '', '', 0],
    ['acknowledged', '', '', 0],
    ['acknowledged', '', 'it', 1],
    ['closed', 'benign', '', 0],
    ['reopened', '', '', 0],
  ]);
  t.end();
});

t.test('a step that makes no sense now says why', (t) => {
  const closed = standingOf([step('close', { disposition: 'true' })]);
  t.match(whyNot(closed, step('acknowledge')), /reopen it first/);
  t.match(whyNot(closed, step('close', { disposition: 'true' })), /closed already/);
  t.match(whyNot(standingOf([]), step('reopen')), /is not closed/);
  t.match(whyNot(standingOf([]), step('close')), /true, benign, expected/);
  t.match(whyNot(standingOf([]), step('comment')), /needs words/);
  t.match(whyNot(standingOf([]), step('assign')), /to whom/);
  t.equal(whyNot(standingOf([]), step('close', { disposition: 'expected' })), '');
  t.end();
});

t.test('how right a detector is comes from what was closed as true and as benign', (t) => {
  const closed = (detector: string, disposition: 'true' | 'benign' | 'expected') => ({ detector, disposition });
  t.same(
    precisionOf([
      closed('A', 'true'),
      closed('A', 'benign'),
      closed('A', 'benign'),
      closed('A', 'expected'),
      closed('B', 'expected'),
    ]),
    [
      { detector: 'A', closed: 4, right: 1, expected: 1, precision: 1 / 3 },
      { detector: 'B', closed: 1, right: 0, expected: 1, precision: null },
    ],
  );
  t.end();
});

const rule = (over: Partial<Suppression> = {}): Suppression => ({
  detector: 'BL-01',
  device: '',
  peer: '',
  service: '',
  createdUs: 100,
  expiresUs: 200,
  user: 'biomed',
  owner: 'it',
  reason: 'migration',
  ...over,
});

const finding = (over: Partial<FindingRow> = {}): FindingRow =>
  ({
    id: 'f',
    detector: 'BL-01',
    device: 'd',
    deviceAddress: '10.0.0.1',
    peer: 'p',
    peerAddress: '10.0.0.2',
    service: 'ssh',
    ...over,
  }) as FindingRow;

t.test('what a rule is said to hide is what it hides, until it ends', (t) => {
  const findings = [finding(), finding({ id: 'g', device: 'e' }), finding({ id: 'h', detector: 'RC-01' })];
  const device = rule({ device: 'd' });
  t.same(
    preview(device, findings, 150).map(({ id }) => id),
    ['f'],
  );
  t.same(
    findings.filter((one) => hides(device, one, 150)),
    preview(device, findings, 150),
  );
  t.same(preview(device, findings, 200), [], 'it is over');
  t.same(expired([device], 200), [device]);
  t.same(expired([device], 199), []);
  t.same(preview(rule({ device: '10.0.0.1', service: 'ssh' }), findings, 150).length, 2, 'addresses do as well as ids');
  t.end();
});

t.test('a rule needs a scope, a reason, an owner and an end', (t) => {
  t.match(problemOf(rule({ detector: '' })), /hides everything/);
  t.match(problemOf(rule({ reason: '' })), /reason/);
  t.match(problemOf(rule({ owner: '' })), /owner/);
  t.match(problemOf(rule({ expiresUs: 100 })), /ended already/);
  t.match(problemOf(rule({ expiresUs: 100 + 367 * 86_400e6 })), /366 days at most/);
  t.equal(problemOf(rule()), '');
  t.end();
});
