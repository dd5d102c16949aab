import { type Edit, edit, stages } from './hostile.js';

export const MODULES: readonly Edit[] = [
  edit('default export helper', `import help from './h.js';\n${stages('help(row)')}`, {
    files: { 'h.ts': "export default (row: any) => row.x + 'one';\n" },
    file: 'h.ts',
  }),
  edit('default export class', `import Help from './h.js';\n${stages('new Help().a')}`, {
    files: { 'h.ts': "export default class { a = 'one'; }\n" },
    file: 'h.ts',
  }),
  edit('default export object mutated', `import h from './h.js';\n${stages('(h as any).a')}`, {
    files: { 'h.ts': "const o: any = {};\nexport default o;\no.a = 'one';\n" },
    file: 'h.ts',
  }),
  edit(
    'default export expression mutated elsewhere',
    `import h from './h.js';\nimport './m.js';\n${stages('(h as any).a')}`,
    {
      files: { 'h.ts': 'export default {} as any;\n', 'm.ts': "import h from './h.js';\nh.a = 'one';\n" },
      file: 'm.ts',
    },
  ),
  edit('export * chain', `import { f } from './a.js';\n${stages('f()')}`, {
    files: {
      'a.ts': "export * from './b.js';\n",
      'b.ts': "export * from './c.js';\nexport const g = 1;\n",
      'c.ts': "export const f = () => 'one';\n",
    },
    file: 'c.ts',
  }),
  edit('export * shadowed: add a local', `import { f } from './a.js';\n${stages('f()')}`, {
    files: { 'a.ts': "export * from './b.js';\n", 'b.ts': "export const f = () => 'one';\n" },
    file: 'a.ts',
    from: 'export *',
    to: "export const f = () => 'three';\nexport *",
  }),
  edit('export * shadowed: edit hidden one', `import { f } from './a.js';\n${stages('f()')}`, {
    files: {
      'a.ts': "export * from './b.js';\nexport const f = () => 'three';\n",
      'b.ts': "export const f = () => 'one';\n",
    },
    file: 'b.ts',
    changes: false,
  }),
  edit('circular imports', `import { a } from './a.js';\n${stages('a(3)')}`, {
    files: {
      'a.ts': "import { b } from './b.js';\nexport const a = (n: number): any => n ? b(n - 1) : 'a';\n",
      'b.ts': "import { a } from './a.js';\nexport const b = (n: number): any => n ? a(n - 1) : 'one';\n",
    },
    file: 'b.ts',
  }),
  edit('circular class registration', `import { all } from './a.js';\nimport './b.js';\n${stages('all.x')}`, {
    files: {
      'a.ts': "export const all: any = {};\nimport './b.js';\n",
      'b.ts': "import { all } from './a.js';\nexport const put = () => { all.x = 'one'; };\nqueueMicrotask(put);\n",
    },
    file: 'b.ts',
  }),
  edit('JSON import named member', `import w from './w.json' with { type: 'json' };\n${stages('w.a')}`, {
    files: { 'w.json': '{"a":"one","b":"x"}' },
    file: 'w.json',
    from: 'one',
    to: 'two',
  }),
  edit('JSON destructured', `import w from './w.json' with { type: 'json' };\nconst { a } = w;\n${stages('a')}`, {
    files: { 'w.json': '{"a":"one","b":"x"}' },
    file: 'w.json',
    from: 'one',
    to: 'two',
  }),
  edit('JSON namespace', `import * as w from './w.json';\n${stages('(w as any)[row.k]')}`, {
    files: { 'w.json': '{"a":"one","b":"x"}' },
    file: 'w.json',
    from: 'one',
    to: 'two',
  }),
  edit('inheritance across files', `import { B } from './b.js';\n${stages('new B().say()')}`, {
    files: {
      'a.ts': "export class A { say() { return 'one'; } }\n",
      'b.ts': "import { A } from './a.js';\nexport class B extends A {}\n",
    },
    file: 'a.ts',
  }),
  edit(
    'mixin',
    `import { M } from './b.js';\nclass Base {}\nclass C extends M(Base) {}\n${stages('(new C() as any).say()')}`,
    { files: { 'b.ts': "export const M = (B: any) => class extends B { say() { return 'one'; } };\n" }, file: 'b.ts' },
  ),
  edit(
    'monkey patched class prototype in other file',
    `import { A } from './a.js';\nimport './p.js';\n${stages('(new A() as any).say()')}`,
    {
      files: {
        'a.ts': 'export class A {}\n',
        'p.ts': "import { A } from './a.js';\n(A.prototype as any).say = () => 'one';\n",
      },
      file: 'p.ts',
    },
  ),
  edit(
    'dynamic import template',
    'export default pipeline({ reads: map(1, { run: async (row: any) => (await import(`./x/${row.k}.ts`)).f() }), other: map(1, { run: (r: any) => r }) });',
    {
      files: { 'x/a.ts': "export const f = () => 'one';\n", 'x/b.ts': "export const f = () => 'b';\n" },
      file: 'x/a.ts',
    },
  ),
  edit(
    'dynamic import literal with helper',
    "const load = () => import('./x.js');\nexport default pipeline({ reads: map(1, { run: async (row: any) => (await load()).f() }), other: map(1, { run: (r: any) => r }) });",
    {
      files: {
        'x.ts': "import { g } from './y.js';\nexport const f = () => g();\n",
        'y.ts': "export const g = () => 'one';\n",
      },
      file: 'y.ts',
    },
  ),
  edit(
    'dynamic import: state inside',
    "export default pipeline({ reads: map(1, { run: async (row: any) => (await import('./x.js')).t.a }), other: map(1, { run: (r: any) => r }) });",
    { files: { 'x.ts': "export const t: any = {};\nt.a = 'one';\n" }, file: 'x.ts' },
  ),
  edit(
    'dynamic import: state shared with static',
    "import { t } from './t.js';\nexport default pipeline({ reads: map(1, { run: async (row: any) => { await import('./x.js'); return t.a; } }), other: map(1, { run: (r: any) => r }) });",
    {
      files: { 't.ts': 'export const t: any = {};\n', 'x.ts': "import { t } from './t.js';\nt.a = 'one';\n" },
      file: 'x.ts',
    },
  ),
];
