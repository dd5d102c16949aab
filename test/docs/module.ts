import * as millrace from 'millrace';
import type { Block } from './blocks.js';
import { CODE, YAML } from './given.js';

/** The words of a text that may be names: none in quotes or in comments. */
const names = (text: string): string[] => [
  ...new Set(text.replace(/'[^'\n]*'|\/\/.*$/gm, '').match(/[A-Za-z_]\w*/g) ?? []),
];

/** What a block declares or imports by itself. */
const own = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/^(?:export )?(?:const|import(?: type)?) +(?:[{[]([^}\]]*)[}\]]|(\w+))/gm)].flatMap(
      ([, many, one]) =>
        many === undefined ? [one as string] : many.split(',').map((each) => each.trim().replace(/^type +/, '')),
    ),
  );

/** The tables that it takes for granted, each after those that it is made of. */
function given(text: string, known: Readonly<Record<string, string>>, declared: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const seen = new Set(declared);
  const visit = (from: string): void => {
    for (const name of names(from)) {
      if (!Object.hasOwn(known, name) || seen.has(name)) continue;
      seen.add(name);
      visit(known[name] as string);
      found.push(name);
    }
  };
  visit(text);
  return found;
}

/** Ends with top-level waiting: a program, and no pipeline file. */
export const isProgram = (text: string): boolean => /^(const .*= )?await /m.test(text);

/** A fragment as a pipeline file: what it takes for granted before it, and each of its stages exported. */
export function moduleOf({ text }: Block): string {
  const declared = own(text);
  const before = given(text, CODE, declared).map((name) => `const ${name} = ${CODE[name]};`);
  const wanted = names([text, ...before].join('\n')).filter((name) => name in millrace && !declared.has(name));
  let shown = 0;
  const exported = text
    .replace(/^const /gm, 'export const ')
    .replace(/^([a-z]\w*\()/gm, (call) => `export const shown${++shown} = ${call}`);
  return [
    ...(wanted.length ? [`import { ${wanted.join(', ')} } from 'millrace';`] : []),
    ...before,
    isProgram(text) ? text : exported,
    ...(isProgram(text) || /^export default/m.test(text) ? [] : ['export const end = millraceEnd.rows([{ end: 1 }]);']),
  ]
    .join('\n')
    .replace(/^/, isProgram(text) ? '' : "import { source as millraceEnd } from 'millrace';\n");
}

/** The same of a fragment of YAML. */
export function fileOf({ text }: Block): string {
  if (/^stages:/m.test(text)) return text;
  const declared = new Set([...text.matchAll(/^(\w+):/gm)].map(([, name]) => name as string));
  const before = given(text, YAML, declared).map((name) => `${name}: ${YAML[name]}\n`);
  return `stages:\n${[...before, text].join('').replace(/^(?=.)/gm, '  ')}`;
}
