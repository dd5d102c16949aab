import { join } from 'node:path';
import { loadPipelineFile } from '../src/index.js';
import { digestsOf, type Files, projectOf, type Reader, write } from './project.js';

/** One edit of a small pipeline: `reads` is a stage that depends on what is edited, `other` is one that does not. */
export interface Edit {
  readonly name: string;
  readonly files: Files;
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
  readonly changes: boolean;
}

type More = Partial<Omit<Edit, 'name'>>;

const HEAD = "import { map, pipeline } from 'millrace';\n";

export const edit = (name: string, code: string, { files = {}, ...more }: More = {}): Edit => ({
  name,
  file: 'case.ts',
  from: "'one'",
  to: "'two'",
  changes: true,
  ...more,
  files: { 'case.ts': HEAD + code, ...files },
});

export const stages = (run: string) =>
  `export default pipeline({ reads: map(1, { run: async (row: any) => ${run} }), other: map(1, { run: (row: any) => row.text }) });\n`;

/** Each in its own folder of one project, so that all of them are also seen to leave the others alone. */
export const together = async (edits: readonly Edit[], reader: Reader = loadPipelineFile) => {
  const imports = edits.map((_, at) => `import c${at} from './${at}/case.js';`);
  const named = edits.flatMap((_, at) => [`reads${at}: c${at}.reads`, `other${at}: c${at}.other`]);
  const folder = projectOf({ 'pipeline.ts': `${imports.join('\n')}\nexport default { ${named.join(', ')} };\n` });
  edits.forEach((each, at) => {
    write(join(folder, `${at}`), each.files);
  });
  const before = await digestsOf(folder, 'pipeline.ts', reader);
  edits.forEach((each, at) => {
    write(join(folder, `${at}`), { [each.file]: edited(each) });
  });
  const after = await digestsOf(folder, 'pipeline.ts', reader);
  const said = (at: number) => ({
    refused: before[`reads${at}`]!.startsWith('refused'),
    changed: before[`reads${at}`] !== after[`reads${at}`],
    other: before[`other${at}`] !== after[`other${at}`],
  });
  return new Map(edits.map(({ name }, at) => [name, said(at)]));
};

/** What it must say of each. */
export const expected = ({ changes }: Edit) => ({ refused: false, changed: changes, other: false });

const edited = ({ name, files, file, from, to }: Edit): string => {
  const text = files[file]!.replace(from, to);
  if (text === files[file]) throw new Error(`${name}: the edit changes nothing`);
  return text;
};
