import { afterAll, describe, expect, test } from '@jest/globals';
import { type Break, brokenReader } from './built.js';
import { expected, together } from './hostile.js';
import { MODULES } from './hostile-modules.js';
import { PACKAGES } from './hostile-packages.js';
import { STATE } from './hostile-state.js';
import { SYNTAX } from './hostile-syntax.js';
import { type Reader, removeFolders } from './project.js';

afterAll(removeFolders);

/** Each is wrong in one place. The edits that the real reader lives through must find every one. */
const BREAKS: Readonly<Record<string, Break & { readonly by: readonly string[] }>> = {
  'ignores constants': {
    file: 'reach/slice.ts',
    find: 'return target.units.map(',
    put: "return target.units.filter(({ kind }) => kind !== 'variable').map(",
    by: ['default in destructuring', 'regex flags', 'bigint'],
  },
  'ignores what is imported': {
    file: 'reach/universe.ts',
    find: 'if (imported) return followImport(universe, module, imported, member);',
    put: "if (imported) return { is: 'builtin', builtin: 'anything', name: '' };",
    by: ['package subpath', 'json of a package'],
  },
  'ignores what a file exports again': {
    file: 'reach/universe.ts',
    find: ': followImport(universe, module, own);',
    put: ": { is: 'builtin', builtin: 'anything', name: '' };",
    by: ['package exported again by a file that is loaded later'],
  },
  'ignores calls of a loading module': {
    file: 'reach/effects.ts',
    find: 'if (!hasEffects(unit)) continue;',
    put: 'continue;',
    by: ['tagged call fills', 'WeakMap registry'],
  },
  'ignores initialisers that call': {
    file: 'reach/effects.ts',
    find: "  (unit.kind === 'statement' ||",
    put: "  unit.kind === 'statement' && (unit.kind === 'statement' ||",
    by: ['void call in var init', 'a static block that calls'],
  },
  'ignores what methods change': {
    file: 'reach/effects.ts',
    find: "    use !== 'read' || !(goes",
    put: "    use === 'write' && !(goes",
    by: ['memo table in closure'],
  },
  'ignores variables that are set again': {
    file: 'reach/slice.ts',
    find: 'effects.sets.get(labelled) ?? []',
    put: '[] as never[]',
    by: ['let reassigned by function ref'],
  },
  'ignores the order of statements': {
    file: 'reach/slice.ts',
    find: 'if (changes) walk.lines.push(sequence(walk));',
    put: '',
    by: ['the order of a copy and a change'],
  },
  'ignores default parameters': {
    file: 'syntax/shape.ts',
    find: 'if (value === null || ',
    put: "if ((node.type === 'AssignmentPattern' && field === 'right') || value === null || ",
    by: ['default in destructuring', 'default in run itself'],
  },
  'ignores static blocks': {
    file: 'syntax/shape.ts',
    find: "if ((item as Node | null)?.type === 'EmptyStatement') continue;",
    put: "if (/^(EmptyStatement|StaticBlock)$/.test((item as Node | null)?.type ?? '')) continue;",
    by: ['a static block'],
  },
  'ignores private names': {
    file: 'syntax/shape.ts',
    find: "'sourceType']",
    put: "'sourceType', 'name']",
    by: ['two private names swapped'],
  },
  'ignores operators': {
    file: 'syntax/shape.ts',
    find: "'sourceType']",
    put: "'sourceType', 'operator']",
    by: ['exponent'],
  },
  'ignores how a tag sees a text': {
    file: 'syntax/shape.ts',
    find: 'writing.tags > 0 ? undefined : plainText(node)',
    put: 'plainText(node)',
    by: ['tagged template raw spelled'],
  },
  'ignores names that are read': {
    file: 'reach/slice.ts',
    find: ' + namedBy(target, reference)',
    put: '',
    by: ['name of function read'],
  },
  'stops at the border of a package': {
    file: 'reach/finish.ts',
    find: 'return [packages.map(wordOf), mentions,',
    put: 'return [[], mentions,',
    by: ['package subpath', 'peer dependency'],
  },
  'stops below the first package': {
    file: 'bundle/package-content.ts',
    find: 'at < order.length',
    put: 'at < 1',
    by: ['peer dependency'],
  },
  'stops at what is loaded later': {
    file: 'reach/slice.ts',
    find: 'for (const [, part] of parts) hold(part, walk);',
    put: '',
    by: ['dynamic import: state inside'],
  },
  'has the names of helpers in its keys': {
    file: 'syntax/shape.ts',
    find: "  writing.slots.push({ name: node });\n  return '$';",
    put: '  writing.slots.push({ name: node });\n  return node.name;',
    by: ['row.name and a renamed helper'],
  },
};

const EDITS = [...STATE, ...SYNTAX, ...MODULES, ...PACKAGES];

describe('a reader is caught that', () => {
  test.each(Object.entries(BREAKS))('%s', async (_, { by, ...at }) => {
    const { loadPipelineFile } = (await import(await brokenReader(at))) as { loadPipelineFile: Reader };
    const edits = EDITS.filter(({ name }) => by.includes(name));
    const answers = await together(edits, loadPipelineFile);
    const caught = edits.filter((each) => JSON.stringify(answers.get(each.name)) !== JSON.stringify(expected(each)));
    expect(caught.map(({ name }) => name).sort()).toEqual([...by].sort());
  });
});
