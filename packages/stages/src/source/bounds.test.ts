import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { rowsOf } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { BadRows } from './bad-rows.js';
import { MOST_LINE } from './bounds.js';
import { type FormatName, type FormatSettings, formatOf, readAs } from './formats.js';

const folder = mkdtempSync(join(tmpdir(), 'bounds-'));
afterAll(() => remove(folder));

interface How {
  readonly most?: number;
  readonly skip?: boolean;
  readonly settings?: FormatSettings;
}

/** Rows, or the message of the refusal. */
async function read(
  format: FormatName,
  content: string | Uint8Array,
  { most = MOST_LINE, skip = false, settings = {} }: How = {},
) {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const bad = new BadRows('the file', skip);
  try {
    const table = await readAs(formatOf(format, settings), { path, declared: undefined, bad, keep: 1 << 20, most });
    const rows: unknown[] = [];
    for await (const batch of table.batches) rows.push(...rowsOf(batch));
    return { rows, bad: bad.count };
  } catch (error) {
    return (error as Error).message;
  }
}

const latin = (text: string) => Buffer.from(text, 'latin1');
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

describe('bytes that are not UTF-8', () => {
  test('of a JSON document are refused with their line', async () => {
    expect(await read('json', latin('[{"name":"ok"},\n{"name":"café"}]'))).toMatch(/^the file:2: .*not UTF-8/);
    expect(await read('json', '[{"name":"café"}]')).toEqual({ rows: [{ name: 'café' }], bad: 0 });
  });

  test.each<FormatName>(['json', 'jsonl', 'csv', 'text'])('as UTF-16 are told apart: %s', async (format) => {
    const text = '[{"a":1}]\n[{"a":2}]\n';
    expect(await read(format, Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(text)]))).toContain('UTF-16');
    expect(await read(format, utf16(text), { skip: true })).toContain('UTF-16');
    expect(await read(format, Buffer.from(utf16(text)).swap16())).toContain('UTF-16');
  });

  test('a mark of UTF-8 at the start is no part of the first name or value', async () => {
    expect(await read('json', '\ufeff[{"a":1}]')).toEqual({ rows: [{ a: 1 }], bad: 0 });
    expect(await read('csv', '\ufeffa\n1\n')).toEqual({ rows: [{ a: 1 }], bad: 0 });
  });

  test('half of a surrogate pair is a bad row, as a value and as a name', async () => {
    const lines = '{"a":"ok"}\n{"a":"\\ud800"}\n{"a":"\\ud83d\\ude00"}\n';
    expect(await read('jsonl', lines, { skip: true })).toEqual({ rows: [{ a: 'ok' }, { a: '😀' }], bad: 1 });
    expect(await read('jsonl', '{"a":"ok"}\n{"\\udc00":1}\n')).toMatch(/^the file:2:1: .*surrogate/);
    expect(await read('json', '[{"a":"\\ud800"}]')).toMatch(/^the file:1: .*surrogate/);
    expect(await read('json', '[{"\\ud800":1}]')).toMatch(/^the file:1: .*surrogate/);
  });
});

describe('sizes', () => {
  const long = 'x'.repeat(3000);

  test('a line, a row of cells and a file as one cell end where they are allowed to', async () => {
    const most = 2000;
    expect(await read('jsonl', `{"a":"ok"}\n{"a":"${long}"}\n`, { most })).toMatch(
      /^the file:2: the line has more than 2000 bytes.*maxLineBytes/,
    );
    expect(await read('text', `ok\n${long}`, { most })).toMatch(/^the file:2: the line/);
    expect(await read('csv', `a,b\n1,2\n3,"${long}"\n4,5\n`, { most })).toMatch(/^the file:3: the row/);
    expect(await read('text', long, { most, settings: { by: 'file' } })).toMatch(
      /^the file: the file, which is one cell/,
    );
    for (const format of ['jsonl', 'csv'] as const)
      expect(await read(format, format === 'csv' ? `a\n${long}\n` : `{"a":"${long}"}\n`, { most: 3100 })).toEqual({
        rows: [{ a: long }],
        bad: 0,
      });
  });

  test('a line that does not end is given up before it is read whole', async () => {
    const most = 3 << 20;
    const endless = Buffer.alloc(8 << 20, 'x');
    expect(await read('jsonl', endless, { most })).toMatch(/^the file:1: the line has more/);
    expect(await read('csv', Buffer.concat([Buffer.from('a\n"'), endless]), { most })).toMatch(
      /^the file:2: the row has more/,
    );
  });

  test('a cell of many pieces is read whole', async () => {
    const cell = 'line\n'.repeat(1 << 20);
    expect(await read('csv', `a,b\n1,"${cell}"\n2,x\n`)).toEqual({
      rows: [
        { a: 1, b: cell },
        { a: 2, b: 'x' },
      ],
      bad: 0,
    });
  });

  test.each([
    ['csv', `${'a,'.repeat(400_000)}b\n`],
    ['jsonl', `{${Array.from({ length: 70_000 }, (_, i) => `"c${i}":1`).join()}}\n`],
  ] as const)('more columns than a table may have are refused: %s', async (format, content) => {
    expect(await read(format, content)).toMatch(/^the file:1: there are more than 65536 columns/);
  });

  test('rows that share no field are refused before they fill the memory', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `{"c${i}":1}`).join('\n');
    expect(await read('jsonl', lines)).toMatch(/^the file:1: nearly every row has fields/);
  });
});

describe('nesting', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

  test('of a hundred thousand levels is a bad row, and the others are read', async () => {
    const lines = `{"a":1}\n{"b":${nested(100_000)}}\n{"a":2}\n`;
    expect(await read('jsonl', lines, { skip: true })).toEqual({ rows: [{ a: 1 }, { a: 2 }], bad: 1 });
    expect(await read('json', `[{"a":${nested(100_000)}}]`)).toMatch(/^the file:1: .*nested more than 200/);
    expect(await read('jsonl', `{"a":${'['.repeat(1_000_000)}\n`)).toMatch(/^the file:1:.*ends before/);
  });

  test('of as many levels as are allowed is read', async () => {
    expect(await read('jsonl', `{"a":${nested(199)}}\n`)).toMatchObject({ bad: 0 });
  });
});
