import t from 'tap';
import { Bench, linkOf, verdictOf } from '../support/bench.ts';

t.test('EX-09 and EX-10 are judged by what the archive has learnt, as the one who asks may be new', (t) => {
  const [asker, archive] = [20_000, 1];
  const link = linkOf(asker, archive);
  const search = new Bench('EX-09');
  const broad = { verb: 'C-FIND-RQ', sopClass: '1.2.840.10008.5.1.4.1.2.2.1', broad: true, fromClient: true };
  for (let i = 0; i < 3; i++) search.tell('query', broad, link);
  t.match(search.reports, [
    { device: asker, learntBy: archive, confidence: 0.4, severitySteps: -1 },
    { device: asker, learntBy: archive, confidence: 0.6, severitySteps: 0 },
  ]);
  const move = new Bench('EX-10');
  move.tell('dimse', { verb: 'C-MOVE-RQ', moveDestination: 'PLACE', fromClient: true }, link);
  t.match(move.reports, [{ device: asker, learntBy: archive }]);
  t.end();
});

t.test('EX-09 speaks of the first broad question of somebody who was not accepted to ask anything', (t) => {
  const ask = (accepted: boolean, broad = true): number[] => {
    const bench = new Bench('EX-09', { verdict: () => verdictOf({ accepted }) });
    const question = { verb: 'C-FIND-RQ', sopClass: '1.2.840.10008.5.1.4.1.2.2.1', broad, fromClient: true };
    return bench.tell('query', question, linkOf(20_000, 1)).tell('query', question, linkOf(20_000, 1)).said;
  };
  t.same(ask(false), [0.4], 'once');
  t.same(ask(false, false), [], 'a question for one patient');
  t.same(ask(true), []);
  t.end();
});
