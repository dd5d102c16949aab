import { rmSync } from 'node:fs';

/** Tests that kill processes cannot clear up what those held. */
export default () => rmSync(process.env.TMPDIR, { recursive: true, force: true, maxRetries: 5 });
