import t from 'tap';
import { isResolverAddress, isResolverName } from '../../src/bytes/outside-services.ts';
import { tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const MONITOR = '10.1.0.31';
const NURSE = '10.1.0.66';
const RESOLVER = '10.1.0.53';
const OUTSIDE = '203.0.113.5';

const ward = (): TestWard => new TestWard({ settings: { listed: [{ match: MONITOR, class: 'patient-monitor' }] } });

function asks(from: string, to: string, fields: object = {}): string[] {
  const w = ward().at(20);
  tell(w, 'lookup', w.connect(from, to, 53, 'dns'), { kind: 'query', name: 'pacs.example.org', type: 'A', ...fields });
  return w.said('EX-06');
}

t.test('EX-06 speaks when a medical device asks a name server outside', (t) => {
  t.same(asks(MONITOR, OUTSIDE), [`${MONITOR} < ${OUTSIDE} dns`]);
  t.same(asks(MONITOR, RESOLVER), []);
  t.same(asks(NURSE, OUTSIDE), [], 'no medical device');
  t.same(asks(MONITOR, OUTSIDE, { kind: 'answer', fromClient: false }), []);
  t.same(asks(MONITOR, OUTSIDE, { protocol: 'mdns' }), []);
  t.end();
});

t.test('EX-06 speaks of DNS over TLS by its port, of DNS over HTTPS by name or address', (t) => {
  const opens = (to: string, port: number, serverName = '', from = MONITOR): string[] => {
    const w = ward().at(20);
    const flow = w.connect(from, to, port, 'tls');
    if (serverName !== '') tell(w, 'handshake', flow, { protocol: 'tls', serverName });
    return w.said('EX-06');
  };
  t.equal(opens(OUTSIDE, 853).length, 1);
  t.equal(opens(OUTSIDE, 854).length, 0);
  t.equal(opens(RESOLVER, 853).length, 0);
  t.equal(opens('8.8.8.8', 443).length, 1);
  t.equal(opens('8.8.8.8', 8443).length, 0);
  t.equal(opens('8.8.8.9', 443).length, 0);
  t.equal(opens(OUTSIDE, 443, 'dns.google').length, 1);
  t.equal(opens(OUTSIDE, 443, 'Mozilla.Cloudflare-DNS.com').length, 1);
  t.equal(opens(OUTSIDE, 443, 'www.example.org').length, 0);
  t.equal(opens(OUTSIDE, 443, 'dns.google', NURSE).length, 0);
  t.end();
});

t.test('EX-06 speaks of a day of encrypted connections without any question', (t) => {
  const calls = (count: number, hours: number, asksAt = -1): number => {
    const w = ward();
    for (let i = 0; i < count; i++) {
      w.at(20 + (i * hours * 60) / (count - 1));
      if (i === asksAt)
        tell(w, 'lookup', w.connect(MONITOR, RESOLVER, 53, 'dns'), { kind: 'query', name: 'a.example' });
      const flow = w.connect(MONITOR, OUTSIDE, 443, 'tls');
      tell(w, 'handshake', flow, { protocol: 'tls', serverName: 'www.example.org' });
    }
    return w.findings.filter(({ detector, confidence }) => detector === 'EX-06' && confidence === 0.4).length;
  };
  t.equal(calls(20, 24), 1);
  t.equal(calls(19, 24), 0);
  t.equal(calls(20, 23.9), 0);
  t.equal(calls(20, 24, 10), 0, 'it has asked in between');
  t.end();
});

t.test('resolvers are told by the end of their names, label by label', (t) => {
  const none = new Set<string>();
  t.ok(isResolverName('chrome.cloudflare-dns.com', none));
  t.notOk(isResolverName('evilcloudflare-dns.com', none));
  t.notOk(isResolverName('', none));
  t.ok(isResolverName('doh.example.org', new Set(['doh.example.org'])));
  t.ok(isResolverAddress('2620:fe::fe'));
  t.notOk(isResolverAddress('10.0.0.1'));
  t.end();
});
