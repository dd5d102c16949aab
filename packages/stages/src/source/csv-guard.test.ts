import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { runOn } from '../testing/run.js';
import { source } from './source.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-guard-'));
});
afterAll(() => remove(folder));

async function cellsOf(csv: string): Promise<unknown[][]> {
  const path = join(folder, 'in.csv');
  writeFileSync(path, csv);
  const { out } = await runOn(memoryStore(), { t: source.csv(path) });
  return [Object.keys(out.t.columns), ...(await out.t.all()).map((row: object) => Object.values(row))];
}

/** Each as some program writes it: what is read is what a plain reader of CSV finds. */
const FOREIGN: readonly [how: string, csv: string, first: readonly unknown[]][] = [
  ['one name in quotes, cells as they are', `"t",u\r\n'-x,'=1\r\n`, ["'-x", "'=1"]],
  ['one name in quotes, some cells too', `"t",u\r\n'-x,"'=1"\r\n`, ["'-x", "'=1"]],
  ['one name in quotes, and all cells', `"t",u\r\n"p","'=1"\r\n`, ['p', "'=1"]],
  ['texts and their names in quotes, numbers not', `"t",n\r\n"'=1",5\r\n`, ["'=1", 5]],
  ['names of texts in quotes, numbers as names not', `"t",2024\r\n"'=1",5\r\n`, [5, "'=1"]],
  ['what has a space in quotes', `"my name",n\r\n5,"'= x"\r\n`, [5, "'= x"]],
  ['what is no word in quotes', `"my-name",n,m\r\n5,"'=x",6\r\n`, [5, "'=x", 6]],
  ['the first row in quotes', `"t","u"\r\n5,"'=x"\r\n`, [5, "'=x"]],
  ['all in quotes', `"t","u"\r\n"5","'=x"\r\n`, [5, "'=x"]],
  ['only cells in quotes', `t,u\r\n"5","'=x"\r\n`, [5, "'=x"]],
  ['nothing in quotes', `t,u\r\n5,'=x\r\n`, [5, "'=x"]],
  ['one column, all in quotes', `"t"\r\n"'=x"\r\n`, ["'=x"]],
  ['one column, texts in quotes', `"t"\r\n"'=x"\r\n5\r\n`, ["'=x"]],
  ['one column, its name in quotes', `"t"\r\n'=x\r\n`, ["'=x"]],
  ['line feeds', `"t",u\np,"'=x"\n`, ['p', "'=x"]],
  ['rows of other lengths', `"t",u\r\np,"'=x"\r\nq\r\n`, ['p', "'=x"]],
];

describe("a CSV of another program keeps its '", () => {
  test.each(FOREIGN)('%s', async (how, csv, first) => {
    if (how === 'rows of other lengths') await expect(cellsOf(csv)).rejects.toThrow(/the row has 1 cell/);
    else expect((await cellsOf(csv))[1]).toEqual(first);
  });
});

test("a file with the mark of an export loses the ' of cells in quotes, and only theirs", async () => {
  expect(await cellsOf(`"id",t,"'=n"\r\n1,"'=x",p\r\n2,"''-y",""\r\n3,'z,"'-1,5"\r\n`)).toEqual([
    ['id', 't', '=n'],
    [1, '=x', 'p'],
    [2, "'-y", ''],
    [3, "'z", '-1,5'],
  ]);
});
