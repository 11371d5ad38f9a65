/** What a live sensor says of its way to InfluxDB, its processor and its memory. */
import type { Point } from '../model.ts';
import type { InfluxWriter } from '../output/influx.ts';

/** Each call tells what happened since the one before it. */
export function ownFigures(influx: InfluxWriter | null): () => Point['fields'] {
  let usage = process.cpuUsage();
  let atMs = performance.now();
  return () => {
    const nowMs = performance.now();
    const used = process.cpuUsage(usage);
    const passedUs = Math.max(1, (nowMs - atMs) * 1000);
    usage = process.cpuUsage();
    atMs = nowMs;
    return {
      ...(influx === null ? {} : writerFields(influx)),
      processor_percent: Math.round((1000 * (used.user + used.system)) / passedUs) / 10,
      memory_bytes: process.memoryUsage.rss(),
    };
  };
}

function writerFields(influx: InfluxWriter): Point['fields'] {
  const { bytes, points, oldestUs, droppedPoints, quarantinedLines, writeErrors, writtenPoints } = influx.statistics();
  return {
    spool_bytes: bytes,
    spool_points: points,
    spool_oldest_seconds: oldestUs === 0 ? 0 : Math.max(0, Date.now() / 1000 - oldestUs / 1e6),
    spool_dropped_points: droppedPoints,
    spool_refused_lines: quarantinedLines,
    write_errors: writeErrors,
    written_points: writtenPoints,
  };
}
