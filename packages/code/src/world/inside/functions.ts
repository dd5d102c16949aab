import type { Realm } from './realm.js';

/** Code made from text sees this world and no other; `import` there would give errors of the outer one. The layout of functions is not told. */
export const functions = ({ host, define, methods, isOurs }: Realm) => {
  const { apply, construct } = Reflect;
  const { defineProperty, getPrototypeOf, hasOwn } = Object;
  const nativeText = Function.prototype.toString;
  // biome-ignore lint/security/noGlobalEval: what it evaluates is looked at first.
  const evaluate = globalThis.eval;
  const isNative = /\{\s*\[native code\]\s*\}$/;

  const refuse = (text: string) => {
    if (host.hasImport(text))
      throw new TypeError(
        'import() in code made from text is refused: what it would load is in no key. Import it in the file itself.',
      );
  };
  const kinds = [
    { head: 'function', prototype: getPrototypeOf(() => {}) },
    { head: 'async function', prototype: getPrototypeOf(async () => {}) },
    { head: 'function*', prototype: getPrototypeOf(function* () {}) },
    { head: 'async function*', prototype: getPrototypeOf(async function* () {}) },
  ];
  for (const { head, prototype } of kinds) {
    const Native = prototype.constructor;
    const make = (given: readonly unknown[], target: unknown): object => {
      const texts = given.map((each) => `${each}`);
      refuse(`(${head} anonymous(${texts.slice(0, -1).join(',')}\n) {\n${texts.at(-1) ?? ''}\n})`);
      return construct(Native, texts, target === made ? Native : target);
    };
    const made = new Proxy(Native, {
      apply: (_, __, given) => make(given, Native),
      construct: (_, given, target) => make(given, target),
    });
    defineProperty(prototype, 'constructor', { value: made });
    if (head === 'function') define('Function', made);
  }
  const { eval: evaluateText } = {
    eval: (text: unknown) => {
      if (typeof text !== 'string') return text;
      refuse(text);
      return evaluate(text);
    },
  };
  define('eval', evaluateText);

  /** One form for each kind of function, whatever its comments and names. */
  const form = (fn: object, text: string): string => {
    if (/^class\b/.test(text)) return 'class { }';
    const head = kinds.find(({ prototype }) => getPrototypeOf(fn) === prototype)?.head ?? 'function';
    return head === 'function' && !hasOwn(fn, 'prototype') ? '() => { }' : `${head} () { }`;
  };
  methods(Function.prototype, {
    toString(this: { readonly name: string }) {
      const text = apply(nativeText, this, []);
      // What is built in is recognised by its text.
      if (isNative.test(text)) return text;
      return isOurs(this) ? `function ${this.name}() { [native code] }` : form(this, text);
    },
  });
};
