import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Parts of Node that a run with nothing to do never calls, and that cost a millisecond or more each to load. */
const LATER = [
  'node:child_process',
  'node:readline',
  'node:worker_threads',
  'node:zlib',
  'node:stream/promises',
  'node:stream',
  'node:timers/promises',
];

/** Each function of such a module stands there at once and loads the module at its first call. */
const textOf = (name) => {
  const exported = Object.entries(require(name)).filter(
    ([key, value]) => typeof value === 'function' && /^\w+$/.test(key) && key !== 'default',
  );
  return [
    `import { createRequire } from 'node:module';`,
    `let loaded;`,
    `const load = () => (loaded ??= createRequire(import.meta.url)(${JSON.stringify(name)}));`,
    `const later = (name) => new Proxy(function () {}, {`,
    `  apply: (_, self, given) => Reflect.apply(load()[name], self, given),`,
    `  construct: (_, given, target) => Reflect.construct(load()[name], given, target === own.get(name) ? load()[name] : target),`,
    `  get: (_, key) => load()[name][key],`,
    `});`,
    `const own = new Map();`,
    `const put = (name) => { const made = later(name); own.set(name, made); return made; };`,
    `export default new Proxy({}, { get: (_, key) => load()[key] });`,
    ...exported.map(([key]) => `export const ${key} = /* @__PURE__ */ put(${JSON.stringify(key)});`),
  ].join('\n');
};

export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(made) {
    made.onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      LATER.includes(path) && importer.endsWith('.ts') ? { path, namespace: 'later', sideEffects: false } : undefined,
    );
    made.onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => ({ contents: textOf(path), loader: 'js' }));
  },
};
