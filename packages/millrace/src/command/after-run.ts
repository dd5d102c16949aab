import { storeConfig } from '../project.js';
import { bytes } from '../render/words.js';
import { ageOf, sizeOf } from './amounts.js';
import type { Opened } from './opened.js';
import type { Session } from './session.js';

/** `store: { maxAge, maxSize }` in the config: what no longer fits goes after a run that came to its end. */
export async function sweepAfter({ project, store }: Opened, session: Session): Promise<void> {
  const { maxAge, maxSize } = storeConfig(project);
  if (maxAge === undefined && maxSize === undefined) return;
  const swept = store.gc({
    ...(maxAge !== undefined && { maxAgeMs: ageOf(maxAge, 'store.maxAge') }),
    ...(maxSize !== undefined && { maxBytes: sizeOf(maxSize, 'store.maxSize') }),
  });
  if (swept.bytes) session.say([`swept ${bytes(swept.bytes)} (${project.root}: store.maxAge, store.maxSize)`]);
}
