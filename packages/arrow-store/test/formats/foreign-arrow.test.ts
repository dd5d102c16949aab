import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import * as arrow from 'apache-arrow';
import { remove } from '../../../../jest/remove.js';
import { times } from '../../../../test/campaign.js';
import { readArrowFile } from '../../src/formats/index.js';

const folder = mkdtempSync(join(tmpdir(), 'foreign-arrow-'));
afterAll(() => remove(folder));

/** Every so many places of a file are met in normal tests. */
const STEP = times(5, 1, 1);

const ROWS = 40;
const EACH = 13;

const table = (): arrow.Table => {
  const numbers = Array.from({ length: ROWS }, (_, row) => (row % 7 === 3 ? null : row));
  const texts = numbers.map((number) => (number === null ? null : `text ${number} é`));
  const whole = new arrow.Table({
    number: arrow.vectorFromArray(numbers, new arrow.Int32()),
    text: arrow.vectorFromArray(texts, new arrow.Utf8()),
    word: arrow.vectorFromArray(
      numbers.map((_, row) => 'ab'[row % 2]),
      new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8(), 7),
    ),
    list: arrow.vectorFromArray(
      numbers.map((_, row) => [row, row + 1]),
      new arrow.List(new arrow.Field('item', new arrow.Int32())),
    ),
  });
  const parts = [0, EACH, 2 * EACH, 3 * EACH].map((from) => whole.slice(from, Math.min(ROWS, from + EACH)));
  return new arrow.Table(parts.flatMap(({ batches }) => batches));
};

const FORMS = ['file', 'stream'] as const;
const bytesOf = (form: (typeof FORMS)[number]): Buffer => Buffer.from(arrow.tableToIPC(table(), form));

/** Rows, or why there are none. */
async function read(bytes: Uint8Array): Promise<number | Error> {
  const path = join(folder, 'a.arrow');
  writeFileSync(path, bytes);
  try {
    const found = await readArrowFile(path);
    let rows = 0;
    for await (const batch of found.batches()) rows += batch.rows;
    return rows;
  } catch (error) {
    return error as Error;
  }
}

const named = (outcome: number | Error): string => (outcome instanceof Error ? outcome.name : String(outcome));

// One column, `a`, of whole numbers: 1. Its columns stand at the start without the length of a message.
const OF_POLARS =
  '4152524f5731000004000000f2ffffff140000000400010000000a000b0008000a000400f8ffffff0c00000008000800000004000100000004000000ecffffff3800000020000000180000000102000010001200040010001100080000000c0000000000f4ffffff40000000010000000800090004000800010000006100' +
  '0000ffffffff8000000004000000ecffffff400000000000000014000000040003000c001300100012000c000400eaffffff01000000000000003c0000001000000000000a00140004000c001000020000000000000000000000000000000000000000000000000000000800000000000000000000000100000001000000' +
  '00000000000000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000ffffffff0000000004000000ecffffff400000003800000014000000040000000c0012001000040008000c0001000000800000' +
  '0000000000880000000000000040000000000000000000000000000000f8ffffff0c00000008000800000004000100000004000000ecffffff3800000020000000180000000102000010001200040010001100080000000c0000000000f4ffffff40000000010000000800090004000800010000006100a2000000415252' +
  '4f5731';

// The same column and no row.
const WITHOUT_ROWS =
  '4152524f5731000004000000f2ffffff140000000400010000000a000b0008000a000400f8ffffff0c00000008000800000004000100000004000000ecffffff2c00000020000000180000000101000010001200040010001100080000000c0000000000' +
  'fcffffff04000400010000006100000000000000ffffffff0000000004000000ecffffff280000002000000014000000040000000c0012001000040008000c00000000000000000000000000f8ffffff0c00000008000800000004000100000004000000' +
  'ecffffff2c00000020000000180000000101000010001200040010001100080000000c0000000000fcffffff040004000100000061007e0000004152524f5731';

