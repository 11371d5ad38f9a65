import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createSdcBodies } from '../../protocols/sdc/body.ts';
import { limits } from '../../src/limits.ts';
import { Exchange } from '../../src/protocol.ts';
import { bytesOf, type Heard, heard, segment } from '../support/protocol.ts';

const sdc = createSdcBodies({ limits: { ...limits, xmlDepthMax: 12 } });

const BASE = 'http://standards.ieee.org/downloads/11073';
const GLUE = `${BASE}/11073-20701-2018`;
const envelope = (action: string, body: string, namespaces = ''): string =>
  `<?xml version='1.0' encoding='UTF-8'?>\n<s12:Envelope xmlns:s12="http://www.w3.org/2003/05/soap-envelope"${namespaces}>` +
  `<s12:Header><wsa:To>http://10.0.0.1/CANARY</wsa:To><wsa:Action>${action}</wsa:Action></s12:Header>` +
  `<s12:Body>${body}</s12:Body></s12:Envelope>`;
const PARTICIPANT = ` xmlns:dom="${BASE}/11073-10207-2017/participant"`;

type Said = readonly [toServer: boolean, text: string];

/** Bodies one after the other, each cut into pieces. */
function listen(said: readonly Said[], pieceBytes = 10_000): readonly Heard[] {
  const { records, list } = heard();
  const open = sdc.open?.();
  for (const [toServer, text] of said) {
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.length; at += pieceBytes)
      open?.read(segment(bytes.slice(at, at + pieceBytes), { toServer }), records);
    open?.end(segment(new Uint8Array(), { toServer }), true, records);
  }
  return list;
}

function everyCut(t: Test, said: readonly Said[]): readonly Heard[] {
  const whole = listen(said);
  for (const count of [1, 2, 3, 7, 50]) t.same(listen(said, count), whole);
  t.notMatch(JSON.stringify(whole), /CANARY/);
  return whole;
}

const of = (all: readonly Heard[], kind: string): Record<string, unknown>[] =>
  all.filter((one) => one.kind === kind).map((one) => one.record);
