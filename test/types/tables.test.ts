import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

interface Said {
  readonly line: number;
  readonly text: string;
}

/** What the compiler says of a file, each error with the lines that explain it. */
function compiled(project: string, file: string): Said[] {
  const { stdout } = spawnSync(process.execPath, [TSC, '-p', project, '--pretty', 'false'], { encoding: 'utf8' });
  const errors: { line: number; text: string }[] = [];
  for (const line of stdout.split('\n')) {
    const found = /^(\S.*?)\((\d+),\d+\): error TS\d+: (.*)$/.exec(line);
    if (found) errors.push({ line: found[1]?.endsWith(file) ? Number(found[2]) : -1, text: found[3] as string });
    else if (line.startsWith(' ') && errors.length) (errors.at(-1) as { text: string }).text += `\n${line.trim()}`;
  }
  return errors;
}

test('columns are typed through the graph, and a wrong one is a compile error that reads as a sentence', () => {
  const lines = readFileSync(join(FIXTURES, 'tables.ts'), 'utf8').split('\n');
  const expected = lines.flatMap((line, i) => {
    const says = /^\/\/ says: (.*)$/.exec(line)?.[1];
    return says === undefined ? [] : [{ line: i + 2, says }];
  });
  const errors = compiled(FIXTURES, 'tables.ts');
  const unexpected = errors.filter(({ line }) => !expected.some((one) => one.line === line));
  expect(unexpected).toEqual([]);
  const wrong = expected.flatMap(({ line, says }) => {
    const text = errors.filter((error) => error.line === line).map((error) => error.text);
    return text.some((one) => one.includes(says)) ? [] : [{ line, code: lines[line - 1], says, text }];
  });
  expect(wrong).toEqual([]);
});

test('a graph of 500 stages compiles', () => {
  const folder = mkdtempSync(join(FIXTURES, 'long-'));
  const stages = Array.from({ length: 500 }, (_, i) => {
    const above = `t${i}`;
    const kinds = [
      `map(${above}, { reads: ['c${i}'], run: ({ c${i}: value }) => ({ c${i + 1}: value.length + 'x' }) })`,
      `chunk(${above}, { from: 'c${i}', into: 'c${i + 1}' })`,
      `map(filter(${above}, { reads: ['c0'], run: ({ c0 }) => c0 !== '' }), { reads: ['c${i}'], run: () => ({ c${i + 1}: '' }) })`,
    ];
    return `const t${i + 1} = ${kinds[i % kinds.length]};`;
  });
  const text = [
    "import { chunk, filter, map, sort, source } from '@millrace/stages';",
    "const t0 = source.jsonl('a.jsonl', { columns: { c0: 'text' } });",
    ...stages,
    "export const last = sort(t500, { by: ['c0', 'c250', 'c500'] });",
    "sort(t500, { by: 'c501' });",
  ];
  writeFileSync(join(folder, 'long.ts'), text.join('\n'));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../tsconfig.json', include: ['long.ts'] }));
  const errors = compiled(folder, 'long.ts');
  rmSync(folder, { recursive: true, force: true });
  expect(errors.map(({ line }) => line)).toEqual([text.length]);
  expect(errors[0]?.text).toMatch(/"c501"/);
});
