import { mutantsOf } from '../mutants.js';
import type { Files } from '../project.js';
import { Chance } from './chance.js';
import { programOf } from './program.js';

/** A program with one change in it, in whichever file; what could run without end is left as it is. */
export const mutantOf = (seed: number): Files | undefined => {
  const chance = new Chance(seed + 0.5);
  const files = programOf(seed);
  const names = Object.keys(files).filter((name) => !/\benum\b/.test(files[name] ?? ''));
  const name = chance.pick(names);
  const mutants = mutantsOf(files[name] ?? '').filter(({ what }) => !/^[<>+-]{1,2}=? /.test(what));
  return mutants.length > 0 ? { ...files, [name]: chance.pick(mutants).text } : undefined;
};

const EDITS: Readonly<Record<string, (files: Files) => Files>> = {
  comments: (files) => each(files, (text) => text.replaceAll('\n', ' // as before\n\n/* and\n after */\n')),
  layout: (files) =>
    each(files, (text) => text.replaceAll('; ', ';\n\n      ').replaceAll('{ ', '{\n  ').replaceAll(' => ', '\t=>  ')),
  types: (files) =>
    each(
      files,
      (text) =>
        `${text.replaceAll(/\(x\) (=>|\{)/g, '(x: number) $1')}type Given = { a: number };\ninterface Other extends Given {}\n`,
    ),
  'unrelated code': (files) => ({
    ...each(
      files,
      (text) => `${text}const other = (x) => x * 7;\nfunction another() { return other(1) + another.length; }\n`,
    ),
    'nobody.ts': 'export const nobody = Math.random();\n',
  }),
  'names of files': (files) =>
    Object.fromEntries(
      Object.entries(each(files, (text) => text.replaceAll(/\.\/m(\d+)\.js/g, './lib/part-$1.js'))).map(
        ([name, text]) =>
          name === 'pipeline.ts'
            ? [name, text]
            : [name.replace(/^m(\d+)/, 'lib/part-$1'), text.replaceAll('./lib/', './')],
      ),
    ),
  'names of variables': (files) => each(files, (text) => text.replaceAll(/\bn(\d+_\d+_\d+)(\w*)\b/g, 'some$1$2')),
};

const each = (files: Files, edit: (text: string) => string): Files =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, edit(text)]));

/** One edit that means nothing. The project lies elsewhere each time. */
export const neutralEdits = (files: Files, seed: number) => {
  const name = new Chance(seed + 0.25).pick(Object.keys(EDITS));
  return { name, edited: (EDITS[name] as (files: Files) => Files)(files) };
};
