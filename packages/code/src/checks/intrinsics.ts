import { constants, createContext, runInContext } from 'node:vm';

type Owner = object;
type Part = 'value' | 'get' | 'set';
const PARTS: readonly Part[] = ['value', 'get', 'set'];

/** What the language itself has, by its path: `String.prototype.trim`. */
export type Intrinsics = ReadonlyMap<
  string,
  { readonly owner: Owner; readonly key: string | symbol; readonly is: PropertyDescriptor }
>;

/** Parts of the language that are there to be set. */
const SET_BY_PROGRAMS = /^Error\.(prepareStackTrace|stackTraceLimit)$/;

/** Names of Node's own global object are left out: programs are free to give them other values. */
const languageNames = (): string[] => {
  const bare = createContext(constants.DONT_CONTEXTIFY);
  return (runInContext('Object.getOwnPropertyNames(globalThis)', bare) as string[]).filter(
    (name) => name !== 'console' && name !== 'globalThis',
  );
};

let first: Intrinsics | undefined;

/** As they were before the first file of a user was loaded. */
export const noteIntrinsics = (): void => {
  first ??= intrinsics();
};

/** Paths of what is another one now, or gone. What was added changes nothing for anybody. */
export const changedIntrinsics = (): string[] =>
  [...(first ?? [])].flatMap(([name, { owner, key, is }]) => {
    const now = Object.getOwnPropertyDescriptor(owner, key);
    return now && PARTS.every((part) => Object.is(now[part], is[part])) ? [] : [name];
  });

const intrinsics = (): Intrinsics => {
  const found = new Map<string, { owner: Owner; key: string | symbol; is: PropertyDescriptor }>();
  const seen = new Set<unknown>([globalThis]);
  const look = (owner: Owner, path: string): void => {
    if (seen.has(owner)) return;
    seen.add(owner);
    for (const key of Reflect.ownKeys(owner)) add(owner, key, path);
  };
  const add = (owner: Owner, key: string | symbol, path: string): void => {
    const is = Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
    const name = typeof key === 'symbol' ? `${path}[${key.description}]` : path === '' ? key : `${path}.${key}`;
    if (SET_BY_PROGRAMS.test(name)) return;
    found.set(name, { owner, key, is });
    for (const part of PARTS) {
      const inner: unknown = is[part];
      if (typeof inner === 'function' || (typeof inner === 'object' && inner !== null)) look(inner, name);
    }
  };
  for (const name of languageNames()) if (Object.hasOwn(globalThis, name)) add(globalThis, name, '');
  return found;
};
