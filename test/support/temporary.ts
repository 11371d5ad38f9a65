/** A folder for one test, removed at its end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function temporaryFolder(t: { teardown(action: () => void): unknown }): string {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
