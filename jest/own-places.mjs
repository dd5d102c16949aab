import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Tests write their temporary files and caches to one folder, and read no caches of other runs. */
export default () => {
  process.env.TMPDIR = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-tests-')));
  process.env.XDG_CACHE_HOME = join(process.env.TMPDIR, 'cache');
};
