import { type Edit, edit, stages } from './hostile.js';

export const STATE: readonly Edit[] = [
  edit(
    'forEach hands the array on',
    `const m: any[] = [1, 2];\nm.forEach((_, i, a) => { a[i] = 'one'; });\n${stages('m[0]')}`,
  ),
  edit(
    'map hands the array on in an initialiser',
    `const m: any[] = [1, 2];\nconst n = m.map((_, i, a) => { a[i] = 'one'; });\n${stages('m[0]')}`,
  ),
  edit(
    'map hands the array to a named function',
    `const m: any[] = [1, 2];\nfunction put(_: any, i: any, a: any) { a[i] = 'one'; }\nm.map(put);\n${stages('m[0]')}`,
  ),
  edit(
    'reduce hands the array on',
    `const m: any[] = [1, 2];\nm.reduce((sum, _, i, a) => { a[i] = 'one'; return sum; });\n${stages('m[0]')}`,
  ),
  edit(
    'a set that is handed on',
    `const m: any = new Set([1]);\nm.forEach((...all: any[]) => { all[2].add('one'); });\n${stages('[...m]')}`,
  ),
  edit(
    'a table that is taken again',
    `const m: any[] = [1, 2];\nconst n = m.map((_, __, a) => a)[0]!;\nn[0] = 'one';\n${stages('m[0]')}`,
  ),
  edit(
    'a plain look at a table',
    `const m: any[] = [1, 2];\nconst n = m.map((each) => each + 'one');\n${stages('m[0]')}`,
    { changes: false },
  ),
  edit(
    'the order of a copy and a change',
    `const t: any = {};\nconst copy = { ...t };\nt.a = 'one';\n${stages('copy.a')}`,
    { from: "const copy = { ...t };\nt.a = 'one';", to: "t.a = 'one';\nconst copy = { ...t };" },
  ),
  edit('a static block', `class A { static t: any = {}; static { A.t.a = 'one'; } }\n${stages('A.t.a')}`),
  edit(
    'a static block that calls',
    `const t: any = {};\nclass A { static x = 1; static { fill(); } }\nfunction fill() { t.a = 'one'; }\n${stages('t.a')}`,
  ),
  edit(
    'getter on a literal',
    `const t = { get a() { return help(); } };\nfunction help() { return 'one'; }\n${stages('t.a')}`,
  ),
  edit(
    'defineProperty getter',
    `const t: any = {};\nObject.defineProperty(t, 'a', { get: () => 'one' });\n${stages('t.a')}`,
  ),
  edit('Reflect.set', `const t: any = {};\nReflect.set(t, 'a', 'one');\n${stages('t.a')}`),
  edit(
    'computed class member',
    `const NAME = 'one';\nclass A { [NAME]() { return 1; } static x = 1 }\n${stages('(new A() as any)[row.k]()')}`,
  ),
  edit('computed class field', `const NAME = 'one';\nclass A { [NAME] = 1 }\n${stages('(new A() as any)[row.k]')}`),
  edit(
    'tagged template',
    `const tag = (s: any) => s.raw[0] + K;\nconst K = 'one';\nconst v = tag\`x\`;\n${stages('v')}`,
  ),
  edit('tagged template raw text', `const tag = (s: any) => s.raw[0];\n${stages('tag`a\\u0041one`')}`, {
    from: 'u0041one',
    to: 'u0041two',
  }),
  edit('tagged template raw spelled', `const tag = (s: any) => s.raw[0];\n${stages('tag`A`')}`, {
    from: 'tag`A`',
    to: 'tag`\\u0041`',
  }),
  edit(
    'tagged call fills',
    `const t: any = {};\nconst reg = (s: any) => { t.a = s[0]; };\nreg\`one\`;\n${stages('t.a')}`,
    { from: '`one`', to: '`two`' },
  ),
  edit(
    'closure in an object literal',
    `const make = (k: string) => ({ f: () => k });\nconst o = make('one');\n${stages('o.f()')}`,
  ),
  edit('top-level await', `const t = await Promise.resolve('one');\n${stages('t')}`),
  edit(
    'top-level await helper',
    `const load = async () => K;\nconst K = 'one';\nconst t = await load();\n${stages('t')}`,
  ),
  edit('functions in an array', `const fs = [() => 'one', () => 'b'];\n${stages('fs[row.n]!()')}`),
  edit(
    'functions in object through map',
    `const fs = { a: () => help() };\nfunction help() { return 'one'; }\n${stages('(fs as any)[row.k]()')}`,
  ),
  edit(
    'currying',
    `const add = (a: string) => (b: string) => a + b;\nconst one = add('one');\n${stages('one(row.x)')}`,
  ),
  edit(
    'composition',
    `const pipe = (...fs: any[]) => (x: any) => fs.reduce((v, f) => f(v), x);\nconst f = pipe((x: any) => x + 'one', String);\n${stages('f(row.x)')}`,
  ),
  edit(
    'label',
    `function f(n: number) { outer: for (;;) { for (;;) { if (n > 1) break outer; return 'one'; } } return 'z'; }\n${stages('f(row.n)')}`,
    { from: 'break outer', to: 'break' },
  ),
  edit('generator', `function* g() { yield 'one'; }\n${stages('[...g()]')}`),
  edit(
    'async iterator',
    `const it = { async *[Symbol.asyncIterator]() { yield help(); } };\nfunction help() { return 'one'; }\nexport default pipeline({ reads: map(1, { run: async (row: any) => { for await (const x of it) return x; } }), other: map(1, { run: (row: any) => row }) });`,
  ),
  edit('symbol key', `const S = Symbol('s');\nconst t: any = {};\nt[S] = 'one';\n${stages('t[S]')}`),
  edit('private field', `class A { #a = 'one'; get() { return this.#a; } }\n${stages('new A().get()')}`),
  edit(
    'private static',
    `class A { static #t: any = {}; static put(v: string) { A.#t.a = v; } static get() { return A.#t.a; } }\nA.put('one');\n${stages('A.get()')}`,
  ),
  edit(
    'WeakMap registry',
    `const reg = new WeakMap();\nconst key = {};\nreg.set(key, 'one');\n${stages('reg.get(key)')}`,
  ),
  edit(
    'WeakMap registry by class',
    `const reg = new WeakMap<any, string>();\nclass A { constructor() { reg.set(this, 'one'); } }\nconst a = new A();\n${stages('reg.get(a)')}`,
  ),
  edit(
    'patched by destructured proto',
    `class A {}\nconst { prototype } = A;\n(prototype as any).say = () => 'one';\n${stages('(new A() as any).say()')}`,
  ),
  edit('setPrototypeOf', `const t: any = {};\nObject.setPrototypeOf(t, { a: 'one' });\n${stages('t.a')}`),
  edit(
    'static method this fill',
    `class R { static t: any = {}; static add(v: string) { this.t.a = v; return this; } }\nR.add('one').add('b');\n${stages('R.t.a')}`,
  ),
  edit(
    'accessor on class static',
    `class R { static set a(v: string) { store.v = v; } }\nconst store: any = {};\nR.a = 'one';\n${stages('store.v')}`,
  ),
  edit(
    'setter on literal',
    `const store: any = {};\nconst o = { set a(v: string) { store.v = v; } };\no.a = 'one';\n${stages('store.v')}`,
  ),
  edit(
    'setter via Object.assign',
    `const store: any = {};\nconst o = { set a(v: string) { store.v = v; } };\nObject.assign(o, { a: 'one' });\n${stages('store.v')}`,
  ),
  edit('closure counter', `const next = (() => { let n = 'one'; return () => n; })();\n${stages('next()')}`),
  edit(
    'memo table in closure',
    `const make = () => { const t: any = {}; return { put: (v: string) => { t.a = v; }, get: () => t.a }; };\nconst s = make();\ns.put('one');\n${stages('s.get()')}`,
  ),
  edit(
    'closure pair destructured',
    `const make = () => { const t: any = {}; return { put: (v: string) => { t.a = v; }, get: () => t.a }; };\nconst { put, get } = make();\nput('one');\n${stages('get()')}`,
  ),
  edit(
    'let reassigned by function ref',
    `let f = () => 'a';\nconst set = (g: any) => { f = g; };\nset(() => 'one');\n${stages('f()')}`,
  ),
  edit(
    'shared object between two vars',
    `const inner: any = {};\nconst a = { inner }, b = [inner];\nb[0].x = 'one';\n${stages('a.inner.x')}`,
  ),
  edit(
    'spread alias',
    `const inner: any = {};\nconst a = { inner };\nconst b = { ...a };\nb.inner.x = 'one';\n${stages('inner.x')}`,
  ),
  edit('Proxy', `const t: any = {};\nconst p = new Proxy(t, {});\np.a = 'one';\n${stages('t.a')}`),
  edit(
    'event emitter',
    `import { EventEmitter } from 'node:events';\nconst t: any = {};\nconst e = new EventEmitter();\ne.on('x', (v) => { t.a = v; });\ne.emit('x', 'one');\n${stages('t.a')}`,
  ),
  edit(
    'promise then at top',
    `const t: any = {};\nPromise.resolve('one').then((v) => { t.a = v; });\n${stages('t.a')}`,
  ),
  edit('setTimeout at top', `const t: any = {};\nsetTimeout(() => { t.a = 'one'; }, 0);\n${stages('t.a')}`),
  edit(
    'for of destructured',
    `const t: any = {};\nfor (const [k, v] of [['a', 'one']] as any) t[k] = v;\n${stages('t.a')}`,
  ),
  edit('for in as target', `const t: any = {};\nfor (t.a of ['one']);\n${stages('t.a')}`),
  edit('switch at top', `let v = '';\nswitch (1 as number) { case 1: v = 'one'; }\n${stages('v')}`),
  edit('try at top', `let v = '';\ntry { v = 'one'; } catch {}\n${stages('v')}`),
  edit('comma / logical assign', `let v: any;\nv ??= 'one';\n${stages('v')}`),
  edit(
    'conditional call',
    `const t: any = {};\nconst put = (x: string) => { t.a = x; };\n1 && put('one');\n${stages('t.a')}`,
  ),
  edit(
    'void call in var init',
    `const t: any = {};\nconst put = (x: string) => { t.a = x; };\nconst _ = [put('one')];\n${stages('t.a')}`,
  ),
  edit(
    'call in class static field',
    `const t: any = {};\nconst put = (x: string) => { t.a = x; };\nclass A { static x = put('one'); }\n${stages('t.a')}`,
  ),
  edit(
    'call in class heritage',
    `const t: any = {};\nconst put = (x: string) => { t.a = x; return Object; };\nclass A extends put('one') {}\n${stages('t.a')}`,
  ),
  edit(
    'call in computed key',
    `const t: any = {};\nconst put = (x: string) => { t.a = x; return 'k'; };\nclass A { [put('one')]() {} }\n${stages('t.a')}`,
  ),
  edit(
    'call in template',
    `const t: any = {};\nconst put = (x: string) => { t.a = x; return 'k'; };\nconst s = \`\${put('one')}\`;\n${stages('t.a')}`,
  ),
  edit('enum', `enum E { A = 'one' }\n${stages('E.A')}`),
  edit('const enum', `const enum E { A = 'one' }\n${stages('E.A')}`),
  edit('namespace', `namespace N { export const a = 'one'; }\n${stages('N.a')}`),
  edit(
    'merged namespace',
    `namespace N { export const a = 1; }\nnamespace N { export const b = 'one'; }\n${stages('N.b')}`,
  ),
  edit('enum merged with namespace', `enum E { A }\nnamespace E { export const f = () => 'one'; }\n${stages('E.f()')}`),
  edit(
    'function merged with namespace',
    `function f() { return (f as any).x; }\nnamespace f { export const x = 'one'; }\n${stages('f()')}`,
  ),
  edit('parameter properties', `class A { constructor(readonly x = 'one') {} }\n${stages('new A().x')}`),
  edit(
    'standard decorator',
    `const t: any = {};\nconst mark = (v: string) => (c: any, _: any) => { t.a = v; };\n@mark('one') class A {}\n${stages('t.a')}`,
  ),
  edit(
    'standard member decorator',
    `const dec = (v: string) => (_: any, __: any) => function () { return v; };\nclass A { @dec('one') say() {} }\n${stages('new A().say()')}`,
  ),
  edit('using-like accessor', `class A { accessor x = 'one'; }\n${stages('new A().x')}`),
  edit(
    'members changed in a loop over entries',
    `const t: any = { a: {} };\nfor (const [, each] of Object.entries<any>(t)) each.x = 'one';\n${stages('t.a.x')}`,
  ),
  edit(
    'members changed by a callback of values',
    `const t: any = { a: {} };\nconst n = Object.values<any>(t).map((each) => { each.x = 'one'; });\n${stages('t.a.x')}`,
  ),
  edit(
    'members changed in a function that looks at values',
    `const t: any = { a: {} };\nconst fill = () => { const [first] = Object.values<any>(t); first.x = 'one'; };\nfill();\n${stages('t.a.x')}`,
  ),
  edit(
    'values of something that was made',
    `const make = (): any => ({ a: {} });\nconst t = make();\nfor (const each of Object.values<any>(t)) each.x = 'one';\n${stages('t.a.x')}`,
  ),
  edit(
    'members changed in a fresh set',
    `const t: any[] = [{}];\nnew Set(t).forEach((each) => { each.x = 'one'; });\n${stages('t[0].x')}`,
  ),
  edit(
    'members changed by what Array.from is given',
    `const t: any[] = [{}];\nconst n = Array.from(t, (each) => { each.x = 'one'; });\n${stages('t[0].x')}`,
  ),
  edit(
    'members changed behind a frozen table',
    `const t: any = { a: {} };\nObject.freeze(t).a.x = 'one';\n${stages('t.a.x')}`,
  ),
  edit(
    'members changed by what JSON.stringify is given',
    `const t: any = { a: {} };\nconst put = (key: any, each: any) => { if (key === 'a') each.x = 'one'; return each; };\nconst text = JSON.stringify(t, put);\n${stages('t.a.x')}`,
  ),
  edit(
    'a map that is made of a table and left alone',
    `const t: any = { a: { x: 1 } };\nconst m = new Map(Object.entries(t));\nconst k = 'one';\n${stages('t.a.x')}`,
    { changes: false },
  ),
  edit(
    'a loop over keys',
    `const t: any = { a: { x: 1 } };\nfor (const key of Object.keys(t)) console.log(key, 'one');\n${stages('t.a.x')}`,
    { changes: false },
  ),
];
