import { type Edit, edit, stages } from './hostile.js';

export const SYNTAX: readonly Edit[] = [
  edit(
    'arguments object',
    `function f(..._: any[]) { return g.apply(null, arguments as any); }\nfunction g(a: any) { return a + 'one'; }\n${stages('f(row)')}`,
  ),
  edit(
    'default param calls helper',
    `const d = () => 'one';\nfunction f(x: any = d()) { return x; }\n${stages('f()')}`,
  ),
  edit('default in destructuring', `const D = 'one';\nfunction f({ a = D }: any) { return a; }\n${stages('f(row)')}`),
  edit(
    'default in run itself',
    `const D = 'one';\nexport default pipeline({ reads: map(1, { run: ({ a = D }: any) => a }), other: map(1, { run: (r: any) => r }) });`,
  ),
  edit('regex flags', `const R = /a/g;\n${stages('R.test(row.x)')}`, { from: '/a/g', to: '/a/y' }),
  edit('bigint', `const B = 10n;\n${stages('B')}`, { from: '10n', to: '11n' }),
  edit('negative zero', `const B = [0];\n${stages('B')}`, { from: '[0]', to: '[-0]' }),
  edit('number form', `const B = 1000;\n${stages('B')}`, { from: '1000', to: '1e3', changes: false }),
  edit('sparse array', `const B = [1, , 2];\n${stages('B')}`, { from: ', ,', to: ', undefined,' }),
  edit('key order in object', `const B = { a: 1, b: 2 };\n${stages('Object.keys(B)')}`, {
    from: 'a: 1, b: 2',
    to: 'b: 2, a: 1',
  }),
  edit('__proto__ key', `const B: any = { __proto__: { z: 1 } };\n${stages('B.z')}`, {
    from: '__proto__:',
    to: "['__proto__']:",
  }),
  edit('optional chaining', `const f = (x: any) => x.a;\n${stages('f(row)')}`, { from: 'x.a', to: 'x?.a' }),
  edit('await removed', `const f = async (x: any) => { await x; return 1; };\n${stages('f(row)')}`, {
    from: 'await x',
    to: 'x',
  }),
  edit('async arrow', `const f = async () => 1;\n${stages('f()')}`, { from: 'async ', to: '' }),
  edit(
    'let vs var in loop closure',
    `const f = () => { const a: any[] = []; for (let i = 0; i < 2; i++) a.push(() => i); return a; };\n${stages('f()')}`,
    { from: 'let i', to: 'var i' },
  ),
  edit('function vs arrow', `const f = function () { return 'one'; };\n${stages('f()')}`, {
    from: 'function () {',
    to: '() => {',
  }),
  edit('object method kind', `const o = { get a() { return 1; } };\n${stages('o.a')}`, { from: 'get a', to: 'a' }),
  edit('static-ness', `class A { static x() { return 1; } }\n${stages('(A as any).x')}`, { from: 'static x', to: 'x' }),
  edit('name of function read', `function one() {}\n${stages('one.name')}`, { from: /\bone\b/g, to: 'two' }),
  edit('name of class read', `class Aa {}\n${stages('new Aa().constructor.name')}`, { from: /\bAa\b/g, to: 'Bb' }),
  edit('fn toString', `function f() { return 1; }\n${stages('f.toString()')}`, { from: 'return 1', to: 'return 2' }),
  edit('new.target', `function A(this: any) { return new.target; }\n${stages('new (A as any)()')}`, {
    from: 'new.target',
    to: '1',
  }),
  edit(
    'super call',
    `class A { m() { return 'one'; } }\nclass B extends A { m() { return super.m(); } }\n${stages('new B().m()')}`,
  ),
  edit(
    'Symbol.species etc',
    `class A { static get [Symbol.species]() { return 'one'; } }\n${stages('(A as any)[Symbol.species]')}`,
  ),
  edit('Symbol.toPrimitive', `const o = { [Symbol.toPrimitive]() { return 'one'; } };\n${stages('`${o}`')}`),
  edit('iterator class', `class It { *[Symbol.iterator]() { yield 'one'; } }\n${stages('[...new It()]')}`),
  edit(
    'label continue',
    `function f() { a: for (const x of [1,2]) { for (const y of [1]) { continue a; } } return 1; }\n${stages('f()')}`,
    { from: 'continue a', to: 'continue' },
  ),
  edit('rest/spread', `const f = (...a: any[]) => a;\n${stages('f(...row.x)')}`, { from: '...a', to: 'a' }),
  edit('exponent', `const f = (a: any) => a ** 2;\n${stages('f(row)')}`, { from: '**', to: '*' }),
  edit('in private', `class A { #x = 1; static is(o: any) { return #x in o; } }\n${stages('A.is(row)')}`, {
    from: '#x in o;',
    to: '!(#x in o);',
  }),
  edit(
    'two private names swapped',
    `class A { #x = 1; #y = 2; get() { return this.#x; } }\n${stages('new A().get()')}`,
    { from: 'this.#x', to: 'this.#y' },
  ),
  edit('swap same-shaped helpers', `const a = () => K1, b = () => K2;\nconst K1 = 1, K2 = 2;\n${stages('a()')}`, {
    from: 'K1 = 1, K2 = 2',
    to: 'K1 = 2, K2 = 1',
  }),
  edit('variable hoisting of var in block', `var v = 'a';\n{ var v = 'one'; }\n${stages('v')}`),
  edit('catch binding', `function f() { try { throw 1; } catch (e) { return e; } }\n${stages('f()')}`, {
    from: 'return e',
    to: 'return 2',
  }),
  edit('delete', `const t: any = { a: 'one' };\ndelete t.a;\n${stages('t.a')}`, {
    from: 'delete t.a',
    to: 'delete t.b',
  }),
  edit('increment', `let n = 1;\nn++;\n${stages('n')}`, { from: 'n++', to: 'n--' }),
  edit('frozen nested mutate', `const t: any = Object.freeze({ in: {} });\nt.in.a = 'one';\n${stages('t.in.a')}`),
  edit('Map of objects', `const m = new Map([['a', {} as any]]);\nm.get('a').x = 'one';\n${stages("m.get('a').x")}`),
  edit(
    'Map values iterated',
    `const m = new Map([['a', {} as any]]);\nfor (const v of m.values()) v.x = 'one';\n${stages("m.get('a').x")}`,
  ),
  edit(
    'forEach on array of objects',
    `const m: any[] = [{}, {}];\nm.forEach((o) => { o.x = 'one'; });\n${stages('m[0].x')}`,
  ),
  edit('sort in place', `const m = [3, 1, 2];\nm.sort((a, b) => a - b);\n${stages('m[0]')}`, {
    from: 'a - b',
    to: 'b - a',
  }),
  edit(
    'sort numbers by method value',
    `const m = [3, 1, 2];\nconst s = m.sort.bind(m);\ns((a: any, b: any) => a - b);\n${stages('m[0]')}`,
    { from: 'a - b', to: 'b - a' },
  ),
  edit('[].push.apply', `const m: any[] = [];\n[].push.apply(m, ['one'] as never);\n${stages('m[0]')}`),
  edit(
    'structure passed to a new',
    `const t: any = {};\nclass W { constructor(x: any) { x.a = 'one'; } }\nconst w = new W(t);\n${stages('t.a')}`,
  ),
  edit('async IIFE', `const t: any = {};\n(async () => { t.a = 'one'; })();\n${stages('t.a')}`),
  edit('let set by destructuring assignment', `let a = 1, b = 2;\n[a, b] = [b, a];\n${stages('a')}`, {
    from: '[b, a]',
    to: '[b, b]',
  }),
  edit(
    'function declaration replaced',
    `function f() { return 'a'; }\nconst g = () => 'one';\n// @ts-ignore\nf = g;\n${stages('f()')}`,
  ),
  edit(
    'decorated class method alias',
    `const w = (f: any) => (...a: any[]) => f(...a) + 'one';\nconst base = (x: any) => x;\nconst wrapped = w(base);\n${stages('wrapped(row)')}`,
  ),
  edit(
    'memoize helper',
    `const memo = (f: any) => { const c = new Map(); return (x: any) => c.get(x) ?? (c.set(x, f(x)), c.get(x)); };\nconst slow = memo((x: any) => x + 'one');\n${stages('slow(row)')}`,
  ),
  edit('enum computed', `const f = () => 'one'.length;\nenum E { A = f(), B = 2 }\n${stages('E.A')}`, {
    to: "'three'",
  }),
  edit(
    'abstract class',
    `abstract class A { abstract m(): string; go() { return this.m(); } }\nclass B extends A { m() { return 'one'; } }\n${stages('new B().go()')}`,
  ),
  edit(
    'name of a class read in a helper',
    `class Aa {}\nconst f = (x: any) => x.constructor.name;\n${stages('f(new Aa())')}`,
    { from: /\bAa\b/g, to: 'Bb' },
  ),
  edit('name by destructuring', `function one() {}\nconst { name } = one;\n${stages('name')}`, {
    from: /\bone\b/g,
    to: 'two',
  }),
  edit('row.name and a renamed helper', `function one() { return 1; }\n${stages('row.name + one()')}`, {
    from: /\bone\b/g,
    to: 'two',
    changes: false,
  }),
];
