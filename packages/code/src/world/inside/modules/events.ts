import type { Realm } from '../realm.js';

/** Node's emitter of events. */
export const eventsModule = ({ coded }: Realm) => {
  type Listener = ((...given: unknown[]) => unknown) & { listener?: Listener };
  const { apply } = Reflect;
  class EventEmitter {
    static defaultMaxListeners = 10;
    static captureRejections = false;
    static readonly errorMonitor: unique symbol = Symbol('events.errorMonitor');
    static readonly captureRejectionSymbol: unique symbol = Symbol.for('nodejs.rejection') as never;
    declare _events: Record<PropertyKey, Listener[]> | undefined;
    declare _eventsCount: number;
    declare _maxListeners: number | undefined;
    constructor() {
      init(this);
    }
  }
  const init = (emitter: EventEmitter) => {
    emitter._events = Object.create(null);
    emitter._eventsCount = 0;
    emitter._maxListeners ??= undefined;
  };
  type Emitter = EventEmitter;
  const listOf = (emitter: Emitter, name: PropertyKey): Listener[] => {
    if (!emitter._events) init(emitter);
    return (emitter._events as Record<PropertyKey, Listener[]>)[name] ?? [];
  };
  const setList = (emitter: Emitter, name: PropertyKey, list: Listener[]) => {
    const all = emitter._events as Record<PropertyKey, Listener[]>;
    if (list.length > 0) all[name] = list;
    else delete all[name];
    emitter._eventsCount = Reflect.ownKeys(all).length;
  };
  const check = (listener: unknown): Listener => {
    if (typeof listener === 'function') return listener as Listener;
    const message = `The "listener" argument must be of type function. Received ${listener === null ? 'null' : typeof listener}`;
    throw coded(TypeError, message, 'ERR_INVALID_ARG_TYPE');
  };
  const add = (emitter: Emitter, name: PropertyKey, listener: Listener, first = false) => {
    if (listOf(emitter, 'newListener').length > 0)
      own.emit.call(emitter, 'newListener', name, listener.listener ?? listener);
    const list = listOf(emitter, name);
    setList(emitter, name, first ? [listener, ...list] : [...list, listener]);
    return emitter;
  };
  const once = (emitter: Emitter, name: PropertyKey, listener: Listener): Listener => {
    let fired = false;
    const wrapped: Listener = function (this: unknown, ...given) {
      if (fired) return undefined;
      fired = true;
      own.removeListener.call(emitter, name, wrapped);
      return apply(listener, this, given);
    };
    wrapped.listener = listener;
    return wrapped;
  };
  const own = {
    emit(this: Emitter, name: PropertyKey, ...given: unknown[]) {
      const list = listOf(this, name);
      if (name === 'error' && list.length === 0) {
        const [error] = given;
        if (error instanceof Error) throw error;
        throw Object.assign(coded(Error, `Unhandled error. (${String(error)})`, 'ERR_UNHANDLED_ERROR'), {
          context: error,
        });
      }
      for (const listener of list) apply(listener, this, given);
      return list.length > 0;
    },
    on(this: Emitter, name: PropertyKey, listener: unknown) {
      return add(this, name, check(listener));
    },
    prependListener(this: Emitter, name: PropertyKey, listener: unknown) {
      return add(this, name, check(listener), true);
    },
    once(this: Emitter, name: PropertyKey, listener: unknown) {
      return add(this, name, once(this, name, check(listener)));
    },
    prependOnceListener(this: Emitter, name: PropertyKey, listener: unknown) {
      return add(this, name, once(this, name, check(listener)), true);
    },
    removeListener(this: Emitter, name: PropertyKey, listener: unknown) {
      const list = listOf(this, name);
      const at = list.findLastIndex((each) => each === listener || each.listener === listener);
      if (at < 0) return this;
      const removed = list[at] as Listener;
      setList(this, name, list.toSpliced(at, 1));
      if (listOf(this, 'removeListener').length > 0)
        own.emit.call(this, 'removeListener', name, removed.listener ?? removed);
      return this;
    },
    removeAllListeners(this: Emitter, name?: PropertyKey) {
      if (name === undefined) {
        for (const each of own.eventNames.call(this))
          if (each !== 'removeListener') own.removeAllListeners.call(this, each);
        init(this);
      } else for (const listener of [...listOf(this, name)].reverse()) own.removeListener.call(this, name, listener);
      return this;
    },
    listeners(this: Emitter, name: PropertyKey) {
      return listOf(this, name).map((each) => each.listener ?? each);
    },
    rawListeners(this: Emitter, name: PropertyKey) {
      return [...listOf(this, name)];
    },
    listenerCount(this: Emitter, name: PropertyKey) {
      return listOf(this, name).length;
    },
    eventNames(this: Emitter) {
      return Reflect.ownKeys(this._events ?? {});
    },
    setMaxListeners(this: Emitter, count: number) {
      this._maxListeners = count;
      return this;
    },
    getMaxListeners(this: Emitter) {
      return this._maxListeners ?? EventEmitter.defaultMaxListeners;
    },
  };
  Object.assign(EventEmitter.prototype, own, { addListener: own.on, off: own.removeListener });
  /** Also called as a function, by those who inherit in the old way. */
  const made = new Proxy(EventEmitter, { apply: (_, self) => init(self) });
  const onceOf = (emitter: Emitter, name: PropertyKey) =>
    new Promise((resolve, reject) => {
      const ended = (...given: unknown[]) => {
        own.removeListener.call(emitter, 'error', reject);
        resolve(given);
      };
      own.once.call(emitter, name, ended);
      if (name !== 'error') own.once.call(emitter, 'error', reject);
    });
  Object.assign(made, {
    EventEmitter: made,
    init(this: Emitter) {
      init(this);
    },
    once: onceOf,
    listenerCount: (emitter: Emitter, name: PropertyKey) => listOf(emitter, name).length,
    getEventListeners: (emitter: Emitter, name: PropertyKey) => own.listeners.call(emitter, name),
    setMaxListeners: () => {},
  });
  EventEmitter.prototype.constructor = made;
  return made;
};
