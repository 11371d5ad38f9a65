import t from 'tap';
import { claim, clear, copyFrame, Frame, odd, STOP, tagged } from '../../src/wire/frame.ts';

t.test('a copy of a frame has every field', (t) => {
  const from = new Frame();
  for (const [i, name] of Object.keys(from).entries()) {
    const field = name as keyof Frame;
    if (typeof from[field] === 'number') Object.assign(from, { [field]: 100 + i });
  }
  from.oddity = 'something';
  from.bytes = new Uint8Array(3);
  from.view = new DataView(from.bytes.buffer);
  const to = new Frame();
  copyFrame(from, to);
  t.strictSame({ ...to }, { ...from });
  t.equal(to.view, from.view);
  t.equal(to.bytes, from.bytes);
  t.end();
});

t.test('the first trouble of a packet gives the name', (t) => {
  const frame = new Frame();
  t.equal(odd(frame, 'first'), STOP);
  odd(frame, 'second');
  t.equal(frame.oddity, 'first');
  clear(frame);
  t.equal(frame.oddity, '');
  t.end();
});

t.test('a claim shortens the packet, and lengthens only what is inside a tunnel', (t) => {
  const frame = new Frame();
  const ends = (): [number, number] => [frame.end, frame.wireEnd];
  Object.assign(frame, { end: 100, wireEnd: 200 });
  claim(frame, 150, 'long');
  t.strictSame(ends(), [100, 150]);
  claim(frame, 80, 'long');
  t.strictSame(ends(), [80, 80]);
  claim(frame, 90, 'long');
  t.strictSame(ends(), [80, 80]);
  t.equal(frame.oddity, 'long');
  Object.assign(frame, { oddity: '', tunnels: 1 });
  claim(frame, 90, 'long');
  t.strictSame(ends(), [80, 90]);
  t.equal(frame.oddity, 'tunnel_payload_cut');
  t.end();
});

t.test('VLAN id 0 is a priority and no VLAN', (t) => {
  const frame = new Frame();
  for (const tag of [0xe000, 0xe005, 0x0000, 0x0006]) tagged(frame, tag);
  t.strictSame([frame.vlan, frame.innerVlan], [5, 6]);
  t.end();
});
