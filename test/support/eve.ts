/** Lines of Suricata's EVE JSON, as it writes them. */
export function eveLine(changes: Record<string, unknown> = {}): string {
  const { alert, ...rest } = changes;
  return JSON.stringify({
    timestamp: '2026-03-02T10:00:00.000000+0000',
    flow_id: 1,
    event_type: 'alert',
    src_ip: '10.20.6.66',
    src_port: 40_000,
    dest_ip: '10.20.1.11',
    dest_port: 445,
    proto: 'TCP',
    alert:
      alert !== undefined && Object.keys(alert as object).length === 0
        ? {}
        : {
            action: 'allowed',
            gid: 1,
            signature_id: 2_010_935,
            rev: 3,
            signature: 'ET SCAN something',
            category: 'Potentially Bad Traffic',
            severity: 2,
            ...(alert as object | undefined),
          },
    ...rest,
  });
}
