import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, read, removeProjects } from './millrace.js';

afterAll(removeProjects);

const COLUMNS = `{ columns: { i: 'int', at: { timestamp: 'us', zone: 'UTC' }, day: 'date', m: { map: ['text', 'int64'] }, f: 'float' } }`;
const folder = project({
  'pipeline.ts': `import { command, pipeline, source } from 'millrace';
const rows = source.rows([
  { i: 9007199254740993n, at: 1706704200123456n, day: new Date('2024-01-31'), m: new Map([['k', 1n]]), f: Number.NaN },
  { i: 5n, at: 1706704200000000n, day: null, m: null, f: 0.5 },
], ${COLUMNS});
const copy = command({ argv: ['cp', { input: 'rows' }, { output: 'o' }], inputs: { rows }, outputs: { o: { jsonl: true, ...${COLUMNS} } } });
const found = command({ argv: ['node', '-e', 'fs.writeFileSync(process.argv[1], JSON.stringify({ accuracy: 0.5 }))', { output: 'found' }], version: 1, outputs: { found: { json: true } } });
export default pipeline({ rows, copy, found: found.found });
`,
  'again.ts': `import { pipeline, source } from 'millrace';
export default pipeline({ again: source.jsonl('rows.jsonl', ${COLUMNS}) });
`,
});
const LINES = [
  '{"i":9007199254740993,"at":"2024-01-31T12:30:00.123456Z","day":"2024-01-31","m":{"k":1},"f":null}',
  '{"i":5,"at":"2024-01-31T12:30:00.000000Z","day":null,"m":null,"f":0.5}',
  '',
];
const exported = (name: string, ...words: string[]) => millrace(folder, ['export', name, '--to', '-', ...words]).out;

describe('values have one text form', () => {
  test('in JSON lines, in CSV, in show and for programs, and come back', () => {
    expect(millrace(folder, ['run'])).toMatchObject({ code: 0 });
    millrace(folder, ['export', 'rows', '--to', 'rows.jsonl']);
    expect(read(folder, 'rows.jsonl').split('\n')).toEqual(LINES);
    const columns = (line: string) => Object.fromEntries(Object.entries(JSON.parse(line)).sort());
    const copied = exported('copy', '--as', 'jsonl').split('\n');
    expect(copied[0]).toContain('9007199254740993');
    expect(copied.slice(0, 2).map(columns)).toEqual(LINES.slice(0, 2).map(columns));
    expect(millrace(folder, ['run', '-f', 'again.ts'])).toMatchObject({ code: 0 });
    expect(exported('again', '-f', 'again.ts', '--as', 'jsonl').split('\n')).toEqual(LINES);
    expect(exported('rows', '--as', 'csv').split('\r\n').slice(1, 3)).toEqual([
      '9007199254740993,2024-01-31T12:30:00.123456Z,2024-01-31,"{""k"":1}",NaN',
      '5,2024-01-31T12:30:00.000000Z,,,0.5',
    ]);
    expect(millrace(folder, ['show', 'rows', '--json']).out).toContain(LINES[0]);
    expect(millrace(folder, ['show', 'rows']).out).toMatch(/2024-01-31T12:30:00\.123456Z.*\{"k":1\}/);
  });

  test('a value is JSON, by name and content', () => {
    millrace(folder, ['run']);
    expect(millrace(folder, ['export', 'found'])).toMatchObject({ code: 0, out: 'found.json  22 B\n' });
    expect(JSON.parse(read(folder, 'found.json'))).toEqual({ accuracy: 0.5 });
    expect(millrace(folder, ['export', 'found', '--to', 'm.json']).code).toBe(0);
    expect(millrace(folder, ['export', 'found', '--to', 'm.parquet']).err).toContain('it is a value, not a table');
  });
});
