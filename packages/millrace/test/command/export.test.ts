import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { nameOf, whoAmI } from '@millrace/arrow-store/process';
import { writePieces } from '../../src/disk.js';
import { BIN, built, millrace, project } from './millrace.js';

const TEXTS = [
  '=1+1',
  '+1',
  '-5',
  '@x',
  '\tx',
  '\rx',
  "'=x",
  "''=y",
  "'plain",
  "'",
  '',
  null,
  '=a,"b"',
  "'-1",
  '=',
  ' =x',
  'x=1',
  '=two\nlines',
  "'\t",
];
const jsonl = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const folder = project({
  'd.jsonl': jsonl(TEXTS.map((text, id) => ({ id: -id, '=name': text, plain: 'p' }))),
  'one.jsonl': jsonl(TEXTS.flatMap((t) => (t === null ? [] : [{ t }]))),
  'plain.jsonl': jsonl([{ id: -1, text: 'x' }]),
  'pipeline.yaml':
    'stages:\n  d: { source: d.jsonl }\n  one: { source: one.jsonl }\n  plain: { source: plain.jsonl }\n',
});
built();
millrace(folder, ['run']);

/** The rows of a CSV file, as its source reads them. */
function readBack(csv: string): object[] {
  const other = project({ 'in.csv': csv, 'pipeline.yaml': 'stages:\n  q: { source: in.csv }\n' });
  expect(millrace(other, ['run']).err).toBe('');
  const { out } = millrace(other, ['export', 'q', '--as', 'jsonl', '--to', '-']);
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as object);
}

const exported = (...line: string[]): string => millrace(folder, ['export', ...line, '--to', '-']).out;
const rowsIn = (stage: string): object[] =>
  exported(stage, '--as', 'jsonl')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe('a CSV for spreadsheets', () => {
  test("has a ' before texts and names that they take for formulas, in quotes, and before no number", () => {
    const csv = exported('d', '--as', 'csv');
    const [head, ...lines] = csv.split('\r\n');
    expect(head).toBe(`"id","'=name",plain`);
    expect(lines.slice(0, 4)).toEqual([`0,"'=1+1",p`, `-1,"'+1",p`, `-2,"'-5",p`, `-3,"'@x",p`]);
    expect(lines[6]).toBe(`-6,"''=x",p`);
    expect(lines[8]).toBe("-8,'plain,p");
  });

  test('gives every text back', () => {
    expect(readBack(exported('d', '--as', 'csv'))).toEqual(rowsIn('d'));
  });

  test("with no name that can say so keeps its ', and that is said", () => {
    const { out, err } = millrace(folder, ['export', 'one', '--as', 'csv', '--to', '-']);
    expect(err).toMatch(/no name of this table can say so: a CSV source reads them with it\. Export with --raw/);
    expect(readBack(out)[0]).toEqual({ t: "'=1+1" });
    expect(readBack(exported('one', '--as', 'csv', '--raw'))).toEqual(rowsIn('one'));
  });

  test('has the texts as they are with --raw, and reads back the same', () => {
    const csv = exported('d', '--as', 'csv', '--raw');
    expect(csv.split('\r\n').slice(0, 2)).toEqual(['id,=name,plain', '0,=1+1,p']);
    expect(readBack(csv)).toEqual(rowsIn('d'));
  });

  test('without such texts is plain', () => {
    expect(exported('plain', '--as', 'csv')).toBe('id,text\r\n-1,x\r\n');
  });
});

describe('an export', () => {
  test('to the standard output ends quietly when nobody reads on', () => {
    const line = `"${process.execPath}" "${BIN}" export d --as csv --to - | head -n 1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
    expect([stdout, stderr]).toEqual([`"id","'=name",plain\r\n`, '']);
  });

  test('of a stage whose record is damaged says so, and does not say that it has not run', () => {
    const other = project({ 'in.csv': 'a\n1\n', 'pipeline.yaml': 'stages:\n  q: { source: in.csv }\n' });
    const exporting = () => millrace(other, ['export', 'q', '--to', '-', '--as', 'csv']);
    expect(exporting()).toMatchObject({ code: 2, err: expect.stringMatching(/of q: it has not run yet\. Run it/) });
    millrace(other, ['run']);
    const records = join(other, '.millrace/records');
    for (const name of readdirSync(records, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.json')) writeFileSync(join(records, name), 'torn');
    expect(exporting()).toMatchObject({
      code: 2,
      err: expect.stringMatching(/of q: its record may be among what is damaged \(records\/\S+ A record is broken/),
    });
    expect(exporting().err).toMatch(/of q: a run gave it, and its record is gone\. Run it: millrace run q/);
  });

  test('of what is no text does not go to the standard output', () => {
    expect(millrace(folder, ['export', 'd', '--as', 'parquet', '--to', '-'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--as csv'),
    });
  });

  test('that breaks off leaves what was there, and no part of a file', async () => {
    const path = join(folder, 'half.csv');
    const broken = function* () {
      yield 'a\n';
      throw new Error('it broke off');
    };
    await expect(writePieces(path, broken())).rejects.toThrow('it broke off');
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, 'before');
    await expect(writePieces(path, broken())).rejects.toThrow('it broke off');
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test.each(['csv', 'parquet'])(
    'takes away what a killed one left of the same file, and nothing else: %s',
    async (as) => {
      const mine = whoAmI();
      const dead = { ...mine, pid: spawnSync(process.execPath, ['-e', '']).pid };
      const to = join(folder, `left.${as}`);
      const left = [nameOf(dead), `${nameOf(dead)}.part.7`].map((who) => `left.${as}.${who}.part`);
      const others = [
        `left.${as}.${nameOf(mine)}x.part`,
        `left.${as}.${nameOf({ ...dead, host: 'elsewhere' })}.part`,
        `left.${as}.7.part`,
        `left.${as}.notes.part`,
        `other.${as}.${nameOf(dead)}.part`,
      ];
      for (const name of [...left, ...others]) writeFileSync(join(folder, name), 'half');
      millrace(folder, ['export', 'plain', '--to', to]);
      const now = readdirSync(folder);
      expect(now).toEqual(expect.arrayContaining([...others, `left.${as}`]));
      expect(now.filter((name) => left.includes(name))).toEqual([]);
      for (const name of others) rmSync(join(folder, name));
    },
  );

  test('to a device is written to it, and takes its place not', async () => {
    await writePieces('/dev/null', ['a\n']);
    expect(existsSync('/dev/null')).toBe(true);
    expect(readFileSync('/dev/null', 'utf8')).toBe('');
  });
});
