import { type Edit, edit, stages } from './hostile.js';
import type { Files } from './project.js';

const kit = (more: Files = {}): Files => ({
  'node_modules/kit/package.json': '{ "name": "kit", "version": "1.0.0", "main": "index.js" }',
  'node_modules/kit/index.js': 'module.exports = { a: 1, run: (r) => r };\n',
  ...more,
});

const TWO: Files = {
  'node_modules/kit/a.js': 'module.exports = { x: 1 };\n',
  'node_modules/kit/b.js': 'module.exports = { x: 2 };\n',
};

/** Under a name of its own: what sets up another package of one name counts for all of them. */
const CALM: Files = {
  'node_modules/calm/package.json': '{ "name": "calm", "version": "1.0.0", "main": "index.js" }',
  'node_modules/calm/index.js': 'module.exports = { a: 1 };\n',
  'node_modules/calm/more.js': 'module.exports = { x: 1 };\n',
};

export const PACKAGES: readonly Edit[] = [
  edit('package exported again by a file that is loaded later', stages("(await import('./r.js')).a"), {
    files: kit({ 'r.ts': "export { a } from 'kit';\n" }),
    file: 'node_modules/kit/index.js',
    from: 'a: 1',
    to: 'a: 2',
  }),
  edit('package re-exported by export *', `import { a } from './r.js';\n${stages('a')}`, {
    files: {
      ...kit({
        'node_modules/kit/package.json':
          '{ "name": "kit", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
        'node_modules/kit/index.js': 'export const a = 1;\n',
      }),
      'r.ts': "export * from 'kit';\nexport const own = 1;\n",
    },
    file: 'node_modules/kit/index.js',
    from: 'a = 1',
    to: 'a = 2',
  }),
  edit('package re-exported by namespace', `import { k } from './r.js';\n${stages('k.a')}`, {
    files: { ...kit(), 'r.ts': "export * as k from 'kit';\n" },
    file: 'node_modules/kit/index.js',
    from: 'a: 1',
    to: 'a: 2',
  }),
  edit('package by require in cjs file', `import r from './r.cjs';\n${stages('r.f()')}`, {
    files: { ...kit(), 'r.cjs': "const kit = require('kit');\nexports.f = () => kit.a;\n" },
    file: 'node_modules/kit/index.js',
    from: 'a: 1',
    to: 'a: 2',
  }),
  edit(
    'package by dynamic import',
    "export default pipeline({ reads: map(1, { run: async (row: any) => (await import('kit')).default.a }), other: map(1, { run: (r: any) => r }) });",
    { files: kit(), file: 'node_modules/kit/index.js', from: 'a: 1', to: 'a: 2' },
  ),
  edit('package subpath', `import e from 'kit/extra.js';\n${stages('e.x')}`, {
    files: kit({ 'node_modules/kit/extra.js': 'module.exports = { x: 1 };\n' }),
    file: 'node_modules/kit/extra.js',
    from: 'x: 1',
    to: 'x: 2',
  }),
  edit('peer dependency', `import k from 'kit';\n${stages('k.a')}`, {
    files: {
      ...kit({
        'node_modules/kit/package.json':
          '{ "name": "kit", "version": "1.0.0", "main": "index.js", "peerDependencies": {"peer":"*"} }',
      }),
      'node_modules/peer/package.json': '{"name":"peer","version":"1.0.0"}',
      'node_modules/peer/index.js': 'module.exports = 1;',
      'node_modules/kit/index.js': "exports.a = require('peer');\n",
    },
    file: 'node_modules/peer/index.js',
    from: '1',
    to: '2',
  }),
  edit('json of a package', `import k from 'kit/data.json' with { type: 'json' };\n${stages('k.a')}`, {
    files: kit({ 'node_modules/kit/data.json': '{"a":1}' }),
    file: 'node_modules/kit/data.json',
    from: '"a":1',
    to: '"a":2',
  }),
  edit('package of another version with the same files', `import k from 'calm';\n${stages('k.a')}`, {
    files: CALM,
    file: 'node_modules/calm/package.json',
    from: '1.0.0',
    to: '1.0.1',
    changes: false,
  }),
  edit('package changed in a file that is not loaded', `import k from 'calm';\n${stages('k.a')}`, {
    files: CALM,
    file: 'node_modules/calm/more.js',
    from: 'x: 1',
    to: 'x: 5',
    changes: false,
  }),
  edit('type-only import of a package', `import type { K } from 'kit';\nconst f = (x: K) => x;\n${stages('f(row)')}`, {
    files: kit(),
    file: 'node_modules/kit/index.js',
    from: 'a: 1',
    to: 'a: 2',
    changes: false,
  }),
  edit('cjs helper', `import { f } from './r.cjs';\n${stages('f()')}`, {
    files: { 'r.cjs': "exports.f = () => g();\nfunction g() { return 'one'; }\n" },
    file: 'r.cjs',
  }),
  edit('cjs second file', `import { f } from './r.cjs';\n${stages('f()')}`, {
    files: {
      'r.cjs': "const q = require('./q.cjs');\nexports.f = () => q.g();\n",
      'q.cjs': "exports.g = () => 'one';\n",
    },
    file: 'q.cjs',
  }),
  edit('cjs state', `import { f } from './r.cjs';\nimport './w.cjs';\n${stages('f()')}`, {
    files: {
      'r.cjs': 'const t = {};\nexports.f = () => t.a;\nexports.t = t;\n',
      'w.cjs': "require('./r.cjs').t.a = 'one';\n",
    },
    file: 'w.cjs',
  }),
  edit('cjs json require', `import { f } from './r.cjs';\n${stages('f()')}`, {
    files: { 'r.cjs': "const q = require('./q.json');\nexports.f = () => q.g;\n", 'q.json': '{"g":"one"}' },
    file: 'q.json',
    from: 'one',
    to: 'two',
  }),
  edit('tsconfig paths', `import { f } from '@lib/f.js';\n${stages('f()')}`, {
    files: {
      'tsconfig.json': '{"compilerOptions":{"baseUrl":".","paths":{"@lib/*":["./lib/*"]}}}',
      'lib/f.ts': "export const f = () => 'one';\n",
    },
    file: 'lib/f.ts',
  }),
  edit('package imports #', `import { f } from '#f';\n${stages('f()')}`, {
    files: {
      'package.json': '{"name":"project","imports":{"#f":"./lib/f.ts"}}',
      'lib/f.ts': "export const f = () => 'one';\n",
    },
    file: 'lib/f.ts',
  }),
  edit('package imports # retarget', `import { f } from '#f';\n${stages('f()')}`, {
    files: {
      'package.json': '{"name":"project","imports":{"#f":"./lib/f.ts"}}',
      'lib/f.ts': "export const f = () => 'one';\n",
      'lib/g.ts': "export const f = () => 'g';\n",
    },
    file: 'package.json',
    from: 'lib/f',
    to: 'lib/g',
  }),
  edit(
    'useDefineForClassFields',
    'class A { x: any; constructor() { this.x ??= 1; } }\nclass B extends A { declare y: any; x: any; }\n' +
      stages('new B().x'),
    {
      file: 'tsconfig.json',
      from: 'true',
      to: 'false',
      files: { 'tsconfig.json': '{"compilerOptions":{"useDefineForClassFields":true,"target":"esnext"}}' },
    },
  ),
  edit(
    'import defer: order of two side-effect modules',
    `import './a.js';\nimport './b.js';\nimport { t } from './t.js';\n${stages('t.x')}`,
    {
      files: {
        't.ts': 'export const t: any = {};\n',
        'a.ts': "import { t } from './t.js';\nt.x = 1;\n",
        'b.ts': "import { t } from './t.js';\nt.x = 2;\n",
      },
      from: "import './a.js';\nimport './b.js';",
      to: "import './b.js';\nimport './a.js';",
    },
  ),
  edit('swap two imported names', `import { a, b } from './x.js';\nconst f = () => a() + b();\n${stages('f()')}`, {
    files: { 'x.ts': 'export const a = () => 1;\nexport const b = () => 2;\n' },
    from: 'a() + b()',
    to: 'b() + a()',
  }),
  edit('passed to package', `import kit from 'kit';\nconst t: any = {};\nkit.run(t, 'one');\n${stages('t.a')}`, {
    files: kit(),
  }),
  edit('export let live binding', `import { v, set } from './x.js';\nset('one');\n${stages('v')}`, {
    files: { 'x.ts': "export let v = 'a';\nexport const set = (x: string) => { v = x; };\n" },
  }),
  edit('default exported live let', `import v from './x.js';\n${stages('v')}`, {
    files: { 'x.ts': "let v = 'a';\nexport { v as default };\nv = 'one';\n" },
    file: 'x.ts',
  }),
  edit('exported function replaced', `import { f, replace } from './x.js';\nreplace(() => 'one');\n${stages('f()')}`, {
    files: { 'x.ts': "export let f = () => 'a';\nexport const replace = (x: any) => { f = x; };\n" },
  }),
  edit(
    'object of functions in another file by destructure',
    `import { fs } from './x.js';\nconst { a } = fs;\n${stages('a()')}`,
    { files: { 'x.ts': "export const fs = { a: () => 'one', b: () => 2 };\n" }, file: 'x.ts' },
  ),
  edit(
    'class with accessor decorators legacy',
    `const d = (v: string) => (t: any, k: string) => { Object.defineProperty(t, k, { get: () => v }); };\nclass A { @d('one') x: any; }\n${stages('new A().x')}`,
    {
      files: { 'tsconfig.json': '{"compilerOptions":{"experimentalDecorators":true,"useDefineForClassFields":false}}' },
    },
  ),
  edit('import equals', `import kit = require('kit');\n${stages('(kit as any).a')}`, {
    files: kit(),
    file: 'node_modules/kit/index.js',
    from: 'a: 1',
    to: 'a: 2',
  }),
  edit('namespace computed member with state', `import * as x from './x.js';\n${stages('(x as any)[row.k].a')}`, {
    files: { 'x.ts': "export const t: any = {};\nt.a = 'one';\n" },
    file: 'x.ts',
  }),
  edit(
    'namespace passed on with state',
    `import * as x from './x.js';\nconst f = (y: any) => y.t.a;\n${stages('f(x)')}`,
    { files: { 'x.ts': "export const t: any = {};\nt.a = 'one';\n" }, file: 'x.ts' },
  ),
  edit('namespace member with state', `import * as x from './x.js';\n${stages('x.t.a')}`, {
    files: { 'x.ts': "export const t: any = {};\nt.a = 'one';\n" },
    file: 'x.ts',
  }),
  edit('nested namespace with state', `import { y } from './y.js';\n${stages('y.t.a')}`, {
    files: { 'y.ts': "export * as y from './x.js';\n", 'x.ts': "export const t: any = {};\nt.a = 'one';\n" },
    file: 'x.ts',
  }),
  edit(
    'dynamic: state in a second file',
    "export default pipeline({ reads: map(1, { run: async (row: any) => (await import('./x.js')).get() }), other: map(1, { run: (r: any) => r }) });",
    {
      files: {
        'x.ts': "import { t } from './t.js';\nimport './fill.js';\nexport const get = () => t.a;\n",
        't.ts': 'export const t: any = {};\n',
        'fill.ts': "import { t } from './t.js';\nt.a = 'one';\n",
      },
      file: 'fill.ts',
    },
  ),
  edit('another file of a package', `import k from 'kit/a.js';\n${stages('k.x')}`, {
    files: kit(TWO),
    from: 'kit/a.js',
    to: 'kit/b.js',
  }),
  edit('another file of a package, by require', `import { f } from './r.cjs';\n${stages('f()')}`, {
    files: { ...kit(TWO), 'r.cjs': "const k = require('kit/a.js');\nexports.f = () => k.x;\n" },
    file: 'r.cjs',
    from: 'kit/a.js',
    to: 'kit/b.js',
  }),
  edit('another file of a package, later', stages("(await import('kit/a.js')).default.x"), {
    files: kit(TWO),
    from: 'kit/a.js',
    to: 'kit/b.js',
  }),
  edit('another way into a package', `import k from 'kit/a';\n${stages('k.x')}`, {
    files: kit({
      ...TWO,
      'node_modules/kit/package.json':
        '{ "name": "kit", "version": "1.0.0", "exports": { "./a": "./a.js", "./b": "./b.js" } }',
    }),
    from: 'kit/a',
    to: 'kit/b',
  }),
  edit('package imports # of a package', `import k from '#kit';\n${stages('k.a')}`, {
    files: { ...kit(), 'package.json': '{ "name": "case", "imports": { "#kit": "kit" } }' },
    file: 'node_modules/kit/index.js',
    from: 'a: 1',
    to: 'a: 2',
  }),
  edit('package imports # of another file of a package', `import k from '#kit';\n${stages('k.x')}`, {
    files: { ...kit(TWO), 'package.json': '{ "name": "case", "imports": { "#kit": "kit/a.js" } }' },
    file: 'package.json',
    from: 'kit/a.js',
    to: 'kit/b.js',
  }),
  edit('package imports # of Node', `import { join } from '#path';\n${stages('join(row.a)')}`, {
    files: { 'package.json': '{ "name": "case", "imports": { "#path": "node:path/posix" } }' },
    file: 'package.json',
    from: 'posix',
    to: 'win32',
  }),
];
