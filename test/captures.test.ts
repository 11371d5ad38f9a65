import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { demoCaptures } from '../captures/demo/make.ts';

const lab = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures/lab/public');

t.test(
  'the demonstration captures are what their script makes',
  { skip: existsSync(lab) ? false : `no ${lab}` },
  (t) => {
    for (const [name, bytes] of demoCaptures(lab)) {
      const committed = readFileSync(join('captures/demo', name));
      // Compressors differ between versions; what they hold must not.
      t.ok(gunzipSync(committed).equals(gunzipSync(bytes)), name);
    }
    t.end();
  },
);
