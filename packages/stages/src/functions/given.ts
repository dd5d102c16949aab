/** What a function is given beside its rows, as it was when it was declared: nobody changes it from call to call. */
function frozen<T>(given: T, above: readonly unknown[] = []): T {
  if (above.includes(given)) return given;
  const within = [...above, given];
  if (Array.isArray(given)) return Object.freeze(given.map((each) => frozen(each, within))) as T;
  if (!isPlain(given)) return given;
  return Object.freeze(
    Object.fromEntries(Object.entries(given).map(([key, each]) => [key, frozen(each, within)])),
  ) as T;
}

/** Cross-realm: an object whose prototype is the last one. With symbols or hidden parts it is left for the key to refuse. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const up = Object.getPrototypeOf(value) as object | null;
  if (up !== null && (Object.getPrototypeOf(up) !== null || !Object.hasOwn(up, 'hasOwnProperty'))) return false;
  return Reflect.ownKeys(value).every(
    (key) => typeof key === 'string' && Object.prototype.propertyIsEnumerable.call(value, key),
  );
}

/** The config of a stage that takes a function, with what the function is given. */
export function asDeclared<C extends { readonly with?: unknown }>(config: unknown): C {
  const declared = config as C;
  return declared.with === undefined ? declared : { ...declared, with: frozen(declared.with) };
}