describe('a file of Polars', () => {
  const good = Buffer.from(OF_POLARS, 'hex');

  test('is read whole', async () => {
    expect(await read(good)).toBe(1);
  });

  test('is read where it has no row', async () => {
    expect(await read(Buffer.from(WITHOUT_ROWS, 'hex'))).toBe(0);
  });

  test.each([0, 1, 0xff])('of which any one byte becomes %i is read whole or refused', async (value) => {
    const outcomes = new Set<string>();
    for (let at = 0; at < good.length; at += STEP)
      outcomes.add(named(await read(Buffer.from(good).fill(value, at, at + 1))));
    expect([...outcomes].filter((outcome) => !outcome.endsWith('Error')).sort()).toEqual(['1', 'DamagedBytes']);
  });
});

describe.each(FORMS)('an Arrow %s', (form) => {
  const good = bytesOf(form);

  test('is read whole', async () => {
    expect(await read(good)).toBe(ROWS);
  });

  test.each(['flipped', 'zero', 'full'])('of which any one byte is %s is read whole or refused', async (how) => {
    const outcomes = new Set<string>();
    for (let at = 0; at < good.length; at += STEP * (how === 'flipped' ? 3 : 17)) {
      const bad = Buffer.from(good);
      bad[at] = how === 'flipped' ? good[at]! ^ 0x81 : how === 'zero' ? 0 : 255;
      outcomes.add(named(await read(bad)));
    }
    expect([...outcomes].filter((each) => !['DamagedBytes', 'FormatError', `${ROWS}`].includes(each))).toEqual([]);
  });

  test('that is cut anywhere is refused', async () => {
    for (let length = 1; length < good.length; length += STEP * 41)
      expect(named(await read(good.subarray(0, length)))).toMatch(/DamagedBytes|FormatError/);
  });

  test('with a lost sector is refused or whole', async () => {
    for (let at = 0; at + 512 <= good.length; at += STEP * 96) {
      const outcome = await read(Buffer.from(good).fill(0, at, at + 512));
      expect(named(outcome)).toMatch(/DamagedBytes|FormatError|^40$/);
    }
  });
});

test('a stream without the mark of its end is refused: batches may be missing', async () => {
  const good = bytesOf('stream');
  expect(await read(good.subarray(0, good.length - 8))).toMatchObject({
    what: expect.stringContaining('mark of its end'),
  });
});

test('a stream whose end comes too early is refused', async () => {
  const good = bytesOf('stream');
  const early = Buffer.concat([good, good.subarray(good.length - 600)]);
  expect(await read(early)).toMatchObject({ what: expect.stringContaining('belong to no batch') });
});

test('a stream of which only zeros are left behind the beginning of a batch is refused', async () => {
  const good = bytesOf('stream');
  const marks = [...good.keys()].filter((at) => at % 8 === 0 && good.readInt32LE(at) === -1 && at + 8 < good.length);
  for (const at of marks)
    expect(named(await read(Buffer.from(good).fill(0, at + 4)))).toMatch(/DamagedBytes|FormatError/);
});

test('a file whose end leaves a batch out is refused', async () => {
  const good = bytesOf('file');
  const bad = Buffer.from(good);
  const from = good.length - 10 - good.readInt32LE(good.length - 10);
  const count = footerCount(good, from, 3);
  bad.writeInt32LE(good.readInt32LE(count) - 1, count);
  expect(await read(bad)).toMatchObject({ what: expect.stringContaining('belong to no batch') });
});

test('a compressed buffer of a few bytes that says it holds gigabytes is refused', async () => {
  const path = new URL('./fixtures/lz4.arrow', import.meta.url).pathname;
  const good = readFileSync(path);
  expect(await read(good)).toBe(3000);
  const at = good.indexOf(Buffer.from(BigInt64Array.of(3000n * 8n).buffer));
  const bad = Buffer.from(good);
  bad.writeBigInt64LE(1n << 32n, at);
  expect(await read(bad)).toMatchObject({ what: expect.stringContaining('unfolds') });
  bad.writeBigInt64LE(3000n * 8n + 8n, at);
  expect(await read(bad)).toMatchObject({ what: expect.stringContaining('compressed part') });
});

/** Where the length of one of the footer's lists stands. */
function footerCount(bytes: Buffer, from: number, field: number): number {
  const root = from + bytes.readInt32LE(from);
  const vtable = root - bytes.readInt32LE(root);
  const at = root + bytes.readUInt16LE(vtable + 4 + 2 * field);
  return at + bytes.readInt32LE(at);
}
