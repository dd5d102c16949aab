import type { Realm } from '../realm.js';

type Call = (event: object) => void;
interface EventOptions {
  readonly bubbles?: unknown;
  readonly cancelable?: unknown;
  readonly composed?: unknown;
}
interface Listener {
  readonly type: string;
  readonly listener: Call | { readonly handleEvent: Call };
  readonly capture: boolean;
  readonly once: boolean;
}
type ListenerOptions =
  | boolean
  | { readonly once?: boolean; readonly capture?: boolean; readonly signal?: object }
  | undefined;

/** Events that happen at no time, and what can be aborted. @internal */
export const events = ({ the, coded }: Realm) => {
  let mark: (event: Event, own: Partial<{ target: object; stopped: boolean; done: boolean }>) => void;
  let isStopped: (event: Event) => boolean;
  class Event {
    readonly #type: string;
    readonly #cancelable: boolean;
    readonly #bubbles: boolean;
    readonly #composed: boolean;
    #own: { target: object | null; stopped: boolean; done: boolean } = { target: null, stopped: false, done: false };
    #prevented = false;
    static {
      mark = (event, own) => Object.assign(event.#own, own);
      isStopped = (event) => event.#own.stopped;
    }
    constructor(type: unknown, options: EventOptions = {}) {
      this.#type = `${type}`;
      this.#bubbles = Boolean(options?.bubbles);
      this.#cancelable = Boolean(options?.cancelable);
      this.#composed = Boolean(options?.composed);
    }
    get type() {
      return this.#type;
    }
    get target() {
      return this.#own.target;
    }
    get srcElement() {
      return this.#own.target;
    }
    get currentTarget() {
      return this.#own.done ? null : this.#own.target;
    }
    get bubbles() {
      return this.#bubbles;
    }
    get cancelable() {
      return this.#cancelable;
    }
    get composed() {
      return this.#composed;
    }
    get defaultPrevented() {
      return this.#prevented;
    }
    get returnValue() {
      return !this.#prevented;
    }
    get eventPhase() {
      return this.#own.target !== null && !this.#own.done ? 2 : 0;
    }
    get timeStamp() {
      return 0;
    }
    get isTrusted() {
      return false;
    }
    composedPath() {
      return this.eventPhase === 2 ? [this.#own.target] : [];
    }
    preventDefault() {
      if (this.#cancelable) this.#prevented = true;
    }
    stopPropagation() {}
    stopImmediatePropagation() {
      this.#own.stopped = true;
    }
    get [Symbol.toStringTag]() {
      return 'Event';
    }
  }
  class CustomEvent extends Event {
    readonly #detail: unknown;
    constructor(type: unknown, options: EventOptions & { detail?: unknown } = {}) {
      super(type, options);
      this.#detail = options?.detail ?? null;
    }
    get detail() {
      return this.#detail;
    }
  }
  class EventTarget {
    #listeners: Listener[] = [];
    addEventListener(type: unknown, listener: Listener['listener'] | null, options?: ListenerOptions) {
      if (!listener) return;
      const {
        once = false,
        capture = false,
        signal,
      } = typeof options === 'object' ? options : { capture: Boolean(options) };
      if (signal instanceof AbortSignal && signal.aborted) return;
      const isSame = (each: Listener) =>
        each.type === `${type}` && each.listener === listener && each.capture === capture;
      if (this.#listeners.some(isSame)) return;
      this.#listeners = [...this.#listeners, { type: `${type}`, listener, once, capture }];
      if (signal instanceof AbortSignal)
        signal.addEventListener('abort', () => this.removeEventListener(type, listener, { capture }));
    }
    removeEventListener(type: unknown, listener: unknown, options?: ListenerOptions) {
      const capture = Boolean(typeof options === 'object' ? options.capture : options);
      this.#listeners = this.#listeners.filter(
        (each) => each.type !== `${type}` || each.listener !== listener || each.capture !== capture,
      );
    }
    dispatchEvent(event: Event) {
      if (!(event instanceof Event))
        throw coded(TypeError, 'The "event" argument must be an instance of Event.', 'ERR_INVALID_ARG_TYPE');
      mark(event, { target: this, done: false });
      for (const each of this.#listeners) {
        if (each.type !== event.type || isStopped(event) || !this.#listeners.includes(each)) continue;
        if (each.once) this.removeEventListener(each.type, each.listener, { capture: each.capture });
        try {
          if (typeof each.listener === 'function') Reflect.apply(each.listener, this, [event]);
          else each.listener.handleEvent(event);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
      mark(event, { done: true, stopped: false });
      return !event.defaultPrevented;
    }
    get [Symbol.toStringTag]() {
      return 'EventTarget';
    }
  }
  const exception = (message: string, name: string) =>
    new (the<new (message: string, name: string) => Error>('DOMException'))(message, name);
  let abort: (signal: AbortSignal, reason: unknown) => void;
  let mayMake = false;
  const makeSignal = () => {
    mayMake = true;
    return new AbortSignal();
  };
  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason: unknown;
    #handler: Call | null = null;
    static {
      abort = (signal, reason) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason === undefined ? exception('This operation was aborted', 'AbortError') : reason;
        signal.dispatchEvent(new Event('abort'));
      };
    }
    constructor() {
      super();
      if (!mayMake) throw coded(TypeError, 'Illegal constructor', 'ERR_ILLEGAL_CONSTRUCTOR');
      mayMake = false;
    }
    static abort(reason?: unknown) {
      const signal = makeSignal();
      abort(signal, reason);
      return signal;
    }
    static timeout(delay: number) {
      const signal = makeSignal();
      setTimeout(() => abort(signal, exception('The operation was aborted due to timeout', 'TimeoutError')), delay);
      return signal;
    }
    static any(signals: Iterable<AbortSignal>) {
      const all = [...signals];
      const first = all.find((each) => each.aborted);
      if (first) return AbortSignal.abort(first.reason);
      const signal = makeSignal();
      for (const each of all) each.addEventListener('abort', () => abort(signal, each.reason));
      return signal;
    }
    get aborted() {
      return this.#aborted;
    }
    get reason() {
      return this.#reason;
    }
    get onabort() {
      return this.#handler;
    }
    set onabort(handler: Call | null) {
      this.removeEventListener('abort', this.#handler);
      this.#handler = typeof handler === 'function' ? handler : null;
      this.addEventListener('abort', this.#handler);
    }
    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }
    override get [Symbol.toStringTag]() {
      return 'AbortSignal';
    }
  }
  class AbortController {
    readonly #signal = makeSignal();
    get signal() {
      return this.#signal;
    }
    abort(reason?: unknown) {
      abort(this.#signal, reason);
    }
    get [Symbol.toStringTag]() {
      return 'AbortController';
    }
  }
  Object.assign(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });
  return { Event, CustomEvent, EventTarget, AbortSignal, AbortController };
};
