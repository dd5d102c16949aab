/** Walks over everything that a program can reach, calls all functions on the way, and names what belongs to another realm. Told by its text. */
export const walk = async (): Promise<{ readonly seen: number; readonly foreign: string[] }> => {
  const { apply, construct, getPrototypeOf, ownKeys } = Reflect;
  const foreign: string[] = [];
  const seen = new Set<unknown>();
  const queue: [value: any, path: string][] = [];
  const add = (value: unknown, path: string) => {
    if (
      ((typeof value !== 'object' || value === null) && typeof value !== 'function') ||
      seen.has(value) ||
      path.length > 150
    )
      return;
    seen.add(value);
    queue.push([value, path]);
  };
  const attempt = (path: string, call: () => unknown) => {
    try {
      add(call(), path);
    } catch (error) {
      add(error, `${path} throws`);
    }
  };
  const judge = (value: any, path: string) => {
    let top = value;
    for (let up = getPrototypeOf(top); up !== null; up = getPrototypeOf(top)) top = up;
    if (top !== Object.prototype && top !== value) foreign.push(path);
    attempt(`${path} makes code`, () => {
      const made = value.constructor.constructor('return globalThis')();
      if (made !== globalThis && made?.Object) foreign.push(`${path}.constructor.constructor`);
    });
  };
  const junk: unknown[][] = [
    [],
    [undefined],
    [null],
    [{}],
    ['x'],
    [1],
    ['x', 'y', 'z'],
    [Symbol.iterator],
    [() => {}],
    [new Uint8Array(3)],
    [-1, -1, -1],
  ];
  const parts = (value: any, path: string) => {
    for (const key of ownKeys(value)) {
      const part = Object.getOwnPropertyDescriptor(value, key);
      const name = `${path}.${String(key)}`;
      for (const each of [part?.value, part?.get, part?.set]) add(each, name);
      if (part?.get) {
        attempt(`${name} read`, () => value[key]);
        attempt(`${name} read of another`, () => apply(part.get as () => unknown, {}, []));
      }
    }
    add(getPrototypeOf(value), `${path}.__proto__`);
  };
  const calls = (value: any, path: string) => {
    // What calls back later throws where nobody catches it.
    if (/setInterval|Atomics\.wait|nextTick|callbackify|andomBytes|AbortSignal/.test(path)) return;
    for (const given of junk) {
      attempt(`${path}()`, () => apply(value, undefined, given));
      attempt(`${path}() of another`, () => apply(value, {}, given));
      attempt(`new ${path}`, () => construct(value, given));
    }
  };
  const roots = [
    globalThis,
    function* () {},
    async () => {},
    async function* () {},
    (function* () {})(),
    [].values(),
    new Map().keys(),
    new Set().keys(),
    ''[Symbol.iterator](),
    'a'.matchAll(/a/g),
    Promise.resolve(),
    /x/.exec('x'),
  ];
  roots.forEach((root, at) => add(root, `root ${at}`));
  for (let next = queue.shift(); next && seen.size < 100_000; next = queue.shift()) {
    const [value, path] = next;
    if (value instanceof Promise) value.catch((error: unknown) => add(error, `${path} rejects`));
    judge(value, path);
    attempt(path, () => parts(value, path));
    if (typeof value === 'function') calls(value, path);
    if (queue.length === 0) await null;
  }
  return { seen: seen.size, foreign };
};

/** Runs out of stack inside of whatever the host gives, at every depth. */
export const overflow = (): { readonly caught: number; readonly foreign: number } => {
  let caught = 0;
  let foreign = 0;
  const attempt = (way: () => unknown) => {
    try {
      way();
    } catch {}
  };
  const ways: readonly (() => unknown)[] = [
    () => console.log('x', {}),
    () => new URL('http://a/b?c=d'),
    () => new TextDecoder().decode(new TextEncoder().encode('ä')),
    () => Buffer.from('ä').toString('hex'),
    () => new Function('return 1')(),
    () => structuredClone({ a: [1] }),
    () => new Intl.NumberFormat().format(1),
    () => new Date('2020-01-01 10:00').toLocaleString(),
    () => atob('*'),
    () => setTimeout(() => {}),
  ];
  for (const way of ways) {
    // Compiling a pattern at the end of the stack ends the process in V8 itself.
    for (let n = 0; n < 100; n++) attempt(way);
    const down = (): void => {
      try {
        way();
      } catch (error) {
        caught += 1;
        if (!(error instanceof Error)) foreign += 1;
      }
      down();
    };
    try {
      down();
    } catch (error) {
      if (!(error instanceof RangeError)) foreign += 1;
    }
  }
  return { caught, foreign };
};