const kinds = (all: readonly Heard[]): unknown[] =>
  of(all, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const operations = (all: readonly Heard[]): unknown[] =>
  of(all, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} ${one.object} ${one.outcome}`);
const odd = (all: readonly Heard[]): unknown[] => of(all, 'oddity').map((one) => one.name);

const model = `<wsx:Metadata><dpws:ThisModel><dpws:Manufacturer xml:lang="en">Draeger &amp; Co</dpws:Manufacturer><dpws:ModelName>LabMon</dpws:ModelName>
  <dpws:PresentationUrl>CANARY</dpws:PresentationUrl></dpws:ThisModel><dpws:ThisDevice><dpws:FriendlyName>LabMon BED1</dpws:FriendlyName>
  <dpws:FirmwareVersion>FW 2.31</dpws:FirmwareVersion><dpws:SerialNumber>SN20031</dpws:SerialNumber></dpws:ThisDevice></wsx:Metadata>`;

t.test('a consumer gets to know a device: what came before the first sign of SDC is told with it', (t) => {
  const all = everyCut(t, [
    [true, envelope('http://schemas.xmlsoap.org/ws/2004/09/transfer/Get', '')],
    [false, envelope('http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse', model, PARTICIPANT)],
    [true, envelope('http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Request', '<GetMetadata/>')],
    [false, envelope('http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Response', model)],
    [true, envelope('http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe', '<Subscribe/>')],
  ]);
  t.same(kinds(all), ['> Get', '< GetResponse', '> GetMetadata', '< GetMetadataResponse', '> Subscribe']);
  t.same(
    of(all, 'identity').map((one) => `${one.ofClient} ${one.attribute}=${one.value} ${one.source}`),
    [
      'false manufacturer=Draeger & Co DPWS ThisModel/Manufacturer',
      'false model=LabMon DPWS ThisModel/ModelName',
      'false name=LabMon BED1 DPWS ThisDevice/FriendlyName',
      'false software=FW 2.31 DPWS ThisDevice/FirmwareVersion',
      'false serial=SN20031 DPWS ThisDevice/SerialNumber',
    ],
  );
  t.same(odd(all), []);
  t.end();
});

t.test('the containment tree tells its system, and nothing of patients and values', (t) => {
  const tree = `<msg:GetMdibResponse><Mds><MetaData><Udi><DeviceIdentifier>04012345</DeviceIdentifier></Udi><Manufacturer Lang="en">Maker</Manufacturer>
    <SerialNumber/></MetaData><PatientContext><CoreData><Givenname>CANARY</Givenname></CoreData></PatientContext><Metric><Value>CANARY</Value></Metric>
    <Clock><Manufacturer>CANARY</Manufacturer></Clock></Mds></msg:GetMdibResponse>`;
  const all = everyCut(t, [
    [true, envelope(`${GLUE}/GetService/GetMdib`, '<msg:GetMdib/>')],
    [false, envelope(`${GLUE}/GetService/GetMdibResponse`, tree)],
  ]);
  t.same(kinds(all), ['> GetMdib', '< GetMdibResponse']);
  t.same(
    of(all, 'identity').map((one) => `${one.attribute}=${one.value} ${one.source}`),
    ['udi=04012345 SDC Udi/DeviceIdentifier', 'manufacturer=Maker SDC MetaData/Manufacturer'],
  );
  t.end();
});

const invoke = (verb: string, handle: string, rest = ''): string =>
  envelope(
    `${GLUE}/SetService/${verb}`,
    `<msg:${verb}><msg:OperationHandleRef>${handle}</msg:OperationHandleRef>${rest}</msg:${verb}>`,
  );
const answer = (verb: string, state: string): string =>
  envelope(
    `${GLUE}/SetService/${verb}Response`,
    `<msg:${verb}Response><msg:InvocationInfo><msg:TransactionId>1</msg:TransactionId><msg:InvocationState>${state}</msg:InvocationState></msg:InvocationInfo></msg:${verb}Response>`,
  );

t.test('operations are asked for by handle, without the value or patient that they carry', (t) => {
  const patient =
    '<msg:ProposedContextState Handle="CANARY"><Identification Extension="CANARY"/><CoreData><Givenname>CANARY</Givenname></CoreData></msg:ProposedContextState>';
  const all = everyCut(t, [
    [true, invoke('SetValue', 'op.1', '<msg:RequestedNumericValue>CANARY</msg:RequestedNumericValue>')],
    [false, answer('SetValue', 'Wait')],
    [true, invoke('SetContextState', 'pc.1', patient)],
    [false, answer('SetContextState', 'Fin')],
    [true, invoke('Activate', 'svo.2')],
    [false, answer('Activate', 'Fail')],
    [true, invoke('SetAlertState', 'svo.3')],
    [false, envelope('http://www.w3.org/2005/08/addressing/fault', '<s12:Fault><Reason>CANARY</Reason></s12:Fault>')],
    [false, envelope(`${GLUE}/x`, '<s12:Fault/>')],
  ]);
  t.same(operations(all), [
    '> SetValue op.1 asked',
    '> SetContextState pc.1 asked',
    '> SetContextState pc.1 done',
    '> Activate svo.2 asked',
    '> Activate svo.2 failed',
    '> SetAlertState svo.3 asked',
    '> SetAlertState svo.3 failed',
  ]);
  t.same(kinds(all).slice(-3), ['> SetAlertState', '< Fault', '< Fault']);
  t.end();
});

t.test('a report tells the consumer how its operations ended', (t) => {
  const part = (handle: string, state: string): string =>
    `<msg:ReportPart OperationHandleRef="${handle}"><msg:InvocationInfo><msg:InvocationState>${state}</msg:InvocationState></msg:InvocationInfo><msg:InvocationSource Extension="CANARY"/></msg:ReportPart>`;
  const all = everyCut(t, [
    [
      true,
      envelope(
        `${GLUE}/SetService/OperationInvokedReport`,
        `<msg:OperationInvokedReport>${part('a', 'Wait')}${part('b', 'FinMod')}${part('c', 'CnclldMan')}</msg:OperationInvokedReport>`,
      ),
    ],
    [
      true,
      envelope(
        `${GLUE}/StateEventService/EpisodicMetricReport`,
        `<EpisodicMetricReport>${part('d', 'Fin')}</EpisodicMetricReport>`,
      ),
    ],
    [true, envelope(`${GLUE}/WaveformService/WaveformStream`, '<WaveformStream/>')],
  ]);
  t.same(operations(all), ['< OperationInvokedReport b done', '< OperationInvokedReport c failed']);
  t.same(kinds(all), ['> OperationInvokedReport', '> EpisodicMetricReport', '> WaveformStream']);
  t.end();
});

t.test('without an action the body says what it is', (t) => {
  const text = invoke('SetString', 'h')
    .replace(/<wsa:Action>.*<\/wsa:Action>/, '')
    .replace('msg:SetString', `msg:SetString${PARTICIPANT}`);
  t.same(operations(everyCut(t, [[true, text]])), ['> SetString h asked']);
  t.end();
});

t.test('what breaks off was asked for all the same', (t) => {
  const all = everyCut(t, [[true, invoke('SetValue', 'op.1').replace(/<.msg:SetValue>.*$/, '')]]);
  t.same(operations(all), ['> SetValue op.1 asked']);
  t.end();
});

t.test('other web services are none of SDC', (t) => {
  const all = everyCut(t, [
    [true, envelope('http://schemas.xmlsoap.org/ws/2004/09/transfer/Get', '')],
    [false, envelope('http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse', '<Printer/>')],
    [true, envelope('http://www.onvif.org/ver20/ptz/wsdl/ContinuousMove', '<ContinuousMove/>')],
  ]);
  t.same(all, []);
  t.end();
});

t.test('sdc_unknown_action', (t) => {
  t.same(odd(everyCut(t, [[true, envelope(`${GLUE}/SetService/Explode`, '<Explode/>')]])), ['sdc_unknown_action']);
  t.end();
});

t.test('sdc_broken: a document type, or too many levels', (t) => {
  for (const text of ['<!DOCTYPE x SYSTEM "file:///etc/passwd"><a/>', '<a>'.repeat(13)])
    t.same(
      odd(
        everyCut(t, [
          [true, text],
          [true, text],
        ]),
      ),
      ['sdc_broken'],
    );
  t.end();
});

t.test('wants SOAP, compressed or not, and nothing else', (t) => {
  const wants = (mediaType: string, text: string): unknown => {
    const { view, start, end } = segment(bytesOf(text));
    return sdc.wants?.(Object.assign(new Exchange(), { mediaType }), view, start, end);
  };
  t.equal(wants('application/soap+xml', '<?xml ve'), true);
  t.equal(wants('application/soap+xml', '\x1f\x8b'), false);
  t.equal(wants('application/soap+xml', ''), false);
  t.equal(wants('text/xml', '<?xml ve'), false);
  t.equal(sdc.wantsInflated?.(Object.assign(new Exchange(), { mediaType: 'application/soap+xml' })), true);
  t.equal(sdc.wantsInflated?.(Object.assign(new Exchange(), { mediaType: 'text/html' })), false);
  t.end();
});

t.test('noise is the same wherever it is cut, and harmless', (t) => {
  const good = invoke('SetValue', 'op.1');
  fc.assert(
    fc.property(fc.nat(good.length), fc.string(), fc.integer({ min: 1, max: 9 }), (at, noise, count) => {
      const said: readonly Said[] = [
        [true, good.slice(0, at) + noise + good.slice(at)],
        [false, noise],
        [true, good],
      ];
      return JSON.stringify(listen(said, count)) === JSON.stringify(listen(said));
    }),
    { numRuns: 200 },
  );
  t.pass();
  t.end();
});
