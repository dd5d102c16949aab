// The endpoint of a model is part of the key, and the port of a test's server is another one each time: requests to
// `models.test` go to the server in MODELS_TEST. Nothing else of them is changed.
const PLACE = Symbol.for('undici.globalDispatcher.1');

// The first request makes the dispatcher.
await fetch('data:,');
const real = globalThis[PLACE];
const { origin } = new URL(process.env.MODELS_TEST);
const dispatch = (asked, handler) =>
  real.dispatch(String(asked.origin) === 'http://models.test' ? { ...asked, origin } : asked, handler);

globalThis[PLACE] = Object.create(real, { dispatch: { value: dispatch } });
