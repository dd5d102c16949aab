import type { Realm } from './realm.js';

/** What tells when memory is freed, or measures time by threads, is not told. */
export const weak = ({ define }: Realm) => {
  const named = (Kind: object, value: string) => Object.defineProperty(Kind, 'name', { value, configurable: true });
  class Strong {
    readonly #target: unknown;
    constructor(target: unknown) {
      if ((typeof target !== 'object' || target === null) && typeof target !== 'function' && typeof target !== 'symbol')
        throw new TypeError('WeakRef: invalid target');
      this.#target = target;
    }
    deref() {
      return this.#target;
    }
    get [Symbol.toStringTag]() {
      return 'WeakRef';
    }
  }
  class Inert {
    constructor(cleanup: unknown) {
      if (typeof cleanup !== 'function') throw new TypeError('FinalizationRegistry: cleanup must be callable');
    }
    register() {}
    unregister() {
      return false;
    }
    get [Symbol.toStringTag]() {
      return 'FinalizationRegistry';
    }
  }
  define('WeakRef', named(Strong, 'WeakRef'));
  define('FinalizationRegistry', named(Inert, 'FinalizationRegistry'));
  const global = globalThis as Record<string, unknown>;
  delete global['SharedArrayBuffer'];
  const { WebAssembly } = global as { WebAssembly?: Record<string, unknown> };
  if (WebAssembly) {
    delete WebAssembly['compileStreaming'];
    delete WebAssembly['instantiateStreaming'];
  }
};
