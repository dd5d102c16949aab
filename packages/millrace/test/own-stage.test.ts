import { expect, test } from '@jest/globals';
import {
  type AnyTable,
  type CallContext,
  type Columns,
  type Inputs,
  type Kind,
  type Nature,
  type Notes,
  type PartResult,
  type Plan,
  pipeline,
  type Results,
  type Row,
  type RowAnswer,
  type RowsWork,
  rowsOf,
  type StageFinished,
  source,
  stage,
  type Table,
  type TableInput,
  type TableResult,
  type WholeContext,
  type WholeWork,
} from 'millrace';

/** Each piece stands apart, under the name of its type, as in a project that keeps them in files of their own. */
interface Config {
  readonly column: string;
}

const nature: Nature = 'pure';
const noted: Notes = { tokens: 1 };
const declared: Columns = { length: 'int32' };

const answer = (rows: readonly Row[], { beside }: CallContext<Config, object>): readonly RowAnswer[] =>
  rows.map(({ text }, row) => {
    beside(row, noted);
    return { length: String(text).length };
  });

const rowsWork: RowsWork<Config, object> = {
  is: 'rows',
  reads: ({ column }) => ({ text: column }),
  answers: () => declared,
  run: answer,
};

const tableOf = (inputs: Inputs): TableInput => {
  const { rows } = inputs;
  if (rows?.is === 'table') return rows;
  throw new Error('BUG: no table');
};

async function longest({
  config,
  inputs,
}: WholeContext<Config, object>): Promise<Readonly<Record<string, PartResult>>> {
  let most = 0;
  for await (const batch of tableOf(inputs).batches([config.column]))
    for (const row of rowsOf(batch)) most = Math.max(most, Number(row[config.column]));
  return { main: { rows: [[{ most }]], columns: { most: 'float64' } } };
}

const wholeWork: WholeWork<Config, object> = {
  is: 'whole',
  parts: () => ({ main: 'table' }),
  names: ({ column }) => [column],
  run: longest,
};

const lengthKind: Kind<Config> = { name: 'length', version: 1, nature, work: rowsWork };
const longestKind: Kind<Config> = { name: 'longest', version: 1, nature, work: wholeWork };
const lengths = (rows: AnyTable, config: Config): Table<{ length: number }> =>
  stage({ kind: lengthKind, inputs: { rows }, config });
const most = (rows: AnyTable, config: Config): Table<{ most: number }, false> =>
  stage({ kind: longestKind, inputs: { rows }, config });

test('a kind of rows and a whole stage, written with the names that millrace gives', async () => {
  const made = lengths(source.rows([{ text: 'one' }, { text: 'three' }]), { column: 'text' });
  const outputs = { made, most: most(made, { column: 'length' }) };
  const own = pipeline(outputs, { cache: 'off' });
  const plan: Plan = await own.plan();
  const finished: StageFinished[] = [];
  const out: Results<typeof outputs> = await own.run({
    onEvent: (event) => void (event.is === 'stage-finished' && finished.push(event)),
  });
  const table: TableResult<{ most: number }> = out.most;
  expect(await table.all()).toEqual([{ most: 5 }]);
  expect(plan.steps.map(({ name }) => name)).toEqual(finished.map(({ stage: name }) => name));
});

test('a column that a whole stage names is missed before anything runs, under the name of the stage', async () => {
  const rows = source.rows([{ text: 'one' }]);
  const own = pipeline({ rows, most: most(rows, { column: 'txet' }) }, { cache: 'off' });
  await expect(own.plan()).rejects.toThrow('most reads the column txet, which rows does not have. Did you mean text?');
});

test('an option of the pipeline that is misspelt is said', () => {
  expect(() => pipeline({}, { stroe: 'x' } as object)).toThrow(
    'The pipeline is given the option stroe, which nobody knows there. Did you mean store?',
  );
});
