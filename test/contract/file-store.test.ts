import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../packages/arrow-store/src/index.js';
import { overlaid } from '../../packages/arrow-store/src/overlay.js';
import type { Store } from '../../packages/core/src/index.js';
import { memoryStore } from '../../packages/core/src/memory/index.js';
import { storeContract } from './store-contract.js';

const lose = (store: Store, object: string) => rmSync(join(store.where, 'objects', object.slice(0, 2), object));

storeContract('files', async () => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-store-'));
  const all = [openStore(root)];
  const again = async () => {
    const next = openStore(root);
    all.push(next);
    return next;
  };
  return {
    store: all[0] as Store,
    restart: async () => {
      await all[0]?.close();
      return again();
    },
    second: again,
    lose: (object) => lose(all[0] as Store, object),
    dispose: async () => {
      for (const store of all) await store.close();
      rmSync(root, { recursive: true });
    },
  };
});

/** Hits from below, all else above: to whoever uses it, a store as any other. */
storeContract('files above a store that can only be read', async () => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-store-'));
  let above = openStore(root);
  const over = () => above;
  const opened = () => overlaid(memoryStore(), { over, from: 'at once' });
  const store = opened();
  return {
    store,
    restart: async () => {
      await above.close();
      above = openStore(root);
      return opened();
    },
    lose: (object) => lose(above, object),
    dispose: async () => {
      await above.close();
      rmSync(root, { recursive: true });
    },
  };
});
