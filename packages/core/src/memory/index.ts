export { type MemoryStore, memoryStore } from './store.js';
