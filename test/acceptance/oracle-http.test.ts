/**
 * tshark is asked the same questions about HTTP/1, HTTP/2 and IPP. Where the answers differ, the reason stands here:
 *
 * - tshark leaves a response out whose body it cannot put together: it is asked not to (`desegment_body`), and
 *   captures with lost packets are not compared;
 * - tshark knows HTTP by its ports and some heuristics, we by its first bytes: captures with HTTP on a port of another
 *   protocol are not compared;
 * - a target that is no path (`OPTIONS HTTP/1.0`) is a request for tshark and a bad start line for us (http-methods);
 * - host names are compared without those that hold other characters than a name may have.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { agreement, lacksTshark, recordsOf, tsharkFields } from '../support/tshark.ts';

const shared = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const skip = lacksTshark || (existsSync(shared) ? false : `no ${shared}`);
const AGREED = 0.99;
const ONCE = '!icmp && !icmpv6 && !tcp.analysis.retransmission';

const background = (name: string): string => join(shared, 'third-party/background', name);
const lab = (name: string): string => join(shared, 'lab/public', `${name}.pcap`);

const split = (text = ''): string[] => text.split(',').filter((value) => value !== '');

for (const path of [
  ...['ndpi__http-basic-auth.pcap', 'tracepcap__http_demo.pcap', 'zeek__http-pipelined-requests.pcap'].map(background),
  ...['zeek__http-100-continue.pcap', 'zeek__http-docker-http-upgrade.pcap', 'zeek__http-byteranges.pcap'].map(
    background,
  ),
  ...['zeek__http-multipart.pcap', 'zeek__http-proxy.pcap', 'zeek__http-websocket.pcap'].map(background),
  join(shared, 'third-party/exfil/ndpi__webdav.pcapng'),
  join(shared, 'third-party/remote/ndpi__http_connect.pcap'),
  ...['p02_dicom_orthanc', 'p15_exfil_uploads_contec', 'p16_default_creds_control'].map(lab),
  ...['p17_beacon_http', 'p19_orthanc_rest_theft', 'p21_file_print_telemetry'].map(lab),
]) {
  t.test(`${basename(path)}: methods, hosts, statuses of HTTP/1`, { skip }, async (t) => {
    const fields = ['http.request.method', 'http.host', 'http.response.code'];
    const settings = ['-o', 'http.desegment_body:FALSE'];
    const rows = await tsharkFields(path, `(http.request || http.response) && ${ONCE}`, fields, settings);
    const heard = (await recordsOf(path, 'httpMessage')).filter(({ record }) => record.version !== '2');
    const theirs = rows.flatMap(([methods, hosts, statuses]) => {
      const names = split(hosts);
      return [...split(methods).map((method, i) => `${method} ${names[i] ?? ''}`), ...split(statuses)];
    });
    const ours = heard.map(({ record: { isRequest, method, host, status } }) =>
      isRequest === true ? `${method} ${host}` : `${status}`,
    );
    t.ok(theirs.length > 0);
    t.ok(agreement(ours, theirs) >= AGREED, `${agreement(ours, theirs)} of ${theirs.length}`);
  });
}

t.test('zeek__http-methods.pcap: all but the request without a target', { skip }, async (t) => {
  const path = background('zeek__http-methods.pcap');
  const rows = await tsharkFields(path, `http.request && ${ONCE}`, ['http.request.method']);
  const ours = (await recordsOf(path, 'httpMessage')).filter(({ record }) => record.isRequest === true);
  t.equal(ours.length, rows.flatMap(([methods]) => split(methods)).length - 1);
});

for (const name of ['exfil/sv__dns-over-http2-post-dns_over_https_POST', 'exfil/sv__dns-over-http2-dns_over_https']) {
  const path = join(shared, 'third-party', `${name}.pcap`);
  t.test(`${basename(path)}: methods, hosts, statuses of HTTP/2`, { skip }, async (t) => {
    const fields = ['http2.headers.method', 'http2.headers.authority', 'http2.headers.status'];
    const rows = await tsharkFields(path, `(http2.headers.method || http2.headers.status) && ${ONCE}`, fields);
    const theirs = rows.flatMap(([methods, hosts, statuses]) => {
      const names = split(hosts);
      return [...split(methods).map((method, i) => `${method} ${names[i] ?? ''}`), ...split(statuses)];
    });
    const ours = (await recordsOf(path, 'httpMessage')).map(({ record: { isRequest, method, host, status } }) =>
      isRequest === true ? `${method} ${host}` : `${status}`,
    );
    t.ok(theirs.length > 0);
    t.ok(agreement(ours, theirs) >= AGREED, `${agreement(ours, theirs)} of ${theirs.length}`);
  });
}

t.test('sv__http2-range-http2-range.pcap: HTTP/2 after an upgrade', { skip }, async (t) => {
  const path = join(shared, 'third-party/malformed/sv__http2-range-http2-range.pcap');
  const rows = await tsharkFields(path, `http2.headers.status && ${ONCE}`, ['http2.headers.status']);
  const ours = (await recordsOf(path, 'httpMessage')).filter(({ record }) => record.version === '2');
  const statuses = ours.map(({ record }) => String(record.status));
  t.equal(
    agreement(
      statuses,
      rows.flatMap(([status]) => split(status)),
    ),
    1,
  );
});

t.test('ndpi__ipp.pcap: operations of IPP', { skip }, async (t) => {
  const path = background('ndpi__ipp.pcap');
  const rows = await tsharkFields(path, `ipp.operation_id && ${ONCE}`, ['ipp.operation_id']);
  const names: Readonly<Record<number, string>> = {
    2: 'Print-Job',
    9: 'Get-Job-Attributes',
    11: 'Get-Printer-Attributes',
  };
  const ours = (await recordsOf(path, 'message')).filter(
    ({ record }) => record.protocol === 'ipp' && record.fromClient === true,
  );
  t.ok(rows.length > 0);
  t.equal(
    agreement(
      ours.map(({ record }) => String(record.kind)),
      rows.flatMap(([ids]) => split(ids).map((id) => names[Number(id)] ?? id)),
    ),
    1,
  );
});
