import t from 'tap';
import { registeredDomain } from '../../src/bytes/registered-domain.ts';

t.test('a name is cut to what somebody registered', (t) => {
  const cases: [string, string][] = [
    ['example.org', 'example.org'],
    ['a.b.Example.ORG.', 'example.org'],
    ['img.example.co.uk', 'example.co.uk'],
    ['co.uk', 'co.uk'],
    ['relay-1.net.example.com', 'example.com'],
    ['localhost', ''],
    ['', ''],
  ];
  for (const [name, wanted] of cases) t.equal(registeredDomain(name), wanted, name);
  t.end();
});
