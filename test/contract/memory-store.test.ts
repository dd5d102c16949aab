import { memoryStore } from '../../packages/core/src/memory/index.js';
import { storeContract } from './store-contract.js';

storeContract('memory', async () => {
  const store = memoryStore();
  return {
    store,
    restart: async () => store.kill(),
    lose: (object) => void store.shelf.delete(object),
    dispose: () => store.close(),
  };
});
